import { createAtoms, numberOf, Rng, type Atoms } from '@mlffd/core';
import { exportExtxyz, Dataset, writeDataset, type LabelledStructure } from '@mlffd/data';
import { createTeacher } from '@mlffd/teachers';

/** Symbols and positions (Angstrom) of small molecules near the minima of the Morse teacher. */
const MOLECULES = {
  HOH: [
    [0, 0, 0],
    [0.97, 0, 0],
    [-0.25, 0.94, 0],
  ],
  OOO: [
    [0, 0, 0],
    [1.32, 0, 0],
    [-0.3, 1.28, 0],
  ],
  NOO: [
    [0, 0, 0],
    [1.37, 0, 0],
    [-0.3, 1.33, 0],
  ],
} as const;

/** Names of the molecules: their elements, the middle atom last but one. */
type Molecule = keyof typeof MOLECULES;

/** What `labelledFile` writes. */
export interface LabelledOptions {
  readonly molecules?: readonly Molecule[];
  readonly groups?: number;
  /** Structures of a group. */
  readonly each?: number;
  /** Added to every energy, eV per atom: another zero. */
  readonly shift?: number;
  readonly labels?: readonly ('energy' | 'forces')[];
  /** Factor on the forces: another method on the same structures. */
  readonly forceFactor?: number;
}

/** Writes distorted molecules with labels of a Morse potential, as HDF5 or extended XYZ. */
export async function labelledFile(path: string, options: LabelledOptions = {}): Promise<void> {
  const structures = await labelled(options);
  const store = path.endsWith('.xyz') ? `${path}.h5` : path;
  await writeDataset(store, structures, { teacher: 'morse' });
  if (store === path) return;
  const dataset = await Dataset.open(store);
  exportExtxyz(dataset, path);
  dataset.close();
}

async function labelled(options: LabelledOptions): Promise<LabelledStructure[]> {
  const { groups = 12, each = 5, shift = 0, forceFactor = 1 } = options;
  const { molecules = ['HOH', 'OOO'], labels = ['energy', 'forces'] } = options;
  const teacher = await createTeacher({ type: 'morse', inner: 1.3, outer: 1.9 });
  const structures: LabelledStructure[] = [];
  for (let k = 0; k < groups * each; k++) {
    const group = Math.floor(k / each);
    const atoms = distorted(molecules[group % molecules.length], k);
    const { energy = 0, forces = new Float64Array() } = await teacher.calculate(atoms, [
      'energy',
      'forces',
    ]);
    structures.push({
      atoms,
      meta: {
        id: `structure-${String(k)}`,
        group: `group-${String(group)}`,
        source: 'md',
        temperature: 100 + 100 * (group % 3),
      },
      ...(labels.includes('energy') ? { energy: energy + shift * atoms.numbers.length } : {}),
      ...(labels.includes('forces')
        ? { forces: forces.map((value) => Math.fround(value * forceFactor)) }
        : {}),
    });
  }
  await teacher.dispose();
  return structures;
}

function distorted(name: Molecule, seed: number): Atoms {
  const rng = new Rng(seed, 'distorted');
  const [first, middle, last] = name;
  return createAtoms({
    numbers: [middle, first, last].map(numberOf),
    positions: MOLECULES[name].flat().map((x) => x + 0.03 * rng.normal()),
  });
}
