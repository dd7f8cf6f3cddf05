import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadStudent } from '@mlffd/student';
import type { StudentResults } from '../src/training/results.ts';
import { labelledFile } from './support/labelled.ts';
import { mlffd, type Ended } from './support/mlffd.ts';
import { TRAIN_YAML } from './support/trainYaml.ts';

/** Energy per atom that the second set of labels has more, eV. */
const SHIFT = 7;
/** What a student of 30 epochs is off by goes into the fit of energies to a few dozen structures, eV. */
const FIT = 0.3;

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};
const start = (verb: string, config: string, name: string): Promise<Ended> =>
  mlffd([verb, at('first', 'student'), config, '--out', at(name)]);
const results = (name: string): StudentResults =>
  JSON.parse(readFileSync(at(name, 'results.json'), 'utf8')) as StudentResults;

/** Without `student`: that of the folder. */
const TEXT = TRAIN_YAML.replace(/^student:.*$/m, '')
  .replace(/^dynamics:.*$/m, 'dynamics: false')
  .replace(/^gates:.*$/m, 'gates: {}');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-start-'));
  await labelledFile(at('data.h5'));
  await labelledFile(at('shifted.h5'), { shift: SHIFT, groups: 10 });
  await labelledFile(at('nitrogen.h5'), { molecules: ['HOH', 'NOO'], groups: 10 });
  const config = write('first.yaml', TRAIN_YAML.replace('epochs: 6', 'epochs: 30'));
  const { code, stderr } = await mlffd(['train', config, '--out', at('first')]);
  expect(`${String(code)} ${stderr}`).toBe('0 ');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('mlffd finetune', () => {
  test('keeps model and baseline, at a tenth of the rate and in one stage', async () => {
    const text = TEXT.replace('epochs: 6', 'epochs: 3').replace(/ {2}optimizer:.*\n/, '');
    const { code, stderr, stdout } = await start('finetune', write('tune.yaml', text), 'tuned');
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).not.toContain('stage 2');
    const before = loadStudent(at('first', 'student'));
    const after = loadStudent(at('tuned', 'student'));
    expect(after.config).toEqual(before.config);
    expect(after.baseline).toEqual(before.baseline);
    expect(after.parameters).not.toEqual(before.parameters);
    const stage = readdirSync(at('tuned', 'stages')).find((name) => name.includes('-train-'))!;
    const { config } = JSON.parse(
      readFileSync(at('tuned', 'stages', stage, 'training', 'config.json'), 'utf8'),
    ) as { config: unknown };
    expect(config).toMatchObject({
      optimizer: { learningRate: 1e-4 },
      stages: [],
      loss: { energy: 10, forces: 100 },
    });
    // Gently: what was learned is not lost.
    const [old, now] = [results('first'), results('tuned')].map((r) => r.force_mae_meV_A!);
    expect(now).toBeLessThan(1.1 * old);
    const card = readFileSync(at('tuned', 'student', 'README.md'), 'utf8');
    expect(card).toContain('finetune of');
  });

  test('refuses elements that the student does not know', async () => {
    const config = write('nitrogen.yaml', TEXT.replace('data.h5', 'nitrogen.h5'));
    const { code, stderr } = await start('finetune', config, 'nitrogen');
    expect(code).toBe(2);
    expect(stderr).toContain('never trained on N');
    expect(stderr).toContain('init-from');
  });

  test.each(['finetune', 'init-from'])('%s refuses another model, with the keys', async (verb) => {
    const text = `${TEXT}student: { features: 16, cutoff: 3.5 }\n`;
    const { code, stderr } = await start(verb, write('other.yaml', text), 'other');
    expect(code).toBe(2);
    expect(stderr).toContain('features: 8 -> 16');
    expect(stderr).not.toContain('cutoff:');
  });

  test('a student that is not there is told by its file', async () => {
    const { code, stderr } = await mlffd(['finetune', at('none'), write('tune.yaml', TEXT)]);
    expect(code).toBe(1);
    expect(stderr).toContain(at('none'));
  });
});

describe('mlffd init-from', () => {
  test('takes the weights, and fits the reference energies to another zero', async () => {
    const text = TEXT.replace('data.h5', 'shifted.h5').replace('epochs: 6', 'epochs: 1');
    const { code, stderr } = await start('init-from', write('shifted.yaml', text), 'shifted');
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    const before = loadStudent(at('first', 'student')).baseline;
    const after = loadStudent(at('shifted', 'student')).baseline;
    expect(after.scale).toBe(before.scale);
    for (const molecule of [
      [8, 1, 1],
      [8, 8, 8],
    ]) {
      const sum = ({ energies }: typeof before): number =>
        molecule.reduce((total, z) => total + energies[z], 0);
      expect(Math.abs(sum(after) - sum(before) - 3 * SHIFT)).toBeLessThan(FIT);
    }
  });

  test('takes new elements, and says that they are new', async () => {
    const text = TEXT.replace('data.h5', 'nitrogen.h5').replace('epochs: 6', 'epochs: 1');
    const { code, stdout } = await start('init-from', write('new.yaml', text), 'new');
    expect(code).toBe(0);
    expect(stdout).toContain('new to the student: N');
    expect(results('new').data.facts.elements).toEqual(['H', 'N', 'O']);
    expect(loadStudent(at('new', 'student')).baseline.elements).toEqual([1, 7, 8]);
  });

  test('goes on with `resume`, and not as another verb', async () => {
    const again = await mlffd(['resume', at('new')]);
    expect(again.code).toBe(0);
    expect(again.stdout.match(/already done/g)).toHaveLength(4);
    const { code, stderr } = await mlffd(['train', at('new.yaml'), '--out', at('new')]);
    expect(code).toBe(2);
    expect(stderr).toContain('verb: "init-from" -> "train"');
  });
});
