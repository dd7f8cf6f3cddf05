import { GPA, symbolOf } from '@mlffd/core';
import type { Results } from '@mlffd/core';
import { ForceErrors } from './forceErrors.ts';
import type { ForceBucketMetrics, ForceMetrics } from './forceErrors.ts';

/** Edges of the buckets by |F| of the reference, eV/Angstrom: near equilibrium, thermal, repulsive. */
const BUCKET_EDGES = [0, 0.1, 1, Infinity] as const;

/**
 * How well a model reproduces labels. Every mean runs over all labels at once, not over batches or
 * structures; `null` where there is no label of the kind.
 */
export interface Metrics {
  readonly structures: number;
  readonly atoms: number;
  /** Structures with an energy, with forces, with a stress label. */
  readonly labelled: { readonly energy: number; readonly forces: number; readonly stress: number };
  /** Mean of |E - E_ref| / N over structures. */
  readonly energy_mae_meV_atom: number | null;
  readonly energy_rmse_meV_atom: number | null;
  /** Mean of |F - F_ref| over all 3N components of all structures. */
  readonly force_mae_meV_A: number | null;
  readonly force_rmse_meV_A: number | null;
  /** Largest error of one component. */
  readonly force_max_meV_A: number | null;
  /** 1 - sum (F - F_ref)^2 / sum (F_ref - mean F_ref)^2 over all components. */
  readonly force_r2: number | null;
  /** Mean over atoms of the cosine between F and F_ref; atoms with |F_ref| < 1 meV/A are left out. */
  readonly force_cosine: number | null;
  /** Mean |F_ref| over the components: what `accuracy` is measured against. */
  readonly force_mean_abs_meV_A: number | null;
  /**
   * 1 - MAE / mean |F_ref|, both over force components, so that predicting zero forces scores
   * exactly 0 and the labels themselves score 1.
   */
  readonly accuracy: number | null;
  /** Mean of |stress - stress_ref| over the six components. */
  readonly stress_mae_GPa: number | null;
  readonly stress_rmse_GPa: number | null;
  /**
   * Mean of |H v - (H v)_ref| over the 3N components of products of the Hessian with one direction
   * each; absent where there are none. Its size depends on that of the directions' entries.
   */
  readonly hessian_product_mae_eV_A2?: number;
  /**
   * Mean of |E_i - E_i,ref| over the atoms that have an energy of their own, both above the same
   * energies of the elements (`NodeGauge`); absent where there are none.
   */
  readonly node_energy_mae_meV?: number;
  /** Force errors by chemical symbol. */
  readonly by_element: Readonly<Record<string, ForceMetrics>>;
  /** Force errors by |F_ref| of the atom: < 0.1, 0.1 to 1, > 1 eV/Angstrom. */
  readonly by_force: readonly ForceBucketMetrics[];
}

/** Names of the metrics that a run can be judged by; smaller is better for each. */
export type MetricName =
  | 'energy_mae_meV_atom'
  | 'energy_rmse_meV_atom'
  | 'force_mae_meV_A'
  | 'force_rmse_meV_A'
  | 'stress_mae_GPa'
  | 'stress_rmse_GPa';

/** Labels that predictions are compared with. */
export interface ReferenceLabels {
  /** Atomic numbers, N. */
  readonly numbers: Int32Array;
  /** eV */
  readonly energy?: number | undefined;
  /** eV/Angstrom, 3N. */
  readonly forces?: Float64Array | Float32Array | undefined;
  /** eV/Angstrom^3, Voigt. */
  readonly stress?: Float64Array | Float32Array | undefined;
}

/** Collects predictions against labels, one structure at a time; memory does not grow with them. */
export class MetricsAccumulator {
  readonly #all = new ForceErrors();
  readonly #elements = new Map<number, ForceErrors>();
  readonly #buckets = BUCKET_EDGES.slice(1).map(() => new ForceErrors());
  readonly #labelled = { energy: 0, forces: 0, stress: 0 };
  #structures = 0;
  #atoms = 0;
  #energyAbs = 0;
  #energySquares = 0;
  #stressAbs = 0;
  #stressSquares = 0;
  #productAbs = 0;
  #productCount = 0;
  #nodeAbs = 0;
  #nodeCount = 0;

  /** Compares what the reference has labels for; a property that was not predicted is a mistake. */
  add(reference: ReferenceLabels, predicted: Results): void {
    const atoms = reference.numbers.length;
    this.#structures += 1;
    this.#atoms += atoms;
    if (reference.energy !== undefined) {
      const error = (required(predicted.energy, 'energy') - reference.energy) / atoms;
      this.#labelled.energy += 1;
      this.#energyAbs += Math.abs(error);
      this.#energySquares += error * error;
    }
    if (reference.stress !== undefined) {
      const stress = required(predicted.stress, 'stress');
      this.#labelled.stress += 1;
      for (let k = 0; k < 6; k++) {
        const error = stress[k] - reference.stress[k];
        this.#stressAbs += Math.abs(error);
        this.#stressSquares += error * error;
      }
    }
    if (reference.forces !== undefined) {
      this.#labelled.forces += 1;
      this.#addForces(reference.numbers, reference.forces, required(predicted.forces, 'forces'));
    }
  }

  /** Compares products of the Hessian with one direction, eV/Angstrom^2. */
  addProducts(reference: ArrayLike<number>, predicted: ArrayLike<number>): void {
    for (let k = 0; k < reference.length; k++) {
      this.#productAbs += Math.abs(predicted[k] - reference[k]);
    }
    this.#productCount += reference.length;
  }

  /** Compares energies of atoms, eV. */
  addNodeEnergies(reference: ArrayLike<number>, predicted: ArrayLike<number>): void {
    for (let i = 0; i < reference.length; i++) {
      this.#nodeAbs += Math.abs(predicted[i] - reference[i]);
    }
    this.#nodeCount += reference.length;
  }

  #addForces(
    numbers: Int32Array,
    reference: Float64Array | Float32Array,
    predicted: Float64Array,
  ): void {
    for (let i = 0; i < numbers.length; i++) {
      let element = this.#elements.get(numbers[i]);
      if (element === undefined) {
        element = new ForceErrors();
        this.#elements.set(numbers[i], element);
      }
      const length = Math.hypot(reference[3 * i], reference[3 * i + 1], reference[3 * i + 2]);
      const bucket = BUCKET_EDGES.findLastIndex((edge) => length >= edge);
      this.#all.add(reference, predicted, i);
      element.add(reference, predicted, i);
      this.#buckets[Math.max(0, bucket)].add(reference, predicted, i);
    }
  }

  /** Metrics of everything added so far. */
  result(): Metrics {
    const { energy, stress } = this.#labelled;
    const mean = (sum: number, count: number, unit: number): number | null =>
      count === 0 ? null : (sum / count) * unit;
    const rms = (sum: number, count: number, unit: number): number | null =>
      count === 0 ? null : Math.sqrt(sum / count) * unit;
    const elements = [...this.#elements].sort(([a], [b]) => a - b);
    return {
      structures: this.#structures,
      atoms: this.#atoms,
      labelled: { ...this.#labelled },
      energy_mae_meV_atom: mean(this.#energyAbs, energy, 1000),
      energy_rmse_meV_atom: rms(this.#energySquares, energy, 1000),
      ...this.#all.summary(),
      stress_mae_GPa: mean(this.#stressAbs, 6 * stress, 1 / GPA),
      stress_rmse_GPa: rms(this.#stressSquares, 6 * stress, 1 / GPA),
      ...(this.#productCount === 0
        ? {}
        : { hessian_product_mae_eV_A2: this.#productAbs / this.#productCount }),
      ...(this.#nodeCount === 0
        ? {}
        : { node_energy_mae_meV: (this.#nodeAbs / this.#nodeCount) * 1000 }),
      by_element: Object.fromEntries(elements.map(([z, e]) => [symbolOf(z), e.metrics()])),
      by_force: this.#buckets.map((errors, k) => ({
        low_eV_A: BUCKET_EDGES[k],
        high_eV_A: k + 2 < BUCKET_EDGES.length ? BUCKET_EDGES[k + 1] : null,
        ...errors.metrics(),
      })),
    };
  }
}

function required<T>(value: T | undefined, property: string): T {
  if (value === undefined)
    throw new TypeError(`a prediction without ${property} was compared with one`);
  return value;
}
