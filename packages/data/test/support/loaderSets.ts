import { join } from 'node:path';
import { createAtoms, Rng } from '@mlffd/core';
import { Dataset, writeDataset } from '../../src/index.ts';
import type { LabelledStructure } from '../../src/index.ts';
import type { LoadedBatch } from '../../src/loader/loadedBatch.ts';
import { PairPotential } from './pairPotential.ts';

/** Angstrom; smaller than some cells and larger than others. */
export const CUTOFF = 4.2;

/** Crystals in cells without any symmetry, labelled by a real potential; some labels are left out. */
export function labelledCrystals(count: number): LabelledStructure[] {
  const potential = new PairPotential();
  return Array.from({ length: count }, (_, k) => {
    const rng = new Rng(5, 'crystal', k);
    const n = 2 + (k % 5);
    const atoms = createAtoms({
      numbers: Array.from({ length: n }, (_row, i) => [8, 12, 14][(i + k) % 3]),
      positions: Array.from({ length: n }, (_row, i) => [
        2.7 * i + 0.2 * rng.normal(),
        2.7 * (i % 2) + 0.2 * rng.normal(),
        0.2 * rng.normal(),
      ]),
      cell: [
        [2.7 * n, 0.3, -0.2],
        [0.4, 5.4, 0.5],
        [-0.3, 0.2, 3.1],
      ],
      pbc: [true, true, k % 4 !== 3],
      ...(k % 3 === 0 ? { charge: 1, spin: 2 } : {}),
    });
    const { energy, forces, stress } = potential.calculate(atoms, ['energy', 'forces', 'stress']);
    return {
      atoms,
      meta: { id: `c${k}`, group: `c${k}`, source: 'crystal' },
      ...(k % 7 === 6 ? {} : { energy: energy! }),
      ...(k % 7 === 5 ? {} : { forces: forces! }),
      ...(k % 4 === 3 ? {} : { stress: stress! }),
    };
  });
}

/** The same on disk. */
export async function openCrystals(folder: string, count: number): Promise<Dataset> {
  const path = join(folder, `crystals-${count}.h5`);
  await writeDataset(path, labelledCrystals(count), { teacher: 'pair-1' });
  return Dataset.open(path);
}

/** Everything that a loader gives. */
export async function collect(loader: AsyncIterable<LoadedBatch>): Promise<LoadedBatch[]> {
  const batches: LoadedBatch[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}
