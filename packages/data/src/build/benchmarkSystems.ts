import { type Atoms, InvalidArgumentError, repeatAtoms } from '@mlffd/core';
import { alanineDipeptide, methane, water } from './benchmarkMolecules.ts';
import { type MoleculeCount, packBox } from './packBox.ts';

/** Kinds of systems that `benchmarkSystems` makes. */
export const BENCHMARK_KINDS = ['water', 'methane', 'alanine'] as const;

export type BenchmarkKind = (typeof BENCHMARK_KINDS)[number];

/** A system to measure on. */
export interface BenchmarkSystem {
  /** Kind, number of atoms, and `cluster` or `box`: `water-99-box`. */
  readonly name: string;
  readonly atoms: Atoms;
  /** Where the coordinates come from. */
  readonly source: string;
}

/** Fewer atoms than this are a cluster: a box would be hardly wider than a molecule. */
const BOX_ATOMS = 60;
const SEED = 0;
/** Distances start at this part of the van der Waals radii: 2.3 Angstrom from O to O. */
const MIN_DISTANCE = 0.75;

interface Recipe {
  readonly molecule: () => Atoms;
  readonly source: string;
  /** What is added to reach a size: more of the same, or water around one. */
  readonly filler: 'same' | 'water';
  /** g/cm^3 */
  readonly density: number;
}

const RECIPES: Readonly<Record<BenchmarkKind, Recipe>> = {
  water: {
    molecule: water,
    source: 'Benedict, Gailar, Plyler 1956',
    filler: 'same',
    density: 1,
  },
  methane: {
    molecule: methane,
    source: 'Hirota 1979',
    filler: 'same',
    // Liquid at its boiling point, 111.7 K.
    density: 0.4224,
  },
  alanine: {
    molecule: alanineDipeptide,
    source: 'GFN2-xTB minimum',
    filler: 'water',
    density: 1,
  },
};

/**
 * Systems of a kind: one molecule, and for each size the nearest whole number of molecules. Small ones are
 * clusters, others periodic boxes: water at 1 g/cm^3, methane as dense as the liquid, alanine dipeptide in
 * water. The molecules are at random places, the same ones in every call, and not relaxed.
 *
 * @param sizes numbers of atoms
 * @throws InvalidArgumentError `data/invalid-option`
 */
export function benchmarkSystems(kind: BenchmarkKind, sizes: readonly number[]): BenchmarkSystem[] {
  const { molecule, source, filler } = RECIPES[kind];
  const one = molecule();
  const added = filler === 'same' ? one : water();
  const systems = new Map([[one.numbers.length, { name: nameOf(kind, one), atoms: one, source }]]);
  for (const size of sizes) {
    requireSize(size);
    const more = Math.round((size - one.numbers.length) / added.numbers.length);
    const count = one.numbers.length + more * added.numbers.length;
    if (more <= 0 || systems.has(count)) continue;
    const atoms = packed(RECIPES[kind], one, { added, more });
    systems.set(count, { name: nameOf(kind, atoms), atoms, source: `${source}, packed` });
  }
  return [...systems.values()].sort((a, b) => a.atoms.numbers.length - b.atoms.numbers.length);
}

function nameOf(kind: BenchmarkKind, { numbers, pbc }: Atoms): string {
  const { length } = numbers;
  if (length === RECIPES[kind].molecule().numbers.length) return `${kind}-${length}`;
  return `${kind}-${length}-${pbc[0] ? 'box' : 'cluster'}`;
}

function packed(
  { filler, density }: Recipe,
  one: Atoms,
  { added, more }: { readonly added: Atoms; readonly more: number },
): Atoms {
  const molecules: readonly MoleculeCount[] =
    filler === 'same'
      ? [{ atoms: one, count: more + 1 }]
      : [
          { atoms: one, count: 1 },
          { atoms: added, count: more },
        ];
  const box = packBox({ molecules, density, minDistance: MIN_DISTANCE, seed: SEED });
  if (box.numbers.length >= BOX_ATOMS) return box;
  return { ...box, cell: new Float64Array(9), pbc: [false, false, false] };
}

/**
 * The supercell with the most atoms up to a size whose edges are as equal as whole cells allow; the cell
 * itself where two of it are too many, or it is not periodic along three axes.
 *
 * @throws InvalidArgumentError `data/invalid-option`
 */
export function grownCrystal(atoms: Atoms, size: number): Atoms {
  requireSize(size);
  if (!atoms.pbc.every(Boolean)) return atoms;
  const { cell, numbers } = atoms;
  const edges = [0, 1, 2].map((k) => Math.hypot(...cell.subarray(3 * k, 3 * k + 3)));
  const counts: [number, number, number] = [1, 1, 1];
  for (;;) {
    const order = [0, 1, 2].sort((a, b) => counts[a] * edges[a] - counts[b] * edges[b]);
    const copies = counts[0] * counts[1] * counts[2];
    const axis = order.find((k) => (numbers.length * copies * (counts[k] + 1)) / counts[k] <= size);
    if (axis === undefined) return repeatAtoms(atoms, counts);
    counts[axis]++;
  }
}

function requireSize(size: number): void {
  if (Number.isSafeInteger(size) && size >= 1) return;
  throw new InvalidArgumentError('data/invalid-option', 'a size is a number of atoms', {
    expected: 'an integer of at least 1',
    found: String(size),
    where: 'sizes',
    hint: 'Give sizes as 10, 100, 1000.',
  });
}
