import { readFileSync } from 'node:fs';
import { type Atoms, createAtoms } from '@mlffd/core';
import type { PainnConfig } from '../src/index.ts';

interface GoldenStructure {
  name: string;
  numbers: number[];
  positions: number[][];
  cell?: number[];
  pbc?: boolean[];
}

export interface Golden {
  structures: GoldenStructure[];
  cases: {
    name: string;
    config: PainnConfig;
    seed: number;
    results: {
      structure: string;
      edges: number;
      energy: number;
      forces: number[];
      stress?: number[];
    }[];
  }[];
}

/** Results of schnetpack 2.1.1, made by tooling/python/schnetpack/golden.py. */
export const golden = JSON.parse(
  readFileSync(new URL('fixtures/schnetpack-golden.json', import.meta.url), 'utf8'),
) as Golden;

/** Structure of the fixture by name. */
export function goldenAtoms(name: string): Atoms {
  const found = golden.structures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no structure ${name}`);
  const { numbers, positions, cell, pbc } = found;
  return createAtoms({
    numbers,
    positions,
    ...(cell === undefined ? {} : { cell }),
    ...(pbc === undefined ? {} : { pbc }),
  });
}
