import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as core from '@mlffd/core';
import * as data from '../src/index.ts';
import { makeTemporaryFolder } from './support/structures.ts';

/** The first code block of the README, with its files moved into `folder`. */
function example(folder: string): string {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  return code
    .replace(/import \{([^}]*)\} from '@mlffd\/(\w+)';/g, 'const {$1} = $2;')
    .replaceAll(/'(run\/[\w.]+)'/g, (_, name: string) => JSON.stringify(join(folder, name)));
}

test('the example of the README does what it says, and again finds all done', async () => {
  const { folder, remove } = makeTemporaryFolder();
  const AsyncFunction = (async () => Promise.resolve()).constructor as FunctionConstructor;
  const run = new AsyncFunction('core', 'data', 'console', example(folder)) as (
    ...modules: unknown[]
  ) => Promise<void>;
  const outputs = [];
  for (let time = 0; time < 2; time++) {
    const printed: unknown[][] = [];
    await run(core, data, { log: (...values: unknown[]) => void printed.push(values) });
    outputs.push(printed);
  }
  expect(outputs[1]).toEqual(outputs[0]);
  // 9 rattled structures are one group, 6 trajectories of 5 frames another each.
  expect(outputs[0].at(-1)).toEqual([39, true, 5]);
  // 32 atoms each, at most 128 in a batch: the 24 or 29 of the training side.
  const sizes = outputs[0].slice(0, -1).map(([, size]) => size as number);
  expect(Math.max(...sizes)).toBe(4);
  expect(outputs[0][0].slice(2)).toEqual([32, expect.any(Number), 96]);
  const dataset = await data.Dataset.open(join(folder, 'run/argon.h5'));
  expect(dataset.length).toBe(39);
  expect(
    data.checkLeakage(dataset, data.loadSplit(join(folder, 'run/split.json'), dataset)),
  ).toEqual([]);
  dataset.close();
  remove();
});
