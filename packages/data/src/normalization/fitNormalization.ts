import { setImmediate } from 'node:timers/promises';
import { AbortedError, InvalidArgumentError, isAtomicNumber, neighborList } from '@mlffd/core';
import type { LabelledStructure } from '../structure.ts';
import type { Normalization } from './normalization.ts';
import { ReferenceFit } from './referenceFit.ts';

/** Structures between two progress events. */
const EVENT_STRIDE = 64;

/** Progress of `fitNormalization`. */
export interface NormalizationEvent {
  readonly type: 'progress';
  readonly done: number;
  readonly total: number;
}

/** Options of `fitNormalization`. */
export interface FitNormalizationOptions {
  /** Of the fit of the reference energies, as a part of the largest eigenvalue; default 1e-5. */
  readonly ridge?: number;
  /** Known energies of isolated atoms, eV by atomic number; the others are fitted to the rest. */
  readonly energies?: Readonly<Record<number, number>>;
  /** For the mean number of neighbours, Angstrom; default 5. */
  readonly cutoff?: number;
  readonly onEvent?: (event: NormalizationEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What is normalised: a dataset. */
export interface NormalizationSource {
  get(k: number): Pick<LabelledStructure, 'atoms' | 'energy' | 'forces'>;
}

/**
 * Reference energies, scale of the forces and mean number of neighbours of some structures, those of
 * the training side; in one pass over the data.
 *
 * @throws InvalidArgumentError for a ridge, cutoff or energy that cannot be
 * @throws AbortedError when the signal fires
 */
export async function fitNormalization(
  source: NormalizationSource,
  indices: ArrayLike<number>,
  options: FitNormalizationOptions = {},
): Promise<Normalization> {
  const { ridge = 1e-5, energies = {}, cutoff = 5, onEvent, signal } = options;
  const known = checkOptions(ridge, energies);
  const sums = new NormalizationSums(cutoff);
  for (let k = 0; k < indices.length; k++) {
    sums.add(source.get(indices[k]));
    if ((k + 1) % EVENT_STRIDE !== 0 && k + 1 !== indices.length) continue;
    // Lets signals and timers in: everything above is synchronous.
    await setImmediate();
    onEvent?.({ type: 'progress', done: k + 1, total: indices.length });
    if (signal?.aborted === true) {
      throw new AbortedError('data/aborted', 'stopped while data were normalised', {
        found: `${k + 1} of ${indices.length} structures`,
      });
    }
  }
  return sums.result(ridge, known);
}

function checkOptions(
  ridge: number,
  energies: Readonly<Record<number, number>>,
): Map<number, number> {
  const known = new Map(Object.entries(energies).map(([z, energy]) => [Number(z), energy]));
  const bad = [...known].find(([z, energy]) => !(isAtomicNumber(z) && Number.isFinite(energy)));
  if (ridge >= 0 && Number.isFinite(ridge) && bad === undefined) return known;
  throw new InvalidArgumentError('data/invalid-option', 'reference energies cannot be fitted so', {
    expected: 'ridge >= 0, and finite energies in eV by atomic number',
    found: bad === undefined ? `ridge ${ridge}` : `energies ${bad.join(': ')}`,
    where: bad === undefined ? 'ridge' : 'energies',
  });
}

class NormalizationSums {
  readonly #fit = new ReferenceFit();
  readonly #cutoff: number;
  readonly #elements = new Map<number, ElementSums>();
  #structures = 0;
  #atoms = 0;
  #forces = 0;
  #neighbors = 0;

  constructor(cutoff: number) {
    this.#cutoff = cutoff;
  }

  add({ atoms, energy, forces }: Pick<LabelledStructure, 'atoms' | 'energy' | 'forces'>): void {
    const { numbers } = atoms;
    this.#structures++;
    this.#atoms += numbers.length;
    this.#neighbors += neighborList(atoms, this.#cutoff).count;
    if (energy !== undefined) this.#fit.add(numbers, energy);
    if (forces !== undefined) this.#forces++;
    for (let i = 0; i < numbers.length; i++) {
      const sums = this.#sumsOf(numbers[i]);
      sums.atoms++;
      if (sums.last !== this.#structures) sums.structures++;
      sums.last = this.#structures;
      if (forces === undefined) continue;
      sums.components += 3;
      for (let c = 0; c < 3; c++) sums.squares += forces[3 * i + c] ** 2;
    }
  }

  result(ridge: number, known: ReadonlyMap<number, number>): Normalization {
    const solution = this.#fit.solve({ ridge, known });
    const elements = [...this.#elements].sort(([a], [b]) => a - b);
    const byElement = (value: (sums: ElementSums, z: number) => number) =>
      Object.fromEntries(elements.map(([z, sums]) => [z, value(sums, z)]));
    const fitted = new Set(solution.fitted);
    const total = (key: 'squares' | 'components') =>
      elements.reduce((sum, [, sums]) => sum + sums[key], 0);
    return {
      referenceEnergies: Object.fromEntries(
        elements
          .filter(([z]) => fitted.has(z) || known.has(z))
          .map(([z]) => [z, solution.energies[z]]),
      ),
      given: elements.map(([z]) => z).filter((z) => known.has(z)),
      freedom: solution.fitted.length,
      rank: solution.rank,
      undetermined: solution.undetermined,
      energyResidual: 1000 * solution.residual,
      forceRms: rootMeanSquare(total('squares'), total('components')),
      forceRmsByElement: byElement(({ squares, components }) =>
        rootMeanSquare(squares, components),
      ),
      meanNeighbors: this.#neighbors / Math.max(1, this.#atoms),
      cutoff: this.#cutoff,
      ridge,
      counts: {
        structures: this.#structures,
        atoms: this.#atoms,
        energies: solution.structures,
        forces: this.#forces,
        atomsByElement: byElement(({ atoms }) => atoms),
        structuresByElement: byElement(({ structures }) => structures),
      },
    };
  }

  #sumsOf(z: number): ElementSums {
    let sums = this.#elements.get(z);
    if (sums === undefined) {
      sums = { atoms: 0, structures: 0, last: 0, squares: 0, components: 0 };
      this.#elements.set(z, sums);
    }
    return sums;
  }
}

interface ElementSums {
  atoms: number;
  structures: number;
  /** Number of the last structure with the element. */
  last: number;
  /** Of the force components, eV^2/Angstrom^2. */
  squares: number;
  components: number;
}

function rootMeanSquare(squares: number, count: number): number {
  return Math.sqrt(squares / Math.max(1, count));
}
