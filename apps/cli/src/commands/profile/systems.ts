import { COVALENT_RADII, createAtoms, InvalidArgumentError, symbolOf } from '@mlffd/core';
import type { ProfileSystem } from '@mlffd/cuda-profiler';
import { benchmarkSystems } from '@mlffd/data';
import { structuresFor } from '../teacher/structures.ts';

/** Structures of a file that are called with. */
const MOST_STRUCTURES = 8;
/** From this many atoms on a lattice goes on for ever. */
const PERIODIC_ATOMS = 64;
/** Distance of neighbours in a lattice over the sum of their radii. */
const STRETCH = 1.1;

/**
 * Structures out of a file, evenly spread, the smallest first.
 *
 * @throws as `structuresFor`
 */
export async function systemsOfFile(path: string): Promise<ProfileSystem[]> {
  const { structures } = await structuresFor(path, MOST_STRUCTURES);
  return structures
    .map(({ name, atoms }) => ({ name: `${name}, ${String(atoms.numbers.length)} atoms`, atoms }))
    .sort((a, b) => a.atoms.numbers.length - b.atoms.numbers.length);
}

/**
 * Structures near the sizes of what the calculator knows: water, else methane, else a cubic lattice of its
 * elements.
 */
export function systemsOfSizes(
  sizes: readonly number[],
  elements: readonly number[] | undefined,
): ProfileSystem[] {
  const knows = (...numbers: readonly number[]): boolean =>
    elements === undefined || numbers.every((z) => elements.includes(z));
  const kind = knows(1, 8) ? 'water' : knows(1, 6) ? 'methane' : undefined;
  if (kind === undefined) {
    return [...new Set(sizes)].sort((a, b) => a - b).map((size) => lattice(size, elements ?? []));
  }
  // One molecule comes with the others, wanted or not.
  const least = Math.min(...sizes);
  const found = benchmarkSystems(kind, sizes);
  const wanted = found.filter(({ atoms }, k) => k > 0 || least < 1.5 * atoms.numbers.length);
  return wanted.length > 0 ? wanted : found;
}

/** Elements in turn on a cubic grid. */
function lattice(size: number, elements: readonly number[]): ProfileSystem {
  if (elements.length === 0) {
    throw new InvalidArgumentError('usage/no-elements', 'The calculator knows no element.', {
      where: '--sizes',
      expected: 'structures that it has parameters for',
      found: 'none',
      hint: 'Give some: --structures FILE.',
    });
  }
  const edge = Math.ceil(Math.cbrt(size));
  const numbers = Int32Array.from({ length: size }, (_, k) => elements[k % elements.length]);
  const radius = Math.max(...elements.map((z) => COVALENT_RADII[z]));
  const spacing = 2 * STRETCH * radius;
  const periodic = size >= PERIODIC_ATOMS;
  const atoms = createAtoms({
    numbers,
    positions: Array.from({ length: size }, (_, k) => [
      spacing * (k % edge),
      spacing * (Math.floor(k / edge) % edge),
      spacing * Math.floor(k / edge ** 2),
    ]),
    ...(periodic ? { cell: new Array<number>(3).fill(spacing * edge), pbc: true } : {}),
  });
  const kinds = [...new Set(numbers)].slice(0, 3).map(symbolOf).join('');
  return { name: `${kinds}-lattice-${String(size)}`, atoms };
}
