import { chemicalFormula, GPA, type NamedStructure, type Results, symbolOf } from '@mlffd/core';
import { compareEnergies, type EnergyPair, type ReferenceEnergyFit } from './energies.ts';
import { ForceTally, pairFigures } from './figures.ts';
import type {
  ComparedStructure,
  ComparisonSeries,
  ForceComparison,
  StressComparison,
  TeacherComparison,
} from './report.ts';

/** Edges of the ranges of |F|, eV/Angstrom: near equilibrium, thermal, repulsive. */
const EDGES: readonly number[] = [0, 0.1, 1, Infinity];

/** What `ComparisonTally` has found. */
export interface TallyResult extends Pick<
  TeacherComparison,
  'atoms' | 'energy' | 'forces' | 'stress' | 'structures'
> {
  readonly series: ComparisonSeries;
  /** Atomic numbers of the structures. */
  readonly numbers: readonly Int32Array[];
}

/** A structure until all energies are known. */
type Row = Omit<ComparedStructure, 'energy_difference_meV_atom'>;

/** Collects pairs of answers. */
export class ComparisonTally {
  readonly #rows: Row[] = [];
  readonly #numbers: Int32Array[] = [];
  readonly #energies: EnergyPair[] = [];
  /** Rows that the energies belong to. */
  readonly #withEnergy: number[] = [];
  readonly #forces: { a: number[]; b: number[] } = { a: [], b: [] };
  readonly #stresses: { a: number[]; b: number[] } = { a: [], b: [] };
  readonly #all = new ForceTally();
  readonly #elements = new Map<number, ForceTally>();
  readonly #ranges = EDGES.slice(1).map(() => new ForceTally());

  /** Structures that both answered for. */
  get count(): number {
    return this.#rows.length;
  }

  add({ index, name, atoms }: NamedStructure & { index: number }, a: Results, b: Results): void {
    const { numbers } = atoms;
    if (a.energy !== undefined && b.energy !== undefined) {
      this.#energies.push({ numbers, a: a.energy, b: b.energy });
      this.#withEnergy.push(this.#rows.length);
    }
    this.#numbers.push(numbers);
    this.#rows.push({
      index,
      name,
      formula: chemicalFormula(numbers),
      atoms: numbers.length,
      ...this.#addForces(numbers, a.forces, b.forces),
      stress_rmse_GPa: this.#addStress(a.stress, b.stress),
    });
  }

  result(newFit: () => ReferenceEnergyFit): TallyResult {
    const energy = this.#energies.length === 0 ? null : compareEnergies(this.#energies, newFit);
    const values = energy?.values ?? { a: [], b: [] };
    const differences = new Map<number, number>();
    if (energy?.figures !== null) {
      for (const [k, row] of this.#withEnergy.entries()) {
        differences.set(row, 1000 * (values.b[k] - values.a[k]));
      }
    }
    return {
      atoms: this.#rows.reduce((sum, { atoms }) => sum + atoms, 0),
      energy: energy?.figures ?? null,
      forces: this.#all.atoms === 0 ? null : this.#forceFigures(),
      stress: this.#stresses.a.length === 0 ? null : this.#stressFigures(),
      structures: this.#rows.map(({ index, name, formula, atoms, ...rest }, k) => ({
        index,
        name,
        formula,
        atoms,
        energy_difference_meV_atom: differences.get(k) ?? null,
        ...rest,
      })),
      series: { energies: values, forces: this.#forces, stresses: this.#stresses },
      numbers: this.#numbers,
    };
  }

  #addForces(
    numbers: Int32Array,
    a: Float64Array | undefined,
    b: Float64Array | undefined,
  ): Pick<Row, 'force_rmse_meV_A' | 'force_max_meV_A' | 'force_max_atom'> {
    if (a === undefined || b === undefined) {
      return { force_rmse_meV_A: null, force_max_meV_A: null, force_max_atom: null };
    }
    const own = new ForceTally();
    let [most, where] = [-1, 0];
    for (const [i, z] of numbers.entries()) {
      const length = Math.hypot(a[3 * i], a[3 * i + 1], a[3 * i + 2]);
      const range = EDGES.findLastIndex((edge) => length >= edge);
      const element = this.#elements.get(z) ?? new ForceTally();
      this.#elements.set(z, element);
      for (const tally of [own, this.#all, element, this.#ranges[range]]) tally.add(a, b, i);
      let square = 0;
      for (let k = 3 * i; k < 3 * i + 3; k++) {
        square += (b[k] - a[k]) ** 2;
        this.#forces.a.push(a[k]);
        this.#forces.b.push(b[k]);
      }
      if (square > most) [most, where] = [square, i];
    }
    return {
      force_rmse_meV_A: own.figures().rmse_meV_A,
      force_max_meV_A: 1000 * Math.sqrt(most),
      force_max_atom: where,
    };
  }

  #addStress(a: Float64Array | undefined, b: Float64Array | undefined): number | null {
    if (a === undefined || b === undefined) return null;
    let squares = 0;
    for (let k = 0; k < 6; k++) {
      this.#stresses.a.push(a[k] / GPA);
      this.#stresses.b.push(b[k] / GPA);
      squares += ((b[k] - a[k]) / GPA) ** 2;
    }
    return Math.sqrt(squares / 6);
  }

  #forceFigures(): ForceComparison {
    const { a } = this.#forces;
    const elements = [...this.#elements].sort(([x], [y]) => x - y);
    return {
      ...this.#all.figures(),
      r2: pairFigures(this.#forces).r2,
      mean_abs_meV_A: (1000 * a.reduce((sum, value) => sum + Math.abs(value), 0)) / a.length,
      by_element: Object.fromEntries(elements.map(([z, own]) => [symbolOf(z), own.figures()])),
      by_force: this.#ranges.flatMap((own, k) =>
        own.atoms === 0
          ? []
          : [
              {
                low_eV_A: EDGES[k],
                high_eV_A: k + 2 < EDGES.length ? EDGES[k + 1] : null,
                ...own.figures(),
              },
            ],
      ),
    };
  }

  #stressFigures(): StressComparison {
    const { a, b } = this.#stresses;
    const { count, mae, rmse, max, r2 } = pairFigures(this.#stresses);
    const tension = (values: readonly number[]): number =>
      values.reduce((sum, value, k) => (k % 6 < 3 ? sum + value : sum), 0) / (values.length / 2);
    return {
      structures: count / 6,
      mae_GPa: mae,
      rmse_GPa: rmse,
      max_GPa: max,
      r2,
      tension_bias_GPa: tension(b) - tension(a),
    };
  }
}
