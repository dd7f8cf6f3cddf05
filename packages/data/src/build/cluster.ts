import { createAtoms, invertCell, volume } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { invalidOption, requireCount, requirePositive } from './invalidOption.ts';
import { length, matrixOf, minus, row, times } from './vector.ts';
import type { Vector } from './vector.ts';

/** Options of `cluster`: give either radius or count. */
export interface ClusterOptions {
  /** Take all atoms within this distance of the centre, Angstrom. */
  readonly radius?: number;
  /** Take this many atoms, the nearest to the centre. */
  readonly count?: number;
  /** An atom of the crystal (its index) or a point (Angstrom); default atom 0. */
  readonly center?: number | readonly [number, number, number];
}

/** Atoms whose distances from the centre differ by less belong to one shell, Angstrom. */
const SAME_SHELL = 1e-6;
/** A sphere that should hold some atoms is made larger by this factor until it does. */
const GROWTH = 1.25;

interface Member {
  readonly number: number;
  readonly position: Vector;
  readonly distance: number;
}

/**
 * A ball of a crystal without periodicity and without cell, the centre at the origin.
 *
 * Atoms are ordered by distance from the centre, within a shell of equal distance by element and
 * coordinates, so that the same call gives the same atoms on every machine. With `count` the last
 * shell may be taken in part; `radius` takes whole shells, up to 1e-6 Angstrom beyond it. Bonds are
 * cut without regard to charge or composition: charge, spin and `info` are not carried over.
 *
 * @throws InvalidArgumentError `data/invalid-option` for a structure that is not periodic along three
 * axes, or a sphere without atoms
 */
export function cluster(atoms: Atoms, { radius, count, center = 0 }: ClusterOptions): Atoms {
  if (!atoms.pbc.every(Boolean)) {
    throw invalidOption('atoms', 'a cluster is cut from a crystal', {
      expected: 'periodic along three axes',
      found: `pbc ${atoms.pbc.join(', ')}`,
      hint: 'Give the cell of the crystal and set pbc to true.',
    });
  }
  if ((radius === undefined) === (count === undefined)) {
    throw invalidOption('radius', 'give either radius or count', {
      expected: 'one of radius and count',
      found: radius === undefined ? 'neither' : 'both',
    });
  }
  const origin = centerOf(atoms, center);
  if (count === undefined) {
    const reach = radius ?? NaN;
    requirePositive('radius', reach);
    return asAtoms(ball(atoms, origin, reach));
  }
  requireCount('count', count, 1);
  const density = atoms.numbers.length / volume(atoms);
  let reach = Math.cbrt((3 * count) / (4 * Math.PI * density));
  let members = ball(atoms, origin, reach);
  while (members.length < count) {
    reach *= GROWTH;
    members = ball(atoms, origin, reach);
  }
  return asAtoms(members.slice(0, count));
}

/** All images within a distance of the origin, sorted. */
function ball(atoms: Atoms, origin: Vector, radius: number): Member[] {
  const cell = matrixOf(atoms.cell);
  const inverse = invertCell(atoms.cell);
  const reach = radius + SAME_SHELL;
  // Along each axis a sphere spans its radius over the distance of the lattice planes.
  const span = [0, 1, 2].map((k) => reach * length([inverse[k], inverse[3 + k], inverse[6 + k]]));
  const members: Member[] = [];
  for (const [i, number] of atoms.numbers.entries()) {
    const start = minus(row(atoms.positions, i), origin);
    const f = times(start, matrixOf(inverse));
    const [first, last] = [f.map((x, k) => Math.ceil(-span[k] - x)), f.map((x, k) => span[k] - x)];
    for (let a = first[0]; a <= last[0]; a++) {
      for (let b = first[1]; b <= last[1]; b++) {
        for (let c = first[2]; c <= last[2]; c++) {
          const position = minus(start, times([a, b, c], cell), -1);
          const distance = length(position);
          if (distance <= reach) members.push({ number, position, distance });
        }
      }
    }
  }
  return members.sort(compare);
}

function compare(a: Member, b: Member): number {
  const shell = rounded(a.distance) - rounded(b.distance);
  if (shell !== 0) return shell;
  if (a.number !== b.number) return a.number - b.number;
  for (let k = 0; k < 3; k++) {
    const difference = rounded(a.position[k]) - rounded(b.position[k]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rounded(x: number): number {
  return Math.round(x / SAME_SHELL);
}

function asAtoms(members: readonly Member[]): Atoms {
  if (members.length === 0) {
    throw invalidOption('radius', 'there is no atom in the sphere', {
      expected: 'a radius that reaches an atom from the centre',
      found: 'no atom',
      hint: 'Take a larger radius, or an atom as the centre.',
    });
  }
  return createAtoms({
    numbers: members.map(({ number }) => number),
    positions: members.map(({ position }) => position),
  });
}

function centerOf(atoms: Atoms, center: number | readonly [number, number, number]): Vector {
  if (typeof center !== 'number') {
    if (center.every((x) => Number.isFinite(x))) return center;
    throw invalidOption('center', 'the centre is no point', {
      expected: '3 finite coordinates in Angstrom',
      found: `[${center.join(', ')}]`,
    });
  }
  if (Number.isInteger(center) && center >= 0 && center < atoms.numbers.length) {
    return row(atoms.positions, center);
  }
  throw invalidOption('center', `there is no atom ${center}`, {
    expected: `an index from 0 to ${atoms.numbers.length - 1}, or a point`,
    found: String(center),
  });
}
