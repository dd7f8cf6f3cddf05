import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Mlffd, mlffd, type Finished } from './support/cli.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

const config = fileURLToPath(new URL('./tiny.yaml', import.meta.url));
const folder = temporaryFolder();

/** Figures that the same configuration must give again, bit for bit. */
const FIGURES = [
  'force_mae_meV_A',
  'force_r2',
  'accuracy',
  'energy_mae_meV_atom',
  'stress_mae_GPa',
  'nve_slope_meV_atom_ps',
] as const;

const results = (run: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder(), run, 'results.json'), 'utf8')) as Record<string, unknown>;

/** The folder of a stage, once it exists. */
function stageFolder(run: string, stage: string): string | undefined {
  const stages = join(folder(), run, 'stages');
  if (!existsSync(stages)) return undefined;
  const name = readdirSync(stages).find((entry) => entry.includes(`-${stage}-`));
  return name === undefined ? undefined : join(stages, name);
}

const distill = (run: string): string[] => ['distill', config, '--out', join(folder(), run)];

let straight: Finished;
beforeAll(async () => {
  straight = await mlffd(distill('straight'));
});

describe('a distillation through the built program', () => {
  test('ends well and leaves report, results and student', () => {
    expect(`${straight.code}\n${straight.stdout}${straight.stderr}`).toMatch(/^0\n/);
    for (const file of ['report.html', 'results.json', 'student/model.onnx', 'student/README.md']) {
      expect(existsSync(join(folder(), 'straight', file))).toBe(true);
    }
  });

  test('gives finite figures with seeds, versions, hashes and times', () => {
    const figures = results('straight');
    for (const key of FIGURES) expect(Number.isFinite(figures[key])).toBe(true);
    expect(figures).toMatchObject({
      seed: 3,
      speedup_vs_teacher: { 8: expect.any(Number) },
      seconds: { generate: expect.any(Number), train: expect.any(Number) },
      versions: { node: process.versions.node, '@mlffd/cli': expect.any(String) },
      hashes: { teacher: expect.any(String), dataset: expect.any(String) },
    });
  });

  test('the report stands alone', () => {
    const html = readFileSync(join(folder(), 'straight', 'report.html'), 'utf8');
    expect(html).toContain('<svg');
    expect(html).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)="(?!data:)/);
  });

  test('a second run finds everything done', async () => {
    const again = await mlffd(distill('straight'));
    expect(again.code).toBe(0);
    expect(again.stdout.match(/already done/g)?.length).toBeGreaterThanOrEqual(6);
  });

  test('inspect describes the student', async () => {
    const student = join(folder(), 'straight', 'student');
    const { code, stdout } = await mlffd(['inspect', student, '--json']);
    expect(code).toBe(0);
    const { parameters } = JSON.parse(stdout) as { parameters: number };
    expect(parameters).toBeGreaterThan(1000);
  });
});

describe('a distillation that is killed and stopped', () => {
  test('goes on and gives the same figures to the last bit', async () => {
    const killed = new Mlffd(distill('broken'));
    await killed.until(() => {
      const label = stageFolder('broken', 'generate');
      return label !== undefined && readdirSync(label).length > 1;
    });
    killed.kill('SIGKILL');
    expect((await killed.finished).signal).toBe('SIGKILL');

    const stopped = new Mlffd(distill('broken'));
    await stopped.until(() => {
      const train = stageFolder('broken', 'train');
      return train !== undefined && readdirSync(train, { recursive: true }).length > 2;
    });
    stopped.kill('SIGINT');
    const end = await stopped.finished;
    expect(end.code).toBe(130);
    expect(end.stderr).toContain('Run the same command again');

    const killedAgain = new Mlffd(distill('broken'));
    await killedAgain.until(() => stageFolder('broken', 'train') !== undefined);
    killedAgain.kill('SIGKILL');
    await killedAgain.finished;

    const last = await mlffd(distill('broken'));
    expect(`${last.code}\n${last.stderr}`).toMatch(/^0\n/);
    const one = results('straight');
    const other = results('broken');
    for (const key of FIGURES) expect(other[key]).toBe(one[key]);
    expect(other.hashes).toEqual(one.hashes);
  });
});
