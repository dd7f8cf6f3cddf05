import fc from 'fast-check';
import { type Atoms, cellDeterminant, createAtoms, type Pbc, periodicCell, Rng } from '@mlffd/core';

/** Neighbours per atom that the radius of a random structure is chosen for, on average. */
const NEIGHBORS = 60;

/** A structure and a radius (Angstrom) with a number of pairs that a test can handle. */
export interface Searched {
  readonly atoms: Atoms;
  readonly reach: number;
}

const PBCS: Pbc[] = Array.from({ length: 8 }, (_, k) => [k % 2 > 0, k % 4 > 1, k > 3]);
const SHAPES = ['cubic', 'triclinic', 'sheared', 'needle', 'tiny'] as const;
/** Where atoms are: in the cell, some cells outside, far from the origin, or from each other. */
const PLACES = ['inside', 'outside', 'far', 'scattered'] as const;

/**
 * Random structures of 1 to `maxAtoms` atoms in cells of any shape and handedness, of any
 * periodicity; vectors of axes that are not periodic are zero, or in the way.
 */
export function searched(maxAtoms: number): fc.Arbitrary<Searched> {
  return fc
    .record({
      count: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: maxAtoms })),
      pbc: fc.constantFrom(...PBCS),
      shape: fc.constantFrom(...SHAPES),
      place: fc.constantFrom(...PLACES),
      isOpen: fc.boolean(),
      seed: fc.nat(),
    })
    .map(({ count, pbc, shape, place, isOpen, seed }) => {
      const rng = new Rng(seed, 'searched');
      const edge = shape === 'tiny' ? 0.4 : Math.cbrt(count / 0.1);
      const full = randomCell(shape, edge, rng);
      const positions = randomPositions(full, count, place, rng);
      const cell = full.map((x, k) => (isOpen && !pbc[Math.floor(k / 3)] ? 0 : x));
      const numbers = new Int32Array(count).fill(6);
      const atoms = createAtoms({ numbers, positions, cell: [...cell], pbc });
      return { atoms, reach: (0.4 + 0.8 * rng.uniform()) * usualReach(full, atoms) };
    });
}

function randomCell(shape: (typeof SHAPES)[number], edge: number, rng: Rng): number[] {
  if (shape === 'cubic') return [edge, 0, 0, 0, edge, 0, 0, 0, edge];
  const random = (): number => 2 * rng.uniform() - 1;
  const stretch = shape === 'needle' ? 12 : 1;
  const a = [edge * stretch, 0, 0];
  const b = [random() * edge, edge, 0];
  const c = [random() * edge, random() * edge, edge * (rng.uniform() < 0.5 ? -1 : 1)];
  if (shape === 'sheared') {
    // The same lattice told by vectors that are far from reduced.
    const [k, l] = [Math.round(9 * random()), Math.round(9 * random())];
    for (let x = 0; x < 3; x++) b[x] += k * a[x];
    for (let x = 0; x < 3; x++) c[x] += l * b[x];
  }
  const turn = 6 * rng.uniform();
  const rows = rng.uniform() < 0.5 ? [a, b, c] : [c, a, b];
  return rows.flatMap(([x, y, z]) => [
    x * Math.cos(turn) - z * Math.sin(turn),
    y,
    x * Math.sin(turn) + z * Math.cos(turn),
  ]);
}

function randomPositions(
  cell: readonly number[],
  count: number,
  place: (typeof PLACES)[number],
  rng: Rng,
): number[][] {
  const cells = place === 'inside' ? 0 : place === 'outside' ? 9 : 3;
  return Array.from({ length: count }, (_, i) => {
    const origin = place === 'far' || (place === 'scattered' && i % 2 > 0) ? 1e6 : 0;
    const f = [0, 1, 2].map(() => rng.uniform() + Math.round(cells * (2 * rng.uniform() - 1)));
    return [0, 1, 2].map((x) => origin + f[0] * cell[x] + f[1] * cell[3 + x] + f[2] * cell[6 + x]);
  });
}

/** The radius with `NEIGHBORS` neighbours at the density that periodic axes force on the atoms. */
function usualReach(full: readonly number[], { numbers, pbc }: Atoms): number {
  const volume = Math.abs(cellDeterminant(full)) / numbers.length;
  const periodic = pbc.filter(Boolean).length;
  const sphere = Math.cbrt((NEIGHBORS * 3 * volume) / (4 * Math.PI));
  if (periodic === 0 || periodic === 3) return sphere;
  // Along a wire or a film that is thinner than the radius there are fewer dimensions.
  const measure = Math.abs(cellDeterminant(periodicCell(full, pbc))) / numbers.length;
  const flat = periodic === 1 ? (NEIGHBORS * measure) / 2 : Math.sqrt((NEIGHBORS * measure) / 3);
  return Math.min(sphere, flat);
}
