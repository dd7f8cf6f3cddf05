import { COVALENT_RADII, InvalidArgumentError, neighborList } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { requirePositive } from './errors.ts';

/** Two bonded atoms; `to` is the one in the cell `shift` away. */
export interface DirectedBond {
  readonly from: number;
  readonly to: number;
  readonly shift: readonly [number, number, number];
  /** Angstrom */
  readonly length: number;
}

/** Two atoms, by their numbers. */
export type AtomPair = readonly [number, number];

/** What counts as a bond. */
export interface BondOptions {
  /** Bonded when nearer than this times the sum of the covalent radii; default 1.2. */
  readonly factor?: number;
}

/** A side of a bond: atoms that move together when the bond is turned or stretched. */
export interface Fragment {
  readonly atoms: readonly number[];
  /** Positions of those atoms, Angstrom, in one piece, not torn apart by the cell. */
  readonly positions: Float64Array;
}

/** Why a bond has no sides: it is in a ring, or in a network that repeats without end. */
export type Undivided = 'ring' | 'network';

/** Which atoms are bonded to which, across cell borders too. */
export class BondGraph {
  readonly atoms: Atoms;
  /** Each bond once, with `from` below `to`, or equal for images of one atom. */
  readonly bonds: readonly DirectedBond[];
  readonly #neighbors: readonly (readonly DirectedBond[])[];

  /** @throws InvalidArgumentError for a factor that is not positive */
  constructor(atoms: Atoms, { factor = 1.2 }: BondOptions = {}) {
    requirePositive('factor', factor);
    this.atoms = atoms;
    const radii = Float64Array.from(atoms.numbers, (z) => factor * COVALENT_RADII[z]);
    const list = neighborList(atoms, 2 * radii.reduce((most, r) => Math.max(most, r), 0));
    const neighbors: DirectedBond[][] = Array.from(radii, () => []);
    for (let e = 0; e < list.count; e++) {
      const [from, to] = [list.centers[e], list.neighbors[e]];
      const length = list.distances[e];
      if (length >= radii[from] + radii[to]) continue;
      const [a, b, c] = list.shifts.subarray(3 * e, 3 * e + 3);
      neighbors[from].push({ from, to, shift: [a, b, c], length });
    }
    this.#neighbors = neighbors;
    this.bonds = neighbors.flat().filter(isFirst);
  }

  /** Bonds of an atom, from it. */
  of(atom: number): readonly DirectedBond[] {
    return this.#neighbors[atom];
  }

  /**
   * The bond between two atoms, from the first to the second.
   *
   * @throws InvalidArgumentError when they are not bonded
   */
  between([from, to]: AtomPair): DirectedBond {
    const bond = this.#neighbors[from]?.find((candidate) => candidate.to === to);
    if (bond !== undefined) return bond;
    throw new InvalidArgumentError('md/invalid-option', `atoms ${from} and ${to} are not bonded`, {
      expected: 'two atoms nearer than factor times the sum of their covalent radii',
      found: `${from}, ${to}`,
      where: 'bonds',
      hint: 'Atoms count from 0. Raise factor where a bond is long.',
    });
  }

  /** The side of a bond that its atom `to` is on, when the bond is cut. */
  sideOf(bond: DirectedBond): Fragment | Undivided {
    const { atoms } = this;
    // Cells that atoms were found in, relative to that of `from`.
    const cells = new Map<number, DirectedBond['shift']>([[bond.to, bond.shift]]);
    const queue = [bond.to];
    for (const atom of queue) {
      const home = cells.get(atom) ?? [0, 0, 0];
      for (const next of this.of(atom)) {
        const cell = [0, 1, 2].map((k) => home[k] + next.shift[k]) as [number, number, number];
        if (atom === bond.to && next.to === bond.from && isZero(cell)) continue;
        if (next.to === bond.from) return isZero(cell) ? 'ring' : 'network';
        const former = cells.get(next.to);
        if (former === undefined) {
          cells.set(next.to, cell);
          queue.push(next.to);
        } else if (former.some((value, k) => value !== cell[k])) {
          return 'network';
        }
      }
    }
    const positions = new Float64Array(3 * queue.length);
    for (const [k, atom] of queue.entries()) {
      const cell = cells.get(atom) ?? [0, 0, 0];
      for (let c = 0; c < 3; c++) {
        positions[3 * k + c] = atoms.positions[3 * atom + c] + across(atoms, cell, c);
      }
    }
    return { atoms: queue, positions };
  }

  /** Vector of a bond, Angstrom. */
  vectorOf({ from, to, shift }: DirectedBond): readonly [number, number, number] {
    const { positions } = this.atoms;
    const component = (c: number) =>
      positions[3 * to + c] - positions[3 * from + c] + across(this.atoms, shift, c);
    return [component(0), component(1), component(2)];
  }
}

/** The same bond from its other end. */
export function reversedBond({ from, to, shift: [a, b, c], length }: DirectedBond): DirectedBond {
  // Without the sums, -0 would come up.
  return { from: to, to: from, shift: [0 - a, 0 - b, 0 - c], length };
}

function across({ cell }: Atoms, shift: DirectedBond['shift'], c: number): number {
  return shift[0] * cell[c] + shift[1] * cell[3 + c] + shift[2] * cell[6 + c];
}

const isZero = (cell: readonly number[]): boolean => cell.every((value) => value === 0);

function isFirst({ from, to, shift }: DirectedBond): boolean {
  if (from !== to) return from < to;
  return (shift.find((value) => value !== 0) ?? 0) > 0;
}

/** A bond from the side that stays to the side that moves. */
export interface Joint {
  readonly bond: DirectedBond;
  readonly moving: Fragment;
}

/** The joint that moves fewer atoms, or why there is none. */
export function jointAt(graph: BondGraph, bond: DirectedBond): Joint | Undivided {
  const joints: Joint[] = [];
  for (const way of [bond, reversedBond(bond)]) {
    const moving = graph.sideOf(way);
    if (moving === 'ring') return moving;
    if (typeof moving !== 'string') joints.push({ bond: way, moving });
  }
  if (joints.length === 0) return 'network';
  return joints.reduce((a, b) => (b.moving.atoms.length < a.moving.atoms.length ? b : a));
}
