import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StudentCalculator } from '@mlffd/student';
import type { StudentResults } from '../src/training/results.ts';
import { labelledFile } from './support/labelled.ts';
import { mlffd, type Ended } from './support/mlffd.ts';
import { TRAIN_YAML } from './support/trainYaml.ts';

/** Built program, for a process that can be killed. */
const PROGRAM = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const results = (name: string): StudentResults =>
  JSON.parse(readFileSync(at(name, 'results.json'), 'utf8')) as StudentResults;
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};
const train = (config: string, name: string, signal?: AbortSignal): Promise<Ended> =>
  mlffd(['train', config, '--out', at(name)], signal);

/** Checkpoints of the training in a run folder. */
function checkpoints(name: string): string[] {
  const stages = at(name, 'stages');
  const stage = existsSync(stages)
    ? readdirSync(stages).find((entry) => entry.includes('-train-'))
    : undefined;
  if (stage === undefined) return [];
  const path = join(stages, stage, 'training', 'checkpoints');
  return existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.ckpt')) : [];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-train-'));
  await labelledFile(at('data.h5'));
  write('train.yaml', TRAIN_YAML);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('mlffd train', () => {
  let first: Ended;
  beforeAll(async () => {
    first = await train(at('train.yaml'), 'run');
  });

  test('goes through all stages and measures what it says', () => {
    expect(`${String(first.code)} ${first.stderr}`).toBe('0 ');
    for (const stage of ['1/5] data', '2/5] train', '3/5] test', '4/5] dynamics', '5/5] speed']) {
      expect(first.stdout).toContain(`[${stage} ...`);
    }
    const found = results('run');
    expect(found).toMatchObject({
      verdict: 'pass',
      judged_on: 'test',
      teacher: 'Morse',
      data: { facts: { elements: ['H', 'O'], sizes: [3, 3, 3], periodic: 0 } },
      training: { epochs: 6, reason: 'completed' },
      dynamics: { state: 'stable', temperature_K: 50, timestep_fs: 0.5 },
      speed: { atoms: 3, calls: 5 },
    });
    expect(found.data.training + found.data.validation + found.data.test).toBe(60);
    expect(Object.keys(found.test.by_element).sort()).toEqual(['H', 'O']);
    expect(found.force_mae_meV_A).toBe(found.test.force_mae_meV_A);
  });

  test('the defaults are two stages, forces first, judged by both', () => {
    expect(first.stdout).toContain('stage 2 of 2');
    const stage = readdirSync(at('run', 'stages')).find((name) => name.includes('-train-'))!;
    const { config } = JSON.parse(
      readFileSync(at('run', 'stages', stage, 'training', 'config.json'), 'utf8'),
    ) as { config: Record<string, unknown> };
    expect(config).toMatchObject({
      stages: [
        { until: 0.6, loss: { energy: 30, forces: 100 } },
        { loss: { energy: 200, forces: 100 } },
      ],
      validation: { metric: { energy: 1, forces: 1 } },
      checkpoint: { everySteps: 10, everySeconds: 20 },
    });
  });

  test('the card tells data, teacher, errors by element, time of a call and limits', async () => {
    const card = readFileSync(at('run', 'student', 'README.md'), 'utf8');
    for (const text of [
      'Force MAE of H',
      'Force MAE of O',
      'Time of a call',
      'Energy drift',
      'Trained on H, O only',
      '3 to 3 atoms, none periodic',
      '100 to 300 K',
      'under **an equation**',
      'under **mit**',
    ]) {
      expect(card).toContain(text);
    }
    const calculator = await StudentCalculator.load(at('run', 'student'));
    expect(calculator.elements).toEqual([1, 8]);
    await calculator.dispose();
    const report = readFileSync(at('run', 'report.html'), 'utf8');
    expect(report).toContain('Agreement with the labels');
  });

  test('`run page` finds the training', async () => {
    const { code, stderr } = await mlffd(['run', 'page', at('run'), '-o', at('page.html')]);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(readFileSync(at('page.html'), 'utf8')).toContain('Force MAE');
  });

  test('has nothing to do when it is finished, and brings a deleted report back', async () => {
    const before = results('run');
    rmSync(at('run', 'report.html'));
    const again = await mlffd(['resume', at('run')]);
    expect(`${String(again.code)} ${again.stderr}`).toBe('0 ');
    expect(again.stdout.match(/already done/g)).toHaveLength(5);
    expect(results('run')).toEqual(before);
    expect(existsSync(at('run', 'report.html'))).toBe(true);
  });

  test('another training in the same folder is refused with the differences', async () => {
    const changed = write(
      'changed.yaml',
      TRAIN_YAML.replace('epochs: 6', 'epochs: 20').replace('features: 8', 'features: 10'),
    );
    for (const args of [
      ['train', changed, '--out', at('run')],
      ['resume', at('run'), changed],
    ]) {
      const { code, stderr } = await mlffd(args);
      expect(code).toBe(2);
      expect(stderr).toContain('training.epochs: 6 -> 20');
      expect(stderr).toContain('student.features: 8 -> 10');
      expect(stderr).not.toContain('seed:');
    }
  });

  test('goals, card and workers may change; a missed goal is exit code 3', async () => {
    const config = write(
      'strict.yaml',
      TRAIN_YAML.replace('forceR2: -100', 'forceR2: 0.9999999').replace(
        'P. M. Morse',
        'Morse 1929',
      ),
    );
    const { code, stdout } = await mlffd(['resume', at('run'), config, '--workers', '2']);
    expect(code).toBe(3);
    expect(stdout).toContain('MISSED R² of forces');
    expect(stdout.match(/already done/g)).toHaveLength(5);
    expect(readFileSync(at('run', 'student', 'README.md'), 'utf8')).toContain('Morse 1929');
    expect((await train(at('train.yaml'), 'run')).code).toBe(0);
  });

  test('dynamics that break off are unstable, and miss the goal', async () => {
    // Water, with a time step twice as long as the period of its stretching.
    const dynamics =
      'dynamics: { structure: structure-0, picoseconds: 2, temperature: 300, timestep: 20 }';
    const text = TRAIN_YAML.replace(/^dynamics:.*$/m, dynamics);
    const { code, stdout } = await mlffd(['resume', at('run'), write('hot.yaml', text)]);
    expect(code).toBe(3);
    expect(stdout).toContain('dynamics unstable: ');
    expect(results('run').dynamics).toMatchObject({ state: 'unstable', slope: null });
    expect(readFileSync(at('run', 'student', 'README.md'), 'utf8')).toContain('unstable');
    expect((await train(at('train.yaml'), 'run')).code).toBe(0);
  });

  test('a reference of other structures is refused', async () => {
    await labelledFile(at('other.h5'), { molecules: ['NOO'], groups: 1 });
    const config = write('other.yaml', `${TRAIN_YAML}reference: { dataset: other.h5 }\n`);
    const { code, stderr } = await mlffd(['resume', at('run'), config]);
    expect(code).toBe(2);
    expect(stderr).toContain('No structure of the test set has forces in the reference');
    expect((await train(at('train.yaml'), 'run')).code).toBe(0);
  });

  test('stops on Ctrl-C with 130 and goes on to the same weights', async () => {
    const controller = new AbortController();
    const timer = setInterval(() => {
      if (checkpoints('stopped').length > 1) controller.abort();
    }, 1);
    const stopped = await train(at('train.yaml'), 'stopped', controller.signal);
    clearInterval(timer);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('what to do');
    expect(existsSync(at('stopped', 'results.json'))).toBe(false);
    const { code, stdout } = await mlffd(['resume', at('stopped')]);
    expect(code).toBe(0);
    expect(stdout).toContain('going on from step');
    expect(results('stopped').hash).toBe(results('run').hash);
  });

  test('a process that was killed goes on to the same weights', async () => {
    const child = spawn(
      process.execPath,
      [PROGRAM, 'train', at('train.yaml'), '--out', at('killed')],
      { env: { ...process.env, NODE_OPTIONS: '' }, stdio: 'ignore' },
    );
    const ended = new Promise<NodeJS.Signals | null>((resolve) => {
      child.on('close', (_, signal) => {
        resolve(signal);
      });
    });
    const timer = setInterval(() => {
      if (checkpoints('killed').length > 1) child.kill('SIGKILL');
    }, 1);
    expect(await ended).toBe('SIGKILL');
    clearInterval(timer);
    const { code, stdout, stderr } = await mlffd(['resume', at('killed')]);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain('going on from step');
    expect(results('killed').hash).toBe(results('run').hash);
  });

  test('a run that was killed before its first checkpoint starts again', async () => {
    const stage = readdirSync(at('killed', 'stages')).find((name) => name.includes('-train-'))!;
    const path = at('killed', 'stages', stage);
    rmSync(join(path, 'stage.json'));
    rmSync(join(path, 'training', 'checkpoints'), { recursive: true });
    const { code, stdout } = await mlffd(['resume', at('killed')]);
    expect(code).toBe(0);
    expect(stdout).not.toContain('going on');
    expect(results('killed').hash).toBe(results('run').hash);
  });

  test('a folder without a run is told so', async () => {
    const { code, stderr } = await mlffd(['resume', at('nothing')]);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no run of `mlffd train`');
    writeFileSync(at('stopped', 'run.json'), '{"format"');
    expect((await mlffd(['resume', at('stopped')])).stderr).toContain('does not describe a run');
  });
});

describe('other labels', () => {
  test('extended XYZ of one group needs another way to split, and gets one', async () => {
    await labelledFile(at('frames.xyz'), { groups: 1, each: 30, labels: ['forces'] });
    const text = TRAIN_YAML.replace('data.h5', 'frames.xyz').replace('epochs: 6', 'epochs: 2');
    const refused = await train(write('frames.yaml', text), 'frames');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('by: random');
    const config = write('frames.yaml', text.replace('{ train:', '{ by: random, train:'));
    const { code, stderr } = await train(config, 'frames-random');
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    // Without energies there is one stage, judged by forces.
    expect(results('frames-random')).toMatchObject({
      energy_mae_meV_atom: null,
      test: { labelled: { energy: 0 } },
    });
  });

  test('a loss that asks for labels which are not there is refused', async () => {
    await labelledFile(at('forces.h5'), { labels: ['forces'] });
    const text = TRAIN_YAML.replace('data.h5', 'forces.h5').replace(
      'training:',
      'training:\n  loss: { energy: 1, forces: 10 }',
    );
    const { code, stderr } = await train(write('forces.yaml', text), 'forces');
    expect(code).toBe(2);
    expect(stderr).toContain('No training structure has a label energy');
    expect(stderr).toContain('training.loss');
  });

  test('a dataset that is not there is told by name', async () => {
    const text = TRAIN_YAML.replace('data.h5', 'absent.h5');
    const { stderr } = await train(write('absent.yaml', text), 'absent');
    expect(stderr).toContain('absent.h5');
    expect(existsSync(at('absent'))).toBe(false);
  });
});
