import { cellDeterminant, invertCell, minimumImages, transformRows } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import type { LabelledStructure } from '../structure.ts';
import type { AuditSample } from './sample.ts';

/** Structures with the same atoms that are near to each other. */
export interface FramePair {
  readonly first: LabelledStructure;
  readonly second: LabelledStructure;
  /** How far atoms moved beside what the cell did, second - first, 3N, Angstrom. */
  readonly displacement: Float64Array;
  /** Longest displacement of an atom, Angstrom. */
  readonly longest: number;
  /** Symmetric strain from the first cell to the second, 3 x 3; undefined for equal cells. */
  readonly strain: Float64Array | undefined;
  /** Mean volume, Angstrom^3; 0 unless there is a strain. */
  readonly volume: number;
}

/** Trajectories that are followed at a time. */
const FOLLOWED = 64;
/** A displacement beyond this is another place, where a trapezoid says nothing, Angstrom. */
const FAR = 0.5;
/** A strain beyond this is another crystal. */
const MOST_STRAIN = 0.1;

/**
 * Finds, for structures as they come, one seen shortly before that lies near: the last of its group,
 * or the last with the same atoms. What is remembered are 128 structures at most.
 */
export class FramePairs {
  readonly #byGroup = new Map<string, LabelledStructure>();
  readonly #byAtoms = new Map<string, LabelledStructure>();

  /** The pair that ends with this structure; undefined when none lies near. */
  next({ structure, usable }: AuditSample): FramePair | undefined {
    if (!usable || structure.energy === undefined) return undefined;
    const atoms = structure.atoms.numbers.join(' ');
    const found =
      pairOf(exchange(this.#byGroup, structure.meta.group, structure), structure) ??
      pairOf(this.#byAtoms.get(atoms), structure);
    exchange(this.#byAtoms, atoms, structure);
    return found;
  }
}

/** Puts the value last and gives the one before it; the oldest is forgotten. */
function exchange<T>(map: Map<string, T>, key: string, value: T): T | undefined {
  const before = map.get(key);
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= FOLLOWED) break;
    map.delete(oldest);
  }
  return before;
}

function pairOf(
  first: LabelledStructure | undefined,
  second: LabelledStructure,
): FramePair | undefined {
  // Sources may have labels of different origin.
  if (first?.meta.source !== second.meta.source) return undefined;
  const [a, b] = [first.atoms, second.atoms];
  if (!sameValues(a.numbers, b.numbers) || a.pbc.some((flag, k) => flag !== b.pbc[k]))
    return undefined;
  if (!a.pbc.includes(true) || sameValues(a.cell, b.cell)) {
    const difference = b.positions.map((x, k) => x - a.positions[k]);
    const displacement = minimumImages(difference, a.cell, a.pbc);
    return near({ first, second, displacement, strain: undefined, volume: 0 });
  }
  return a.pbc.every(Boolean) ? strainedPair(first, second) : undefined;
}

/** Two cells: the strain about their mean, and what is left of the displacements. */
function strainedPair(first: LabelledStructure, second: LabelledStructure): FramePair | undefined {
  const [a, b] = [first.atoms, second.atoms];
  const mean = a.cell.map((x, k) => (x + b.cell[k]) / 2);
  const volume = Math.abs(cellDeterminant(mean));
  if (!(volume > 0)) return undefined;
  const inverse = invertCell(mean);
  const full = transformRows(
    inverse,
    b.cell.map((x, k) => x - a.cell[k]),
  );
  const strain = full.map((x, k) => (x + full[3 * (k % 3) + Math.floor(k / 3)]) / 2);
  const turned = full.some((x, k) => Math.abs(x - strain[k]) > MOST_STRAIN / 2);
  if (turned || strain.some((x) => Math.abs(x) > MOST_STRAIN)) return undefined;
  const before = fractional(a);
  const folded = fractional(b).map((x, k) => x - before[k] - Math.round(x - before[k]));
  return near({ first, second, displacement: transformRows(folded, mean), strain, volume });
}

function fractional({ positions, cell }: Atoms): Float64Array {
  return transformRows(positions, invertCell(cell));
}

function near(pair: Omit<FramePair, 'longest'>): FramePair | undefined {
  const { displacement } = pair;
  let longest = 0;
  for (let i = 0; i < displacement.length; i += 3) {
    const length = Math.hypot(displacement[i], displacement[i + 1], displacement[i + 2]);
    longest = Math.max(longest, length);
  }
  return longest > FAR ? undefined : { ...pair, longest };
}

function sameValues(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}

/**
 * Work of the forces along a pair, eV: -1/2 (F_1 + F_2) . dx, which is the change of energy for any
 * potential that is quadratic between them. Undefined without forces.
 */
export function workOf({ first, second, displacement }: FramePair): number | undefined {
  const [f, g] = [first.forces, second.forces];
  if (f?.length !== displacement.length || g?.length !== displacement.length) return undefined;
  let work = 0;
  for (let k = 0; k < displacement.length; k++) work -= 0.5 * (f[k] + g[k]) * displacement[k];
  return work;
}
