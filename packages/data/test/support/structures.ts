import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAtoms, Rng } from '@mlffd/core';
import type { LabelledStructure, Structure } from '../../src/index.ts';

/** A new empty folder, with a function that deletes it. */
export function makeTemporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-data-'));
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Clusters of 2 to 9 atoms, every third one periodic; three of them to a group. */
export function makeStructures(count: number, seed = 1): Structure[] {
  return Array.from({ length: count }, (_, k) => {
    const rng = new Rng(seed, 'structure', k);
    const n = 2 + rng.integer(8);
    const periodic = k % 3 === 0;
    return {
      atoms: createAtoms({
        numbers: Array.from({ length: n }, () => [8, 12, 14][rng.integer(3)]),
        positions: Array.from({ length: n }, (_row, i) => [
          2.8 * (i % 3) + 0.1 * rng.normal(),
          2.8 * (Math.floor(i / 3) % 3) + 0.1 * rng.normal(),
          0.1 * rng.normal(),
        ]),
        cell: [9, 9.5, 10],
        pbc: periodic,
        ...(k % 4 === 0 ? { charge: 1, spin: 1 } : {}),
        ...(k % 5 === 0 ? { info: { note: `é ${k}`, values: [1, 2.5] } } : {}),
      }),
      meta: {
        id: `s${k}`,
        group: `g${Math.floor(k / 3)}`,
        source: periodic ? 'crystal' : 'cluster',
        ...(k % 3 === 0 ? {} : { parent: `s${k - (k % 3)}` }),
        ...(k % 2 === 0 ? { temperature: 300 + k, details: { step: k } } : {}),
      },
    };
  });
}

/** The same with made-up labels; a few are left out. */
export function makeLabelled(count: number, seed = 1): LabelledStructure[] {
  return makeStructures(count, seed).map(({ atoms, meta }, k) => {
    const rng = new Rng(seed, 'labels', k);
    return {
      atoms,
      meta,
      ...(k % 7 === 6 ? {} : { energy: rng.normal() }),
      ...(k % 7 === 5
        ? {}
        : { forces: Float64Array.from(atoms.positions, () => Math.fround(rng.normal())) }),
      ...(atoms.pbc[0] ? { stress: Float64Array.from({ length: 6 }, () => rng.normal()) } : {}),
    };
  });
}
