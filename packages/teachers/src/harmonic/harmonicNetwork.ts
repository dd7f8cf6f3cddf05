import {
  type Atoms,
  type Calculator,
  copyAtoms,
  InvalidArgumentError,
  InvalidAtomsError,
  invertCell,
  periodicCell,
  type Property,
  type Results,
  sha256,
  stableStringify,
} from '@mlffd/core';
import { checkRequest, requirePositive } from '../checks.ts';
import { EdgeSums } from '../manyBody/edgeSums.ts';
import { requireSameAtoms } from './referenceStructure.ts';
import { elasticNetwork, type Spring, springTable, type SpringTable } from './springs.ts';

export interface HarmonicNetworkOptions {
  /** The structure whose atoms the springs hold; copied. */
  readonly reference: Atoms;
  /** Springs one by one; otherwise give `cutoff` and `stiffness`. */
  readonly springs?: readonly Spring[];
  /** A spring for every pair of the reference that is closer, at rest there, Angstrom. */
  readonly cutoff?: number;
  /** Force constant of those, eV/Angstrom^2. */
  readonly stiffness?: number;
}

/**
 * Springs between given atoms, E = sum 1/2 k (|r| - length)^2, in float64, answering at once.
 *
 * A potential for the distortions of one structure: same atoms in the same order, any strain of the
 * cell. Along periodic axes a spring holds the image of its second atom whose vector is closest, in
 * fractional coordinates, to that in the reference; this fails when two bound atoms have moved apart
 * by half a cell. Each end has half of the energy.
 */
export class HarmonicNetwork implements Calculator {
  readonly name = 'harmonic-network';
  readonly properties: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
  readonly elements: readonly number[];
  /** Number of springs. */
  readonly size: number;
  /** SHA-256 of everything that decides the energies. */
  readonly fingerprint: string;
  readonly #reference: Atoms;
  readonly #table: SpringTable;
  readonly #vectors: Float64Array;
  readonly #gradients: Float64Array;

  /** @throws InvalidArgumentError for springs that cannot be */
  constructor(options: HarmonicNetworkOptions) {
    const reference = copyAtoms(options.reference);
    const table = springTable(reference, springsOf(options));
    this.#reference = reference;
    this.#table = table;
    this.size = table.count;
    this.elements = [...new Set(reference.numbers)].sort((a, b) => a - b);
    this.#vectors = new Float64Array(3 * table.count);
    this.#gradients = new Float64Array(3 * table.count);
    const { numbers, pbc } = reference;
    this.fingerprint = sha256(
      stableStringify({ type: 'harmonic-network', numbers, pbc, ...table }),
    );
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    checkRequest(this, atoms, properties);
    requireSameAtoms(this.#reference, atoms);
    this.#fillVectors(atoms);
    const sums = new EdgeSums(atoms.numbers.length);
    const { energies } = sums;
    const { count, centers, neighbors, stiffness, lengths } = this.#table;
    const vectors = this.#vectors;
    const gradients = this.#gradients;
    for (let s = 0; s < count; s++) {
      const x = vectors[3 * s];
      const y = vectors[3 * s + 1];
      const z = vectors[3 * s + 2];
      const r = Math.sqrt(x * x + y * y + z * z);
      if (r === 0 && lengths[s] > 0) throw coincident(centers[s], neighbors[s]);
      const stretch = r - lengths[s];
      const half = 0.25 * stiffness[s] * stretch * stretch;
      energies[centers[s]] += half;
      energies[neighbors[s]] += half;
      const g = r === 0 ? 0 : (stiffness[s] * stretch) / r;
      gradients[3 * s] = g * x;
      gradients[3 * s + 1] = g * y;
      gradients[3 * s + 2] = g * z;
    }
    sums.add({ count, centers, neighbors, vectors }, gradients);
    return sums.results(atoms, properties);
  }

  dispose(): void {
    // Nothing is held outside the memory of JavaScript.
  }

  /** Springs as vectors, from the first atom to the image of the second that is meant. */
  #fillVectors({ positions, cell, pbc }: Atoms): void {
    const { count, centers, neighbors, directions } = this.#table;
    const vectors = this.#vectors;
    const inverse = invertCell(periodicCell(cell, pbc));
    for (let s = 0; s < count; s++) {
      const i = 3 * centers[s];
      const j = 3 * neighbors[s];
      const x = positions[j] - positions[i];
      const y = positions[j + 1] - positions[i + 1];
      const z = positions[j + 2] - positions[i + 2];
      vectors[3 * s] = x;
      vectors[3 * s + 1] = y;
      vectors[3 * s + 2] = z;
      for (let k = 0; k < 3; k++) {
        if (!pbc[k]) continue;
        const fraction = x * inverse[k] + y * inverse[3 + k] + z * inverse[6 + k];
        const cells = Math.round(directions[3 * s + k] - fraction);
        vectors[3 * s] += cells * cell[3 * k];
        vectors[3 * s + 1] += cells * cell[3 * k + 1];
        vectors[3 * s + 2] += cells * cell[3 * k + 2];
      }
    }
  }
}

function springsOf(options: HarmonicNetworkOptions): readonly Spring[] {
  const { reference, springs, cutoff, stiffness } = options;
  const isNetwork = cutoff !== undefined && stiffness !== undefined;
  if (springs !== undefined && cutoff === undefined && stiffness === undefined) return springs;
  if (springs === undefined && isNetwork) {
    requirePositive(cutoff, 'cutoff', 'Angstrom');
    requirePositive(stiffness, 'stiffness', 'eV/Angstrom^2');
    return elasticNetwork(reference, cutoff, stiffness);
  }
  throw new InvalidArgumentError('teachers/invalid-option', 'no springs are given', {
    expected: 'either springs, or cutoff and stiffness together',
    found: Object.keys(options).join(', '),
    where: 'springs',
  });
}

function coincident(i: number, j: number): InvalidAtomsError {
  return new InvalidAtomsError(
    'harmonic/coincident-atoms',
    `atoms ${i} and ${j} are at the same place, where the force of their spring has no direction`,
    { expected: 'a distance between bound atoms', found: '0 Angstrom', where: `atoms ${i}, ${j}` },
  );
}
