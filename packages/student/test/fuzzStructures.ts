import fc from 'fast-check';
import { type Atoms, type Pbc, Rng } from '@mlffd/core';

const PBCS: Pbc[] = Array.from({ length: 8 }, (_, k) => [k % 2 > 0, k % 4 > 1, k > 3]);
const CELLS = ['cubic', 'triclinic', 'skewed', 'tiny', 'needle'] as const;
/** Where atoms are: in the cell, many cells outside, a million Angstrom away, or far apart. */
const PLACES = ['inside', 'outside', 'far', 'apart'] as const;
const FAULTS = [
  'coincident',
  'image',
  'NaN',
  'element',
  'dummy',
  'flat',
  'cell',
  'charge',
] as const;

/** What is wrong with a structure, if anything. */
type Fault = (typeof FAULTS)[number] | 'none';

/** A structure of elements 1, 6, 7, 8 that no constructor has looked at. */
export interface Fuzzed {
  readonly atoms: Atoms;
  readonly fault: Fault;
}

/** Atoms per cubic Angstrom. */
const DENSITY = 0.1;
/** Angstrom */
const TINY_EDGE = 1.1;
const FAR = 1e6;
const MANY_CELLS = 40;

/** Random structures of up to `most` atoms; one in five has a fault. */
export function fuzzed(most: number, least = 1): fc.Arbitrary<Fuzzed> {
  return fc
    .record({
      count: fc.integer({ min: least, max: most }),
      pbc: fc.constantFrom(...PBCS),
      shape: fc.constantFrom(...CELLS),
      place: fc.constantFrom(...PLACES),
      fault: fc.oneof(
        { weight: 4, arbitrary: fc.constant('none' as const) },
        { weight: 1, arbitrary: fc.constantFrom(...FAULTS) },
      ),
      isOpen: fc.boolean(),
      seed: fc.nat(),
    })
    .map(({ count, pbc, shape, place, fault, isOpen, seed }) => {
      const rng = new Rng(seed, 'fuzz');
      // A tiny cell has thousands of images of each atom.
      const atoms = shape === 'tiny' ? Math.min(count, 4) : count;
      const full = randomCell(
        shape,
        shape === 'tiny' ? TINY_EDGE : Math.cbrt(atoms / DENSITY),
        rng,
      );
      const structure: Atoms = {
        numbers: Int32Array.from({ length: atoms }, () => [1, 6, 7, 8][rng.integer(4)]),
        positions: randomPositions(full, { count: atoms, place }, rng),
        cell: full.map((x, k) => (isOpen && !pbc[Math.floor(k / 3)] ? 0 : x)),
        pbc,
      };
      return { atoms: spoil(structure, fault, rng), fault };
    });
}

/** Atoms on a disturbed lattice of about the density, so that none are on top of each other. */
function randomPositions(
  cell: Float64Array,
  { count, place }: { count: number; place: (typeof PLACES)[number] },
  rng: Rng,
): Float64Array {
  const side = Math.ceil(Math.cbrt(count));
  const cells = place === 'outside' ? MANY_CELLS : 0;
  const positions = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) {
    const site = [i % side, Math.floor(i / side) % side, Math.floor(i / side / side)];
    const f = site.map(
      (n) => (n + 0.6 * rng.uniform()) / side + Math.round(cells * (2 * rng.uniform() - 1)),
    );
    const origin = place === 'far' ? FAR : place === 'apart' && i % 3 === 0 ? FAR * (i + 1) : 0;
    for (let x = 0; x < 3; x++) {
      positions[3 * i + x] = origin + f[0] * cell[x] + f[1] * cell[3 + x] + f[2] * cell[6 + x];
    }
  }
  return positions;
}

/** Any handedness and orientation; `skewed`: the vectors of a lattice that are far from reduced. */
function randomCell(shape: (typeof CELLS)[number], edge: number, rng: Rng): Float64Array {
  if (shape === 'cubic') return Float64Array.of(edge, 0, 0, 0, edge, 0, 0, 0, edge);
  const shear = (): number => 0.7 * edge * (2 * rng.uniform() - 1);
  const a = [edge * (shape === 'needle' ? 8 : 1), 0, 0];
  const b = [shear(), edge, 0];
  const c = [shear(), shear(), edge * (rng.uniform() < 0.5 ? -1 : 1)];
  if (shape === 'skewed') {
    const [k, l] = [rng.integer(9) - 4, rng.integer(9) - 4];
    for (let x = 0; x < 3; x++) b[x] += k * a[x];
    for (let x = 0; x < 3; x++) c[x] += l * b[x];
  }
  const turn = 6 * rng.uniform();
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const rows = rng.uniform() < 0.5 ? [a, b, c] : [c, a, b];
  return Float64Array.from(rows.flatMap(([x, y, z]) => [x * cos - z * sin, y, x * sin + z * cos]));
}

/** The structure with a fault; atoms alone cannot be at one place, and get another fault. */
function spoil(atoms: Atoms, fault: Fault, rng: Rng): Atoms {
  const { numbers, positions, cell, pbc } = atoms;
  const count = numbers.length;
  const i = rng.integer(count);
  const j = (i + 1) % count;
  if (fault === 'coincident' || fault === 'image') {
    if (i === j) return spoil(atoms, 'NaN', rng);
    const axis = fault === 'image' ? pbc.indexOf(true) : -1;
    for (let x = 0; x < 3; x++) {
      positions[3 * j + x] = positions[3 * i + x] + (axis < 0 ? 0 : 3 * cell[3 * axis + x]);
    }
  }
  if (fault === 'NaN')
    positions[3 * i + rng.integer(3)] = [NaN, Infinity, -Infinity][rng.integer(3)];
  if (fault === 'element') numbers[i] = [2, 14, 118][rng.integer(3)];
  if (fault === 'dummy') numbers[i] = [0, -1, 300][rng.integer(3)];
  if (fault === 'flat') {
    return { ...atoms, cell: Float64Array.of(3, 0, 0, 6, 0, 0, 1, 0, 0), pbc: [true, true, true] };
  }
  if (fault === 'cell') cell[rng.integer(9)] = NaN;
  if (fault === 'charge') return { ...atoms, charge: NaN };
  return atoms;
}
