import { neighborList } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { readFileSync } from 'node:fs';

/** Element, element of the neighbour, distance in Angstrom, neighbours per atom of the structure. */
export type Shell = readonly [z: number, neighbor: number, distance: number, count: number];

interface AseStructures {
  readonly cutoff: number;
  readonly crystals: Readonly<Record<string, { volumePerAtom: number; shells: Shell[] }>>;
  readonly slabs: Readonly<
    Record<string, { atomsPerArea: number; thickness: number; shells: Shell[] }>
  >;
  readonly supercells: readonly {
    matrix: [number, number, number][];
    atoms: number;
    cell: number[];
    shells: Shell[];
  }[];
}

/** What tooling/python/build/fixtures.py wrote. */
export const ASE = JSON.parse(
  readFileSync(new URL('../fixtures/ase-structures.json', import.meta.url), 'utf8'),
) as AseStructures;

/** Distances of one shell differ by less, Angstrom; the fixture rounds them to as much. */
const SAME = 1e-4;

/** Neighbour shells up to a cutoff, merged, sorted by elements and distance. */
export function shellsOf(atoms: Atoms, cutoff: number): Shell[] {
  const list = neighborList(atoms, cutoff);
  const rows: [number, number, number][] = Array.from({ length: list.count }, (_, e) => [
    atoms.numbers[list.centers[e]],
    atoms.numbers[list.neighbors[e]],
    list.distances[e],
  ]);
  return merged(rows.map(([a, b, d]) => [a, b, d, 1 / atoms.numbers.length]));
}

/** Shells whose distances are equal but for rounding become one. */
function merged(shells: readonly Shell[]): Shell[] {
  const sorted = [...shells].sort((p, q) => p[0] - q[0] || p[1] - q[1] || p[2] - q[2]);
  const out: [number, number, number, number][] = [];
  for (const [a, b, d, n] of sorted) {
    const last = out.at(-1);
    const same = last?.[0] === a && last[1] === b && d - last[2] < 2 * SAME;
    if (same) last[3] += n;
    else out.push([a, b, d, n]);
  }
  return out;
}

/** Largest difference between two lists of shells: in distance and in count; Infinity if not alike. */
export function shellDifference(found: readonly Shell[], expected: readonly Shell[]): number {
  const [p, q] = [merged(found), merged(expected)];
  if (p.length !== q.length) return Infinity;
  return p.reduce((most, [a, b, d, n], k) => {
    const [z, w, r, m] = q[k];
    return a === z && b === w ? Math.max(most, Math.abs(d - r), Math.abs(n - m)) : Infinity;
  }, 0);
}

/** Rounding of distances (1e-4) and counts (1e-8) in the fixture, and merging of two rounded ones. */
export const SHELL_TOLERANCE = 2e-4;
