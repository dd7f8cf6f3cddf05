import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as core from '@mlffd/core';
import * as md from '../src/index.ts';

/** The first two code blocks of the README that run, with file names moved into `folder`. */
function example(folder: string): string {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const blocks = readme.matchAll(
    /<!-- test\/readme.test.ts runs this[^>]*-->\s*```js\n([\s\S]*?)```/g,
  );
  const code = Array.from(blocks, ([, block]) => block).join('\n');
  return code
    .replace(/import \{([^}]*)\} from '@mlffd\/(\w+)';/g, 'const {$1} = $2;')
    .replaceAll(/'(n2\.[a-z.]+)'/g, (_, name: string) => JSON.stringify(join(folder, name)));
}

test('the examples of the README do what they say', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-md-'));
  const printed: unknown[][] = [];
  const AsyncFunction = (async () => Promise.resolve()).constructor as FunctionConstructor;
  const run = new AsyncFunction('core', 'md', 'console', example(folder)) as (
    ...modules: unknown[]
  ) => Promise<void>;
  await run(core, md, { log: (...values: unknown[]) => void printed.push(values) });
  expect(printed[0][0]).toBe(3000);
  expect(printed[1][0]).toMatch(/ meV\/atom\/ps, 95 % between /);
  const trajectory = await md.readTrajectory(join(folder, 'n2.xyz'));
  expect(trajectory.map((frame) => frame.step)).toEqual(
    Array.from({ length: 21 }, (_, k) => 100 * k),
  );
  // One millionth of the 26 meV of thermal energy per femtosecond would be 26.
  expect(Math.abs(Number.parseFloat(String(printed[1][0])))).toBeLessThan(0.1);
  // Of the frames at steps 2001, 2011 ... 2491 those up to 2291 are left.
  expect(printed[2]).toEqual([30, expect.any(Number)]);
  rmSync(folder, { recursive: true });
});
