import {
  type Atoms,
  type Calculator,
  copyAtoms,
  InvalidArgumentError,
  invertCell,
  periodicCell,
  type Property,
  type Results,
  sha256,
  stableStringify,
} from '@mlffd/core';
import { checkRequest } from '../checks.ts';
import { otherStructure, requireSameAtoms } from './referenceStructure.ts';

export interface HarmonicCrystalOptions {
  /** The structure at rest; copied. */
  readonly reference: Atoms;
  /** Force constants d2E/dx_a dx_b, eV/Angstrom^2, 3N x 3N, row by row; symmetric. */
  readonly hessian: ArrayLike<number>;
  /** Energy of the reference, eV, default 0. */
  readonly energy?: number;
}

/** Asymmetry of a Hessian relative to its largest value that is taken for rounding. */
const ASYMMETRY = 1e-6;
/** Difference of the cell from the reference, Angstrom, that is taken for rounding. */
const SAME_CELL = 1e-8;

/**
 * Second-order expansion about one structure, E = E0 + 1/2 u H u, F = -H u, in float64, answering at
 * once; u are the displacements from the reference.
 *
 * The same atoms in the same order in the same cell. Along periodic axes u_0 is the shortest one in
 * fractional coordinates, and the others are those closest to it, so that a drifting crystal stays
 * whole. Energies are unchanged by translations as far as rows of the Hessian sum to zero, and are
 * never unchanged by rotations. There is no stress: the Hessian does not know strains.
 */
export class HarmonicCrystal implements Calculator {
  readonly name = 'harmonic-crystal';
  readonly properties: readonly Property[] = ['energy', 'forces'];
  readonly elements: readonly number[];
  /** SHA-256 of everything that decides the energies. */
  readonly fingerprint: string;
  readonly #reference: Atoms;
  readonly #hessian: Float64Array;
  readonly #energy: number;

  /** @throws InvalidArgumentError for a Hessian of the wrong size, not finite or not symmetric */
  constructor({ reference, hessian, energy = 0 }: HarmonicCrystalOptions) {
    if (!Number.isFinite(energy)) throw invalid('energy', String(energy), 'a finite energy in eV');
    this.#reference = copyAtoms(reference);
    this.#hessian = symmetric(hessian, reference.positions.length);
    this.#energy = energy;
    this.elements = [...new Set(reference.numbers)].sort((a, b) => a - b);
    const { numbers, positions, cell, pbc } = this.#reference;
    const bytes = new Uint8Array(this.#hessian.buffer, 0, this.#hessian.byteLength);
    this.fingerprint = sha256(
      stableStringify({
        type: 'harmonic-crystal',
        ...{ numbers, positions, cell, pbc, energy },
        hessian: sha256(bytes),
      }),
    );
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Results {
    checkRequest(this, atoms, properties);
    requireSameAtoms(this.#reference, atoms);
    this.#requireCell(atoms);
    const u = this.#displacements(atoms);
    const hessian = this.#hessian;
    const size = u.length;
    const forces = new Float64Array(size);
    let energy = this.#energy;
    for (let a = 0; a < size; a++) {
      let sum = 0;
      for (let b = 0; b < size; b++) sum += hessian[a * size + b] * u[b];
      forces[a] = -sum;
      energy += 0.5 * u[a] * sum;
    }
    const results: Results = {};
    if (properties.includes('energy')) results.energy = energy;
    if (properties.includes('forces')) results.forces = forces;
    return results;
  }

  dispose(): void {
    // Nothing is held outside the memory of JavaScript.
  }

  #requireCell({ cell, pbc }: Atoms): void {
    const expected = periodicCell(this.#reference.cell, pbc);
    const found = periodicCell(cell, pbc);
    if (found.every((value, k) => Math.abs(value - expected[k]) <= SAME_CELL)) return;
    throw otherStructure(
      `the cell [${expected.join(', ')}]`,
      `a cell [${found.join(', ')}] that differs`,
    );
  }

  #displacements({ positions, cell, pbc }: Atoms): Float64Array {
    const u = positions.map((x, k) => x - this.#reference.positions[k]);
    if (!pbc.includes(true)) return u;
    const inverse = invertCell(periodicCell(cell, pbc));
    const near = Float64Array.of(0, 0, 0);
    for (let i = 0; i < u.length; i += 3) {
      const x = u[i] - near[0];
      const y = u[i + 1] - near[1];
      const z = u[i + 2] - near[2];
      for (let k = 0; k < 3; k++) {
        if (!pbc[k]) continue;
        const cells = Math.round(x * inverse[k] + y * inverse[3 + k] + z * inverse[6 + k]);
        for (let a = 0; a < 3; a++) u[i + a] -= cells * cell[3 * k + a];
      }
      if (i === 0) near.set(u.subarray(0, 3));
    }
    return u;
  }
}

/** A copy that is exactly symmetric. */
function symmetric(hessian: ArrayLike<number>, size: number): Float64Array {
  if (hessian.length !== size * size) {
    throw invalid('hessian', `${hessian.length} values`, `${size} x ${size} values`);
  }
  const out = Float64Array.from(hessian);
  if (!out.every((value) => Number.isFinite(value))) {
    throw invalid('hessian', 'values that are not finite', 'finite values in eV/Angstrom^2');
  }
  const largest = out.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < a; b++) {
      const [below, above] = [out[a * size + b], out[b * size + a]];
      if (Math.abs(below - above) > ASYMMETRY * largest) {
        throw invalid('hessian', `${below} and ${above} at ${a}, ${b}`, 'a symmetric matrix');
      }
      out[a * size + b] = out[b * size + a] = 0.5 * (below + above);
    }
  }
  return out;
}

function invalid(where: string, found: string, expected: string): InvalidArgumentError {
  return new InvalidArgumentError('teachers/invalid-option', `${where}: ${found}`, {
    expected,
    found,
    where,
  });
}
