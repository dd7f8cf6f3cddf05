import { COVALENT_RADII } from '@mlffd/core';
import type { Molecule } from 'openchemlib';
import { hydrogenBondLength } from './chemistry.ts';

type Vector = readonly [number, number, number];

/** Directions around an atom: tetrahedral, trigonal planar or linear. */
type Shape = 'tetrahedral' | 'trigonal' | 'linear';

const ANGLES: Readonly<Record<Shape, number>> = {
  tetrahedral: Math.acos(-1 / 3),
  trigonal: (2 * Math.PI) / 3,
  linear: Math.PI,
};
const STEPS = 12;
const SPHERE_POINTS = 200;

/**
 * Positions of the implicit hydrogens, Angstrom, atom after atom: by the shape of the atom, its
 * bonds, and staggered or turned out of the way where one bond leaves a choice. For atoms with
 * three bonds or more, the directions farthest from all others.
 *
 * @param molecule its atoms are those of `positions`, in that order
 */
export function placeHydrogens(molecule: Molecule, positions: Float64Array): number[] {
  const placed = new Map<number, readonly Vector[]>();
  const numbers = Array.from({ length: positions.length / 3 }, (_, i) => molecule.getAtomicNo(i));
  for (let atom = 0; atom < numbers.length; atom++) {
    const count = molecule.getImplicitHydrogens(atom);
    if (count === 0) continue;
    const length =
      hydrogenBondLength(numbers[atom]) ?? COVALENT_RADII[numbers[atom]] + COVALENT_RADII[1];
    const choices = directions(molecule, positions, { atom, count, placed });
    const sites = choices.map((choice) =>
      choice.map((u) => add(row(positions, atom), scale(u, length))),
    );
    const others = [...rows(positions, atom), ...[...placed.values()].flat()];
    placed.set(atom, best(sites, others));
  }
  return [...placed.values()].flat(2);
}

interface Site {
  readonly atom: number;
  readonly count: number;
  /** Hydrogens placed so far, by atom. */
  readonly placed: ReadonlyMap<number, readonly Vector[]>;
}

/** Sets of directions that suit the bonds alike; the first is preferred. */
function directions(molecule: Molecule, positions: Float64Array, site: Site): Vector[][] {
  const { atom, count } = site;
  const shape = shapeOf(molecule, atom);
  const bonds = neighbours(molecule, atom).map((j) => between(positions, atom, j));
  if (bonds.length === 0) return [free(shape).slice(0, count)];
  if (bonds.length === 1 && count <= (shape === 'tetrahedral' ? 3 : shape === 'trigonal' ? 2 : 1)) {
    return aroundOneBond(molecule, positions, { ...site, shape });
  }
  if (bonds.length === 2 && count <= 2) {
    const [middle, normal] = frame(bonds[0], bonds[1]);
    if (shape !== 'tetrahedral' && count === 1) return [[middle]];
    const half = ANGLES.tetrahedral / 2;
    const [up, down] = [1, -1].map((sign) =>
      add(scale(middle, Math.cos(half)), scale(normal, sign * Math.sin(half))),
    );
    return count === 2 ? [[up, down]] : [[up], [down]];
  }
  return [farthest(bonds, count)];
}

function shapeOf(molecule: Molecule, atom: number): Shape {
  const pi = molecule.getAtomPi(atom);
  if (pi >= 2 && molecule.getAtomicNo(atom) <= 9) return 'linear';
  if (pi === 1 || molecule.isAromaticAtom(atom) || molecule.isFlatNitrogen(atom)) {
    return 'trigonal';
  }
  return 'tetrahedral';
}

function aroundOneBond(
  molecule: Molecule,
  positions: Float64Array,
  { atom, count, shape, placed }: Site & { readonly shape: Shape },
): Vector[][] {
  const partner = neighbours(molecule, atom)[0];
  const axis = between(positions, atom, partner);
  if (shape === 'linear') return [[scale(axis, -1)]];
  const beyond = [
    ...neighbours(molecule, partner).flatMap((j) => (j === atom ? [] : [row(positions, j)])),
    ...(placed.get(partner) ?? []),
  ].at(0);
  const reference =
    beyond === undefined
      ? undefined
      : perpendicular(subtract(beyond, row(positions, partner)), axis);
  const x = reference ?? anyPerpendicular(axis);
  const y = cross(axis, x);
  const angle = ANGLES[shape];
  const at = (azimuth: number): Vector =>
    add(
      scale(axis, Math.cos(angle)),
      add(
        scale(x, Math.sin(angle) * Math.cos(azimuth)),
        scale(y, Math.sin(angle) * Math.sin(azimuth)),
      ),
    );
  const spread = shape === 'trigonal' ? Math.PI : (2 * Math.PI) / 3;
  const turns = shape === 'trigonal' ? 2 : STEPS;
  // The first is anti to the atom beyond the bond, the others are turned about the bond.
  return Array.from({ length: turns }, (_, turn) =>
    Array.from({ length: count }, (_, k) =>
      at(Math.PI + (2 * Math.PI * turn) / turns + k * spread),
    ),
  );
}

/** Hydrogens need this much room to atoms that they are not bonded to, Angstrom. */
const ROOM = 2.45;

/** The first choice with enough room, or else the one with most. */
function best(choices: readonly Vector[][], others: readonly Vector[]): Vector[] {
  let most = -1;
  let chosen = choices[0];
  for (const choice of choices) {
    let room = ROOM;
    for (const site of choice) {
      for (const other of others) room = Math.min(room, norm(subtract(site, other)));
    }
    if (room > most) {
      most = room;
      chosen = choice;
    }
  }
  return chosen;
}

function free(shape: Shape): Vector[] {
  const s = 1 / Math.sqrt(3);
  if (shape === 'linear') {
    return [
      [0, 0, 1],
      [0, 0, -1],
    ];
  }
  if (shape === 'trigonal') {
    return [0, 1, 2].map((k) => [
      Math.cos((2 * Math.PI * k) / 3),
      Math.sin((2 * Math.PI * k) / 3),
      0,
    ]);
  }
  return [
    [s, s, s],
    [-s, -s, s],
    [-s, s, -s],
    [s, -s, -s],
  ];
}

/** Directions one after the other, each as far as it can be from the bonds and those before. */
function farthest(bonds: readonly Vector[], count: number): Vector[] {
  const sum = bonds.reduce<Vector>((total, u) => add(total, u), [0, 0, 0]);
  // Three bonds that are not in a plane leave one obvious place.
  if (count === 1 && norm(sum) > 0.3) return [scale(sum, -1 / norm(sum))];
  const taken = [...bonds];
  for (let k = 0; k < count; k++) {
    const nearest = (u: Vector): number => Math.max(...taken.map((v) => dot(u, v)));
    taken.push(sphere().reduce((a, b) => (nearest(b) < nearest(a) ? b : a)));
  }
  return taken.slice(bonds.length);
}

/** Points spread evenly over a sphere (Fibonacci lattice). */
function sphere(): Vector[] {
  return Array.from({ length: SPHERE_POINTS }, (_, k) => {
    const z = 1 - (2 * k + 1) / SPHERE_POINTS;
    const azimuth = k * Math.PI * (3 - Math.sqrt(5));
    const r = Math.sqrt(1 - z * z);
    return [r * Math.cos(azimuth), r * Math.sin(azimuth), z];
  });
}

/** Away from two bonds in their plane, and across it. */
function frame(a: Vector, b: Vector): [Vector, Vector] {
  const sum = add(a, b);
  if (norm(sum) < 1e-3) {
    const away = anyPerpendicular(a);
    return [away, cross(a, away)];
  }
  const normal = cross(a, b);
  const across = norm(normal) < 1e-3 ? anyPerpendicular(a) : scale(normal, 1 / norm(normal));
  return [scale(sum, -1 / norm(sum)), across];
}

function neighbours(molecule: Molecule, atom: number): number[] {
  return Array.from({ length: molecule.getAllConnAtoms(atom) }, (_, k) =>
    molecule.getConnAtom(atom, k),
  );
}

function row(positions: Float64Array, i: number): Vector {
  return [positions[3 * i], positions[3 * i + 1], positions[3 * i + 2]];
}

function rows(positions: Float64Array, except: number): Vector[] {
  return Array.from({ length: positions.length / 3 }, (_, i) => row(positions, i)).filter(
    (_, i) => i !== except,
  );
}

/** Unit vector from atom i to atom j. */
function between(positions: Float64Array, i: number, j: number): Vector {
  const v = subtract(row(positions, j), row(positions, i));
  return scale(v, 1 / norm(v));
}

/** Unit vector along the part of v across the axis; undefined where there is none. */
function perpendicular(v: Vector, axis: Vector): Vector | undefined {
  const part = subtract(v, scale(axis, dot(v, axis)));
  const length = norm(part);
  return length < 1e-2 ? undefined : scale(part, 1 / length);
}

function anyPerpendicular(axis: Vector): Vector {
  const other: Vector = Math.abs(axis[0]) < 0.7 ? [1, 0, 0] : [0, 1, 0];
  return perpendicular(other, axis) ?? [0, 0, 1];
}

function add(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function subtract(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function scale(a: Vector, s: number): Vector {
  return [s * a[0], s * a[1], s * a[2]];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function norm(a: Vector): number {
  return Math.sqrt(dot(a, a));
}
