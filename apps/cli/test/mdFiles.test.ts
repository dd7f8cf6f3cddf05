import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BAR, type Calculator, GPA, InvalidAtomsError } from '@mlffd/core';
import { velocityVerlet } from '@mlffd/md';
import { Emt } from '@mlffd/teachers';
import { LastStructure } from '../src/commands/md/lastStructure.ts';
import {
  compressibility,
  lengthOfTime,
  pressure,
  rate,
  time,
} from '../src/commands/md/quantities.ts';
import { RunStoppedError, runSession } from '../src/commands/md/session.ts';
import { StepLog } from '../src/commands/md/stepLog.ts';
import { copper } from './support/mdInputs.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-md-files-test-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('quantities', () => {
  test.each([
    [lengthOfTime, '100ps', 1e5],
    [lengthOfTime, '0.5 ns', 5e5],
    [lengthOfTime, '1e3fs', 1e3],
    [time, '.5', 0.5],
    [rate, '10/ps', 0.01],
    [rate, '0.01', 0.01],
    [pressure, '1bar', BAR],
    [pressure, '-0.5GPa', -0.5 * GPA],
    [pressure, '0', 0],
    [pressure, '1 atm', 1.01325 * BAR],
    [compressibility, '4.5e-5/bar', 4.5e-5 / BAR],
    [compressibility, '0.01/GPa', 0.01 / GPA],
  ])('%p of %j', (parse, text, expected) => {
    // One rounding of the product.
    expect(parse(text, '--x') / (expected === 0 ? 1 : expected)).toBeCloseTo(
      expected === 0 ? 0 : 1,
      14,
    );
  });

  test.each([
    [lengthOfTime, '100'],
    [lengthOfTime, '0ps'],
    [lengthOfTime, '1 parsec'],
    [lengthOfTime, '1toString'],
    [time, ''],
    [time, '-1'],
    [rate, '1ps'],
    [pressure, '1'],
    [pressure, ''],
    [compressibility, '1/Pa'],
  ])('%p refuses %j', (parse, text) => {
    expect(() => parse(text, '--x')).toThrow(
      expect.objectContaining({ code: 'usage/quantity', where: '--x' }),
    );
  });
});

describe('StepLog', () => {
  const stepOf = (line: string): number | undefined =>
    /^\d/.test(line) ? Number.parseInt(line, 10) : undefined;
  const row = (step: number): string => `${String(step)},${'0'.repeat(90)}`;
  // Several times what is looked at first.
  const STEPS = 8000;

  function filled(name: string): string {
    const path = join(folder, name);
    const log = new StepLog(path, { stepOf, header: 'step,value' });
    for (let step = 0; step < STEPS; step++) log.append(row(step));
    log.close();
    log.close();
    return path;
  }

  test.each([STEPS - 2, 4000, 3, 0])('goes on after step %d', (lastStep) => {
    const path = filled(`log-${String(lastStep)}.csv`);
    writeFileSync(path, `${row(STEPS)}\n12`, { flag: 'a' });
    const log = new StepLog(path, { stepOf, header: 'step,value', lastStep });
    expect(log.last).toBe(lastStep);
    log.append(row(lastStep + 1));
    log.close();
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines).toHaveLength(lastStep + 4);
    expect(lines.slice(0, 2)).toEqual(['step,value', row(0)]);
    expect(lines.slice(-2)).toEqual([row(lastStep + 1), '']);
  });

  test('begins anew where no line is left, and without its file', () => {
    const path = join(folder, 'late.csv');
    writeFileSync(path, `${row(5)}\n`);
    const log = new StepLog(path, { stepOf, header: 'step,value', lastStep: 4 });
    expect(log.last).toBeUndefined();
    log.close();
    expect(readFileSync(path, 'utf8')).toBe('step,value\n');
    rmSync(path);
    new StepLog(path, { stepOf, lastStep: 4 }).close();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  test('is not written where there is no folder', () => {
    expect(() => new StepLog(join(folder, 'no', 'log.csv'), { stepOf })).toThrow(
      expect.objectContaining({ code: 'fs/not-found' }),
    );
  });
});

describe('runSession', () => {
  /** EMT that refuses a structure once its first atom is past a plane. */
  function refusing(plane: number): Calculator {
    const emt = new Emt();
    return {
      name: 'refusing',
      properties: emt.properties,
      calculate(atoms, properties) {
        if (atoms.positions[0] > plane) {
          throw new InvalidAtomsError('student/not-finite', 'no finite energy', { hint: 'Look.' });
        }
        return emt.calculate(atoms, properties);
      },
      dispose: () => undefined,
    };
  }

  async function failure(name: string, plane: number): Promise<unknown> {
    const lastStructure = new LastStructure();
    const out = join(folder, name);
    mkdirSync(out);
    return runSession(
      {
        ...{ folder: out, trajectory: 'run.xyz', stride: 5, log: 5, steps: 100, guards: {} },
        ...{ teacherCalls: false, lastStructure, calculator: lastStructure.watch(refusing(plane)) },
        integrator: velocityVerlet({ timestep: 1 }),
        start: async () =>
          Promise.resolve({
            atoms: copper(),
            velocities: Float64Array.from({ length: 24 }, (_, k) => (k === 0 ? 0.02 : 0)),
          }),
        signal: new AbortController().signal,
        onEvent: () => undefined,
      },
      undefined,
    ).catch((error: unknown) => error);
  }

  test('keeps the structure that has no answer', async () => {
    const error = await failure('lost', copper().positions[0] + 0.2);
    expect(error).toBeInstanceOf(RunStoppedError);
    const { reason, step } = error as RunStoppedError;
    expect(reason).toMatchObject({ code: 'student/not-finite', hint: 'Look.' });
    expect(step).toBeGreaterThan(1);
    const [dump] = readdirSync(join(folder, 'lost', 'stopped'));
    expect(reason.dump).toBe(join(folder, 'lost', 'stopped', dump));
    expect(readFileSync(join(folder, 'lost', 'events.jsonl'), 'utf8')).toContain(dump);
  });

  test('takes a start without answer for a wrong start', async () => {
    const error = await failure('wrong', -10);
    expect(error).toMatchObject({ name: 'InvalidAtomsError' });
    expect(existsSync(join(folder, 'wrong', 'stopped'))).toBe(false);
  });
});
