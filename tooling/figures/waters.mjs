// Structures and a clock for latencies of teachers, the same for all of them.
import { createAtoms, Rng } from '../../packages/core/dist/index.js';

/** Numbers of atoms that latencies are told for. */
export const SIZES = [3, 22, 100, 500];

const MOLECULE = [
  [8, 0, 0, 0],
  [1, 0.96, 0, 0],
  [1, -0.24, 0.93, 0],
];
/** Between molecules, Angstrom. */
const SPACING = 3.1;

/** Water molecules on a grid, rattled, and atoms of `filler` for what is left of `count`. */
export function waters(count, { periodic = true, rattle = 0.02, filler = 8 } = {}) {
  const rng = new Rng(1, 'waters', count);
  const edge = Math.ceil(Math.cbrt(count / 3));
  const numbers = [];
  const positions = [];
  for (let m = 0; numbers.length < count; m++) {
    const corner = [m % edge, Math.floor(m / edge) % edge, Math.floor(m / edge ** 2)];
    const room = count - numbers.length >= MOLECULE.length;
    for (const [number, ...at] of room ? MOLECULE : [[filler, 0, 0, 0]]) {
      numbers.push(number);
      positions.push(...at.map((x, c) => x + SPACING * corner[c] + rattle * rng.normal()));
    }
  }
  const length = SPACING * edge;
  return createAtoms({
    numbers,
    positions,
    ...(periodic ? { cell: [length, length, length], pbc: true } : {}),
  });
}

/** Least time of a call with energy and forces, ms; all positions change each time, the first is not counted. */
export async function leastTime(teacher, atoms, { calls = 200, seconds = 5 } = {}) {
  const rng = new Rng(1, 'moves', atoms.numbers.length);
  let least = Infinity;
  const started = performance.now();
  for (let k = 0; k <= calls; k++) {
    const positions = atoms.positions.map((x) => x + 0.01 * rng.normal());
    const start = performance.now();
    await teacher.calculate({ ...atoms, positions }, ['energy', 'forces']);
    if (k > 0) least = Math.min(least, performance.now() - start);
    if (k > 1 && performance.now() - started > 1000 * seconds) break;
  }
  return least;
}

/** `leastTime` for each size. */
export async function latencies(teacher, structureOf = waters, sizes = SIZES) {
  const times = {};
  for (const size of sizes) times[size] = await leastTime(teacher, structureOf(size));
  return times;
}
