import { type Atoms, COVALENT_RADII, InvalidArgumentError, neighborList } from '@mlffd/core';
import { requirePositive } from './errors.ts';

/** Two bonded atoms; the second is in the cell `shift` away. */
export interface Bond {
  readonly atoms: readonly [number, number];
  readonly shift: readonly [number, number, number];
  /** In the reference structure, Angstrom. */
  readonly length: number;
}

/** A bond and how far it is from its reference. */
export interface StrainedBond {
  readonly bond: Bond;
  /** Length now, Angstrom. */
  readonly length: number;
  /** |length - reference|, Angstrom. */
  readonly deviation: number;
}

/** What counts as a bond. */
export interface BondMonitorOptions {
  /** Bonded when nearer than this times the sum of the covalent radii; default 1.2. */
  readonly factor?: number;
  /** Atomic numbers of elements whose bonds are not watched; default none. */
  readonly without?: ReadonlySet<number>;
}

/**
 * Watches the bonds of a reference structure: the usual test for a trajectory that has gone wrong
 * long before energies show it. Fu et al., "Forces are not enough", TMLR (2023), call a molecule
 * unstable when a bond is more than 0.5 Angstrom off.
 *
 * For live use, throw from `onFrame` when {@link BondMonitor.worst} says too much.
 */
export class BondMonitor {
  readonly bonds: readonly Bond[];
  readonly #count: number;

  /** @throws InvalidArgumentError for a structure without bonds */
  constructor(reference: Atoms, options: BondMonitorOptions = {}) {
    const { factor = 1.2 } = options;
    this.#count = reference.numbers.length;
    this.bonds = findBonds(reference, options);
    if (this.bonds.length > 0) return;
    throw new InvalidArgumentError('md/invalid-option', 'the structure has no bonds to watch', {
      expected: `atoms nearer than ${factor} times the sum of their covalent radii`,
      found: 'none',
      where: 'reference',
      hint: 'Give a structure at rest, or a larger factor.',
    });
  }

  /**
   * The bond that is farthest from its reference length. Positions must be unwrapped, as those of
   * a run are.
   *
   * @throws InvalidArgumentError for another number of atoms
   */
  worst(atoms: Atoms): StrainedBond {
    if (atoms.numbers.length !== this.#count) {
      throw new InvalidArgumentError('md/invalid-option', 'this is another structure', {
        expected: `${this.#count} atoms`,
        found: `${atoms.numbers.length} atoms`,
        where: 'atoms',
        hint: 'Use one monitor for each system.',
      });
    }
    let worst: StrainedBond | undefined;
    for (const bond of this.bonds) {
      const length = bondLength(atoms, bond);
      const deviation = Math.abs(length - bond.length);
      if (worst === undefined || !(deviation <= worst.deviation))
        worst = { bond, length, deviation };
    }
    return worst ?? { bond: this.bonds[0], length: NaN, deviation: NaN };
  }
}

/** The bonds of a structure, none where there are none. */
export function findBonds(atoms: Atoms, options: BondMonitorOptions = {}): readonly Bond[] {
  const { factor = 1.2, without } = options;
  requirePositive('factor', factor);
  const { numbers } = atoms;
  const radii = Array.from(numbers, (z) => factor * COVALENT_RADII[z]);
  const list = neighborList(atoms, 2 * Math.max(...radii));
  const bonds: Bond[] = [];
  for (let e = 0; e < list.count; e += 1) {
    const i = list.centers[e];
    const j = list.neighbors[e];
    const length = list.distances[e];
    // Each bond is in the list in both directions.
    if (i > j || length >= radii[i] + radii[j]) continue;
    if (without?.has(numbers[i]) === true || without?.has(numbers[j]) === true) continue;
    const shift = [list.shifts[3 * e], list.shifts[3 * e + 1], list.shifts[3 * e + 2]] as const;
    bonds.push({ atoms: [i, j], shift, length });
  }
  return bonds;
}

function bondLength({ positions, cell }: Atoms, { atoms: [i, j], shift }: Bond): number {
  let square = 0;
  for (let c = 0; c < 3; c += 1) {
    const across = shift[0] * cell[c] + shift[1] * cell[3 + c] + shift[2] * cell[6 + c];
    square += (positions[3 * j + c] - positions[3 * i + c] + across) ** 2;
  }
  return Math.sqrt(square);
}
