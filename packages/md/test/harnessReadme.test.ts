import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as core from '@mlffd/core';
import * as md from '../src/index.ts';

/** The spring of the first block of the README and the block of the harness, as one text. */
function example(path: string): string {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
  const spring = /const spring = \{[\s\S]*?\n\};\n/.exec(blocks[0])?.[0] ?? '';
  const harness = blocks.find((code) => code.includes('runHarness')) ?? '';
  return `${spring}${harness}`
    .replace(/import \{([^}]*)\} from '@mlffd\/(\w+)';/g, 'const {$1} = $2;')
    .replace(`'n2.baselines.json'`, JSON.stringify(path));
}

test('the example of the harness does what it says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-md-'));
  const path = join(folder, 'baselines.json');
  const printed: unknown[][] = [];
  const AsyncFunction = (async () => Promise.resolve()).constructor as FunctionConstructor;
  const run = new AsyncFunction('core', 'md', 'console', example(path)) as (
    ...modules: unknown[]
  ) => Promise<void>;
  await run(core, md, { log: (...values: unknown[]) => void printed.push(values) });
  expect(printed[0]).toEqual([
    expect.any(Number),
    0.2,
    expect.any(Number),
    expect.any(Number),
    expect.any(Number),
  ]);
  expect(md.readBaselines(path, core.thisMachine())).toHaveLength(1);
  rmSync(folder, { recursive: true });
});
