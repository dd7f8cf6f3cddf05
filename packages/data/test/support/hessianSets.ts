import { createAtoms, Rng } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { Dataset, writeDataset } from '../../src/index.ts';

/** Four to eight oxygen atoms on a jittered grid, about 2.9 Angstrom apart. */
export function cluster(seed: number): Atoms {
  const rng = new Rng(seed, 'cluster');
  const count = 4 + (seed % 5);
  const positions = Array.from({ length: 3 * count }, (_, k) => {
    const atom = Math.floor(k / 3);
    return 2.9 * ((atom >> (k % 3)) & 1) + 0.15 * rng.normal();
  });
  return createAtoms({ numbers: new Int32Array(count).fill(8), positions });
}

/** A dataset of clusters without labels that matter. */
export async function clusterDataset(path: string, count: number): Promise<Dataset> {
  const structures = Array.from({ length: count }, (_, k) => ({
    atoms: cluster(k),
    meta: { id: `s#${k}`, group: `g${k}`, source: 'test' },
    energy: k,
  }));
  await writeDataset(path, structures, { teacher: 'none' });
  return Dataset.open(path);
}
