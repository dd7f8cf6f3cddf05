import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

/**
 * Bytes per call that may be left on the heap: some boxed numbers, whatever the size of the structure.
 * A copy of the forces of 70 atoms would be 1680 bytes.
 */
const GARBAGE = 1200;
/** Bytes per call that a collection may not free: none, but for what the engine learns by the way. */
const KEPT = 16;

interface Measured {
  readonly garbagePerCall: number;
  readonly keptPerCall: number;
  readonly memoryGrowth: number;
  readonly rebuilds: number;
  readonly isFinite: boolean;
}

const child = fileURLToPath(new URL('support/garbageChild.mjs', import.meta.url));

test('twenty thousand calls leave nothing on the heap, and memory does not grow', () => {
  const cases = [
    { count: 5, pbc: false, zbl: false },
    { count: 20, pbc: true, zbl: true },
    { count: 70, pbc: false, zbl: false },
  ];
  // The young generation is so large that nothing is collected in between.
  const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];
  const output = execFileSync(process.execPath, [...flags, child, JSON.stringify(cases)], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const measured = JSON.parse(output) as Measured[];
  expect(measured.length).toBe(cases.length);
  for (const { garbagePerCall, keptPerCall, memoryGrowth, rebuilds, isFinite } of measured) {
    expect(garbagePerCall).toBeLessThan(GARBAGE);
    expect(keptPerCall).toBeLessThan(KEPT);
    expect(memoryGrowth).toBe(0);
    expect(isFinite).toBe(true);
    expect(rebuilds).toBeLessThan(2000);
  }
  expect(measured.map(({ rebuilds }) => rebuilds > 100)).toEqual([false, true, true]);
});
