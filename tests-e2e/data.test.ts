import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Mlffd, mlffd } from './support/cli.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

const folder = temporaryFolder();

/** CHGNet on small crystals, enough of them for several shards. */
const RECIPE = `
name: killed
teacher: chgnet
sources:
  - name: salts
    crystals: { prototypes: [rocksalt], elements: [[Li, Na], [F, Cl]] }
    rattle: { count: 30 }
    dynamics: { temperatures: [300], frames: 3, stride: 5, equilibration: 10 }
`;

const build = (name: string): string[] => [
  ...['data', 'build', join(folder(), 'recipe.yaml')],
  ...['--out', join(folder(), name)],
];

/** What is in a folder and all below it. */
const filesOf = (name: string): string[] => {
  const path = join(folder(), name);
  return existsSync(path) ? (readdirSync(path, { recursive: true }) as string[]) : [];
};

async function infoOf(name: string): Promise<Record<string, unknown>> {
  const file = join(folder(), name, 'dataset.h5');
  const { code, stdout, stderr } = await mlffd(['data', 'info', file, '--json']);
  expect(`${String(code)}${stderr}`).toBe('0');
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('a dataset whose building was killed is the one that was built in one go', async () => {
  writeFileSync(join(folder(), 'recipe.yaml'), RECIPE);
  const straight = await mlffd(build('straight'));
  expect(`${String(straight.code)}${straight.stderr}`).toBe('0');
  expect(straight.stdout).toContain('136 structures');

  for (const moment of [/parents/, /manifest\.json$/]) {
    const killed = new Mlffd(build('killed'));
    await killed.until(() => filesOf('killed').some((file) => moment.test(file)));
    killed.kill('SIGKILL');
    expect((await killed.finished).signal).toBe('SIGKILL');
    expect(existsSync(join(folder(), 'killed', 'dataset.h5'))).toBe(false);
  }
  const last = await mlffd(build('killed'));
  expect(`${String(last.code)}${last.stderr}`).toBe('0');
  const [one, other] = [await infoOf('straight'), await infoOf('killed')];
  expect(other.hash).toBe(one.hash);
  expect(one).toMatchObject({ structures: 136, elements: ['Li', 'F', 'Na', 'Cl'], groups: 4 });

  const audit = await mlffd(['data', 'audit', join(folder(), 'killed', 'dataset.h5')]);
  expect(audit.code).toBe(0);
});
