import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadStudent } from '@mlffd/student';
import type { CurveResults, ParetoResults } from '../src/training/results.ts';
import { labelledFile } from './support/labelled.ts';
import { mlffd } from './support/mlffd.ts';
import { TRAIN_YAML } from './support/trainYaml.ts';

/** Forces of the better method are larger by this factor. */
const FACTOR = 1.1;
/** Labels are stored in float32: parts of 1e-7 of sums over them. */
const DIGITS = 4;

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};
const json = (...names: string[]): unknown => JSON.parse(readFileSync(at(...names), 'utf8'));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-studies-'));
  await labelledFile(at('data.h5'));
  await labelledFile(at('better.h5'), { forceFactor: FACTOR });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('mlffd train --presets', () => {
  const text = `${TRAIN_YAML.replace(/^student:.*$/m, 'student: { cutoff: 3 }').replace(
    'epochs: 6',
    'epochs: 2',
  )}reference: { forceRmse: 30 }\n`;

  test('trains every size, compares them, and takes the smallest that meets the goals', async () => {
    const config = write('presets.yaml', text);
    const args = ['train', config, '--out', at('pareto'), '--presets', 'tiny,ultra-tiny'];
    const { code, stdout, stderr } = await mlffd(args);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain('[11/11] ultra-tiny: budget');
    expect(stdout).toContain('ultra-tiny is the smallest that meets the goals');
    const found = json('pareto', 'results.json') as ParetoResults;
    expect(found).toMatchObject({ verdict: 'pass', chosen: 'ultra-tiny' });
    expect(found.students.map(({ student, parameters }) => [student, parameters])).toEqual([
      ['tiny', 78_673],
      ['ultra-tiny', 21_529],
    ]);
    for (const one of found.students) {
      const { student, force_mae_meV_A: mae, microseconds_per_call: time } = one;
      const { error_budget: budget } = one;
      expect(mae).toBeGreaterThan(0);
      expect(time).toBeGreaterThan(0);
      const { force_rmse_meV_A: rmse, force_mae_meV_A: none } = budget!;
      expect(rmse!.predicted).toBeCloseTo(Math.hypot(30, rmse!.student), DIGITS);
      expect(none).toBeNull();
      expect(json('pareto', student, 'results.json')).toMatchObject({ student });
    }
    expect(loadStudent(at('pareto', 'student')).config).toMatchObject({ features: 26, cutoff: 3 });
    const html = readFileSync(at('pareto', 'report.html'), 'utf8');
    expect(html).toContain('Force error against time of a call');
  });

  test('ends with 3 when none meets the goals, and leaves no student to be taken for one', async () => {
    const config = write('presets.yaml', text.replace('nveSlope: 100000', 'microseconds: 0.001'));
    const { code, stdout } = await mlffd(['resume', at('pareto'), config]);
    expect(code).toBe(3);
    expect(stdout.match(/already done/g)).toHaveLength(11);
    expect(stdout).toContain('no student meets the goals');
    expect(stdout).toContain('tiny: MISSED Time of a call');
    expect(existsSync(at('pareto', 'student'))).toBe(false);
    expect(json('pareto', 'results.json')).toMatchObject({ verdict: 'fail', chosen: null });
  });

  test('refuses names that are none, and sizes that are given twice', async () => {
    const config = write('presets.yaml', text);
    const unknown = await mlffd(['train', config, '--presets', 'tiny,huge', '-o', at('x')]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain("'huge'");
    const twice = write('twice.yaml', TRAIN_YAML);
    const { code, stderr } = await mlffd(['train', twice, '--presets', 'tiny', '-o', at('x')]);
    expect(code).toBe(2);
    expect(stderr).toContain('--presets sets the sizes');
  });
});

describe('mlffd learning-curve', () => {
  test('fits a power law, gives an advice with its numbers, and adds the errors up', async () => {
    const config = write(
      'curve.yaml',
      `${TRAIN_YAML.replace('epochs: 6', 'epochs: 6')}reference: { dataset: better.h5 }\n`,
    );
    const args = ['learning-curve', config, '-o', at('curve'), '--fractions', '0.3,0.6,1'];
    const { code, stdout, stderr } = await mlffd(args);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    const found = json('curve', 'results.json') as CurveResults;
    const { points, law, advice } = found;
    expect(points.map(({ structures }) => structures)).toEqual([10, 20, 35]);
    // As many steps on fewer structures.
    const [least, most] = [Math.min, Math.max].map((of) => of(...points.map(({ steps }) => steps)));
    expect(most / least).toBeLessThan(1.3);
    const fit = points.map(({ structures }) => law.prefactor * structures ** -law.exponent);
    for (const [k, { force_mae_meV_A: mae }] of points.entries()) {
      expect(Math.abs(Math.log(fit[k] / mae))).toBeLessThanOrEqual(law.misfit + 1e-9);
    }
    expect(found.doubled_force_mae_meV_A).toBeCloseTo(law.prefactor * 70 ** -law.exponent, DIGITS);
    expect(stdout).toContain(`advice   ${advice.verdict}`);
    const budget = found.error_budget!;
    expect(budget).toMatchObject({ reference: 'morse' });
    const { teacher, student, predicted, measured } = budget.force_rmse_meV_A!;
    expect(predicted).toBeCloseTo(Math.hypot(teacher, student), DIGITS);
    expect(measured).toBeGreaterThan(0);
    expect(measured).toBeLessThan(teacher + student);
    expect(readFileSync(at('curve', 'report.html'), 'utf8')).toContain('Error budget');
    expect(loadStudent(at('curve', 'student')).config.features).toBe(8);
  });

  test('with other sizes, goes on and compares both gains', async () => {
    const config = write('sizes.yaml', TRAIN_YAML.replace('epochs: 6', 'epochs: 1'));
    const args = ['learning-curve', config, '-o', at('sizes')];
    const { code, stdout, stderr } = await mlffd([
      ...args,
      '--fractions',
      '0.5,1',
      '--presets',
      'ultra-tiny',
    ]);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    const found = json('sizes', 'results.json') as CurveResults;
    expect(found.sizes.map(({ name }) => name)).toEqual(['tiny-molecules', 'ultra-tiny']);
    expect(found.advice.gainOfSize).not.toBeNull();
    expect(stdout).toContain('Twice the parameters are worth');
    expect((await mlffd(['resume', at('sizes')])).stdout.match(/already done/g)).toHaveLength(8);
  });

  test('refuses parts that are none, and data without forces', async () => {
    const config = write('curve.yaml', TRAIN_YAML);
    const args = ['learning-curve', config, '-o', at('x'), '--fractions'];
    for (const list of ['0.5', '0,1', '0.5,0.5', 'a,b']) {
      expect((await mlffd([...args, list])).stderr).toContain('--fractions takes parts');
    }
    await labelledFile(at('energies.h5'), { labels: ['energy'] });
    const text = TRAIN_YAML.replace('data.h5', 'energies.h5');
    const other = write('energies.yaml', text);
    const { code, stderr } = await mlffd(['learning-curve', other, '-o', at('energies')]);
    expect(code).toBe(2);
    expect(stderr).toContain('A learning curve is one of force errors');
  });
});
