import { createAtoms, neighborList, reverseEdges, Rng, VerletList } from '@mlffd/core';

/** Atoms per cubic Angstrom, as in water. */
const DENSITY = 0.1;
/** Angstrom. */
const CUTOFF = 5;
const SIZES = [
  { name: '21', atoms: 21, repeats: 2000 },
  { name: '1e3', atoms: 1000, repeats: 40 },
  { name: '1e5', atoms: 100_000, repeats: 5 },
];

/** Random positions in no spatial order, periodic: the hardest case for the caches. */
function liquid(atoms) {
  const box = Math.cbrt(atoms / DENSITY);
  const rng = new Rng(1, 'bench');
  const positions = new Float64Array(3 * atoms).map(() => box * rng.uniform());
  const numbers = new Int32Array(atoms).fill(8);
  return createAtoms({ numbers, positions, cell: [box, box, box], pbc: true });
}

/** Best of several calls, ms: the rest is the noise of the machine. */
function best(repeats, call) {
  let shortest = Infinity;
  for (let k = 0; k < repeats; k++) {
    const start = performance.now();
    call();
    shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
}

export async function run({ report }) {
  for (const { name, atoms, repeats } of SIZES) {
    const structure = liquid(atoms);
    const list = neighborList(structure, CUTOFF);
    const verlet = new VerletList({ cutoff: CUTOFF, skin: 0.5 });
    const build = best(repeats, () => neighborList(structure, CUTOFF));
    await report({ name: `neighbor-list/${name}`, value: build, unit: 'ms' });
    const update = best(repeats, () => verlet.update(structure));
    await report({ name: `verlet-update/${name}`, value: update, unit: 'ms' });
    const reverse = best(repeats, () => reverseEdges(list));
    await report({ name: `reverse-edges/${name}`, value: reverse, unit: 'ms' });
  }
}
