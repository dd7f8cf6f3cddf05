import type { Atoms } from '@mlffd/core';
import { alignedRmsd, periodicRmsd } from './alignedRmsd.ts';
import type { RmsdGroup } from './diversityReport.ts';

/** Structures in the RMSD matrix: of one formula, and in all. */
const MOST_OF_FORMULA = 8;
const MOST_STRUCTURES = 96;
/** Beyond this number of atoms equal elements are not reordered: n^3 steps for each pair. */
const MOST_PERMUTED = 60;

/** How the RMSDs are made, for readers of the report. */
export const RMSD_TEXT =
  'Among structures of one formula in the sample, at most 8 of each of the most frequent formulas, periodic and free in turns, 96 in all. Molecules and clusters: after the best rotation, mirror images counted as equal since the energy is the same, atoms of one element reordered where that helps (up to 60 atoms). Periodic structures: displacements by minimum images in the mean cell, without the common translation; the difference of the cells does not count, and atoms are not reordered.';

/** One structure that could be compared. */
export interface RmsdCandidate {
  readonly index: number;
  readonly formula: string;
  /** What it shares with its relatives, which stand side by side. */
  readonly group: string;
  readonly periodic: boolean;
}

interface Chosen {
  readonly formula: string;
  readonly periodic: boolean;
  readonly structures: readonly number[];
}

/** The structures to compare, by formula: the most frequent formulas first, periodic and free in turns. */
export function chooseForRmsd(candidates: readonly RmsdCandidate[]): readonly Chosen[] {
  const groups = new Map<string, RmsdCandidate[]>();
  for (const candidate of candidates) {
    const key = `${candidate.formula} ${String(candidate.periodic)}`;
    const group = groups.get(key) ?? [];
    group.push(candidate);
    groups.set(key, group);
  }
  const frequent = [...groups.values()]
    .filter(({ length }) => length > 1)
    .sort((a, b) => b.length - a.length || (a[0].formula < b[0].formula ? -1 : 1));
  const chosen: Chosen[] = [];
  let room = MOST_STRUCTURES;
  for (const group of inTurns(frequent, ([{ periodic }]) => periodic)) {
    if (room < 2) break;
    const taken = spread(group, Math.min(MOST_OF_FORMULA, room));
    room -= taken.length;
    const { formula, periodic } = group[0];
    chosen.push({ formula, periodic, structures: taken.map(({ index }) => index) });
  }
  return chosen;
}

/** Items of both kinds in turns, each kind in its order. */
function inTurns<T>(items: readonly T[], kind: (item: T) => boolean): T[] {
  const first = items.filter((item) => kind(item));
  const second = items.filter((item) => !kind(item));
  return Array.from({ length: Math.max(first.length, second.length) }, (_, k) => [
    ...first.slice(k, k + 1),
    ...second.slice(k, k + 1),
  ]).flat();
}

/** Some of the structures, evenly over their groups in order. */
function spread(structures: readonly RmsdCandidate[], count: number): RmsdCandidate[] {
  const sorted = [...structures].sort((a, b) =>
    a.group === b.group ? a.index - b.index : a.group < b.group ? -1 : 1,
  );
  const taken = Math.min(count, sorted.length);
  return Array.from({ length: taken }, (_, k) => sorted[Math.floor((k * sorted.length) / taken)]);
}

/** RMSD of two structures of one formula, Angstrom; null where they cannot be compared. */
function rmsdOf(a: Atoms, b: Atoms, periodic: boolean): number | null {
  if (periodic) return periodicRmsd(a, b) ?? null;
  const permute = a.numbers.length <= MOST_PERMUTED;
  const ordered = a.numbers.every((z, k) => z === b.numbers[k]);
  if (!permute && !ordered) return null;
  return alignedRmsd(a, b, { permute, reflections: true });
}

/** All RMSDs of one group of structures. */
export function rmsdGroup(chosen: Chosen, atoms: readonly Atoms[]): RmsdGroup {
  const { formula, periodic, structures } = chosen;
  const matrix: (number | null)[][] = atoms.map(() => []);
  const pairs: number[] = [];
  for (const [i, a] of atoms.entries()) {
    matrix[i][i] = 0;
    for (let j = 0; j < i; j++) {
      const value = rmsdOf(a, atoms[j], periodic);
      matrix[i][j] = value;
      matrix[j][i] = value;
      if (value !== null) pairs.push(value);
    }
  }
  pairs.sort((a, b) => a - b);
  return {
    formula,
    periodic,
    structures,
    matrix,
    median: pairs.length === 0 ? null : pairs[pairs.length >> 1],
    max: pairs.at(-1) ?? null,
  };
}
