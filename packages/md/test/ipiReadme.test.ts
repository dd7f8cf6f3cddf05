import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as core from '@mlffd/core';
import * as md from '../src/index.ts';
import { pairAt, TestServer } from './ipiServer.ts';

test('the example of serving in the README does what it says', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const section = readme.slice(readme.indexOf('## Serving forces'));
  const server = await TestServer.listen();
  const code = (/```js\n([\s\S]*?)```/.exec(section)?.[1] ?? '')
    .replace(/import \{([^}]*)\} from '@mlffd\/(\w+)';/g, 'const {$1} = $2;')
    .replace("'argon'", `'${server.path}'`);
  const AsyncFunction = (async () => Promise.resolve()).constructor as FunctionConstructor;
  const run = new AsyncFunction('core', 'md', 'console', code) as (
    ...modules: unknown[]
  ) => Promise<void>;
  const printed: unknown[][] = [];
  const done = run(core, md, { log: (...values: unknown[]) => void printed.push(values) });
  const end = await server.accept();
  const { energy } = await end.ask(pairAt(2, 0));
  // Positions go to Bohr and back.
  expect(energy).toBeCloseTo(0.5 * (4 + 0.25 + 0.25), 10);
  end.send('EXIT');
  await done;
  expect(printed).toEqual([['1 answers, then exit']]);
  await server.close();
});
