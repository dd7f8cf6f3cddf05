import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { repository } from './support/cli.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

const { packageManager } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
  packageManager: string;
};

/** One call of each package that only works when its code, assets and dependencies arrived. */
const USES: Record<string, string> = {
  core: `const a = m.createAtoms({ symbols: ['O', 'H'], positions: [0, 0, 0, 0, 0, 1] });
    console.log(m.neighborList(a, 2).count)`,
  graph: `const g = new m.Graph(); const x = g.input('x', []);
    console.log(m.interpret({ y: m.grad(m.mul(x, x), [x])[0] }, { x: { shape: [], data: [1] } }).y.data[0])`,
  report: `console.log(m.renderReport({ title: 't', verdict: { status: 'pass', headline: 'h', reasons: [] },
    facts: [], sections: [] }).includes('<html') ? 2 : 0)`,
  md: `console.log(m.velocityVerlet({ timestep: 2 }).timestep)`,
  data: `console.log(m.rocksalt(['Na', 'Cl'], 5.6).numbers.length / 4)`,
  teachers: `const t = await m.createTeacher('chgnet');
    console.log(t.name.startsWith('chgnet') ? 2 : 0); await t.dispose()`,
  student: `console.log(m.countParameters(m.PRESETS.tiny) > 0 ? 2 : 0)`,
  train: `console.log(typeof m.Trainer.create === 'function' ? 2 : 0)`,
  'cuda-profiler': `console.log(m.latencyDistribution([2, 2, 2]).p50)`,
};

const folder = temporaryFolder();
const names = readdirSync(join(repository, 'packages'));
let tarballs: Record<string, string>;

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

beforeAll(() => {
  tarballs = Object.fromEntries(
    names.map((name) => {
      const packed = join(folder(), 'packed', name);
      mkdirSync(packed, { recursive: true });
      run(
        'npx',
        ['-y', packageManager, 'pack', '--pack-destination', packed],
        join(repository, 'packages', name),
      );
      return [`@mlffd/${name}`, `file:${join(packed, readdirSync(packed)[0])}`];
    }),
  );
});

test('every package has a use to be tried with', () => {
  expect(Object.keys(USES).sort()).toEqual([...names].sort());
});

describe.each(names)('@mlffd/%s installed alone from its tarball', (name) => {
  const id = `@mlffd/${name}`;

  test('loads by import and by require, and works', () => {
    const consumer = join(folder(), 'consumers', name);
    mkdirSync(consumer, { recursive: true });
    writeFileSync(
      join(consumer, 'package.json'),
      JSON.stringify({
        name: 'consumer',
        private: true,
        type: 'module',
        packageManager,
        dependencies: { [id]: tarballs[id] },
      }),
    );
    // Its own dependencies among our packages are not on the registry yet: tarballs too.
    const overrides = Object.entries(tarballs).map(([key, file]) => `  '${key}': '${file}'`);
    writeFileSync(
      join(consumer, 'pnpm-workspace.yaml'),
      `packages: []\npmOnFail: ignore\nstrictDepBuilds: false\noverrides:\n${overrides.join('\n')}\n`,
    );
    run('npx', ['-y', packageManager, 'install', '--prefer-offline', '--no-lockfile'], consumer);
    writeFileSync(
      join(consumer, 'use.mjs'),
      `import * as m from '${id}';\nimport { createRequire } from 'node:module';\n` +
        `const required = createRequire(import.meta.url)('${id}');\n` +
        `if (Object.keys(required).length !== Object.keys(m).length) throw new Error('require differs');\n` +
        `${USES[name] ?? ''};\n`,
    );
    const output = run(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'use.mjs'],
      consumer,
    );
    expect(output.trim()).toBe('2');
  });
});
