import {
  type Atoms,
  COVALENT_RADII,
  InvalidArgumentError,
  type NeighborList,
  neighborList,
} from '@mlffd/core';
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
  /** Refuse a structure without bonds; default true. */
  readonly requireBonds?: boolean;
}

/** Two atoms that are near enough for a bond and were not bonded. */
export interface NewContact {
  readonly i: number;
  readonly j: number;
  /** Angstrom. */
  readonly distance: number;
  /** Sum of their covalent radii, Angstrom. */
  readonly range: number;
}

/** A bond and how much longer it is. */
export interface StretchedBond {
  readonly bond: Bond;
  /** Length now, Angstrom. */
  readonly length: number;
  /** Length less reference, Angstrom; negative where it is shorter. */
  readonly stretch: number;
}

/**
 * Watches the bonds of a reference structure: the usual test for a trajectory that has gone wrong
 * long before energies show it. Fu et al., "Forces are not enough", TMLR (2023), call a molecule
 * unstable when a bond is more than 0.5 Angstrom off.
 *
 * In a run, `guards: { maxStretch, newBonds }` do this.
 */
export class BondMonitor {
  readonly bonds: readonly Bond[];
  /** Twice the largest covalent radius: farther apart, two atoms form no bond, Angstrom. */
  readonly contactRange: number;
  readonly #count: number;

  /** @throws InvalidArgumentError for a structure without bonds */
  constructor(reference: Atoms, options: BondMonitorOptions = {}) {
    const { factor = 1.2, requireBonds = true } = options;
    this.#count = reference.numbers.length;
    this.bonds = findBonds(reference, options);
    this.contactRange = 2 * Math.max(...Array.from(reference.numbers, (z) => COVALENT_RADII[z]));
    if (this.bonds.length === 0 && requireBonds) throw noBonds(factor);
  }

  /**
   * The bond that is farthest from its reference length. Positions must be unwrapped, as those of
   * a run are.
   *
   * @throws InvalidArgumentError for another number of atoms
   */
  worst(atoms: Atoms): StrainedBond {
    const [bond, deviation] = this.#largest(atoms, Math.abs);
    return { bond, length: bondLength(atoms, bond), deviation };
  }

  /** The bond that has become longest against its reference; as {@link BondMonitor.worst}. */
  longest(atoms: Atoms): StretchedBond {
    const [bond, stretch] = this.#largest(atoms, (change) => change);
    return { bond, length: bondLength(atoms, bond), stretch };
  }

  /**
   * Two atoms that are nearer than the sum of their covalent radii and are not bonded in the reference.
   *
   * @param list of `atoms`, with a cutoff of at least `contactRange`
   */
  newContact({ numbers }: Atoms, list: NeighborList): NewContact | undefined {
    // Bonds and list are in the same order, so that each bond is looked for once.
    let next = 0;
    for (let e = 0; e < list.count; e += 1) {
      const i = list.centers[e];
      const j = list.neighbors[e];
      const range = COVALENT_RADII[numbers[i]] + COVALENT_RADII[numbers[j]];
      if (i > j || list.distances[e] >= range) continue;
      while (next < this.bonds.length && order(this.bonds[next], list, e) < 0) next += 1;
      if (next < this.bonds.length && order(this.bonds[next], list, e) === 0) continue;
      return { i, j, distance: list.distances[e], range };
    }
    return undefined;
  }

  /** The bond whose change of length is largest by `measure`, and that value. */
  #largest(atoms: Atoms, measure: (change: number) => number): [Bond, number] {
    if (atoms.numbers.length !== this.#count) {
      throw new InvalidArgumentError('md/invalid-option', 'this is another structure', {
        expected: `${this.#count} atoms`,
        found: `${atoms.numbers.length} atoms`,
        where: 'atoms',
        hint: 'Use one monitor for each system.',
      });
    }
    if (this.bonds.length === 0) throw noBonds();
    let at = 0;
    let largest = -Infinity;
    for (let k = 0; k < this.bonds.length; k += 1) {
      const value = measure(bondLength(atoms, this.bonds[k]) - this.bonds[k].length);
      if (value <= largest) continue;
      at = k;
      largest = value;
      if (Number.isNaN(value)) break;
    }
    return [this.bonds[at], largest];
  }
}

function noBonds(factor?: number): InvalidArgumentError {
  const reach = factor === undefined ? 'a multiple of' : `${factor} times`;
  return new InvalidArgumentError('md/invalid-option', 'the structure has no bonds to watch', {
    expected: `atoms nearer than ${reach} the sum of their covalent radii`,
    found: 'none',
    where: 'reference',
    hint: 'Give a structure at rest, or a larger factor.',
  });
}

/** Negative where the bond comes before an edge of the list, 0 where it is that edge. */
function order({ atoms, shift }: Bond, list: NeighborList, e: number): number {
  const { centers, neighbors, shifts } = list;
  return (
    atoms[0] - centers[e] ||
    atoms[1] - neighbors[e] ||
    shift[0] - shifts[3 * e] ||
    shift[1] - shifts[3 * e + 1] ||
    shift[2] - shifts[3 * e + 2]
  );
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
