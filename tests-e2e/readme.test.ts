import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rocksalt } from '@mlffd/data';
import { readExtxyzFile, writeExtxyz } from '@mlffd/core';
import { initializeParameters, PRESETS, saveStudent } from '@mlffd/student';
import { repository } from './support/cli.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

const folder = temporaryFolder();
/** Inside the workspace, so that the examples find the packages by name. */
const scripts = fileURLToPath(new URL('./node_modules/.cache/readme', import.meta.url));

const examples = [
  ...readFileSync(join(repository, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g),
].map(([, code]) => code);

function run(code: string): string {
  const file = join(scripts, 'example.mjs');
  writeFileSync(file, code);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
    cwd: folder(),
    encoding: 'utf8',
  });
  expect(`${String(status)}${stderr}`).toBe('0');
  return stdout;
}

beforeAll(async () => {
  mkdirSync(scripts, { recursive: true });
  const atoms = rocksalt(['Na', 'Cl'], 5.7);
  writeFileSync(join(folder(), 'start.xyz'), writeExtxyz([{ atoms }]));
  // What the example needs of a student is its folder; random weights with a small scale will do.
  const config = PRESETS['ultra-tiny'];
  await saveStudent(join(folder(), 'runs', 'demo', 'student'), {
    config,
    parameters: initializeParameters(config, 1),
    baseline: { energies: new Float64Array(100), scale: 0.001, elements: [11, 17] },
    provenance: {},
  });
});
afterAll(() => {
  rmSync(scripts, { recursive: true, force: true });
});

describe('the examples of the README', () => {
  test('a student drops into dynamics', () => {
    run(examples[0]);
    expect(readExtxyzFile(join(folder(), 'run.xyz'))).toHaveLength(11);
  });

  test('one package alone', () => {
    expect(run(examples[1]).trim()).toBe('6');
  });
});
