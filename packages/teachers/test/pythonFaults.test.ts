import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Results } from '@mlffd/core';
import type { PythonTeacherError } from '../src/python/pythonErrors.ts';
import type { PythonTeacherEvent } from '../src/python/pythonOptions.ts';
import type { PythonTeacher } from '../src/python/pythonTeacher.ts';
import {
  HAS_PYTHON,
  helium,
  HYDROGEN,
  isRunning,
  failureOf,
  pidsIn,
  startTest,
  testPython,
  until,
} from './pythonSupport.ts';

const WANTED = ['energy', 'forces'] as const;
const ENERGY = 2.5;
/** Longest time of a structure, s; the others take some microseconds. */
const TIMEOUT = 0.5;

const SURVIVED = [
  ['error', 'teachers/python-error', 'ValueError', 'cannot do helium'],
  ['exit', 'teachers/python-error', 'SystemExit', '3'],
  ['unconverged', 'teachers/not-converged', 'SCFError', 'no self-consistency'],
  ['unconverged_message', 'teachers/not-converged', 'RuntimeError', 'SCF did not converge'],
  ['nan', 'teachers/not-finite', undefined, 'forces is not finite'],
  ['infinite', 'teachers/not-finite', undefined, 'energy is not finite'],
  ['shape', 'teachers/python-error', undefined, 'forces has the shape (1, 3, 3), not (2, 3)'],
  ['missing', 'calculator/property-not-available', undefined, 'gave no forces'],
] as const;
const DEADLY = [
  ['hard_exit', 'exit code 7', 'about to leave'],
  ['segfault', 'SIGSEGV', 'Segmentation fault'],
  ['killed', 'SIGKILL', ''],
] as const;
const ENDLESS = ['hang', 'hang_with_lock', 'hang_with_child'] as const;
const FAULTS: readonly string[] = [
  ...SURVIVED.map(([name]) => name),
  ...DEADLY.map(([name]) => name),
  ...ENDLESS,
  'garbage',
  'complain',
];

let teacher: PythonTeacher;
let events: PythonTeacherEvent[];

beforeAll(async () => {
  if (!HAS_PYTHON) return;
  const options = { args: { faults: FAULTS }, timeout: TIMEOUT };
  ({ teacher, events } = await startTest('faulty_calculator:Faulty', options));
});

afterAll(async () => {
  if (HAS_PYTHON) await teacher.dispose();
});

/** What a fault does to its own structure, and that the next one is answered. */
async function outcome(fault: string) {
  events.length = 0;
  const atoms = helium(FAULTS.indexOf(fault));
  const answer: unknown = await teacher.calculate(atoms, WANTED).catch((error: unknown) => error);
  const { energy } = await teacher.calculate(HYDROGEN, WANTED);
  expect(energy).toBe(ENERGY);
  const lines = events.flatMap((event) => (event.type === 'log' ? [event.line] : []));
  return { answer: answer as Results, error: answer as PythonTeacherError, lines };
}

describe('a structure without an answer', () => {
  testPython.each(SURVIVED)('fails alone: %s', async (fault, code, type, text) => {
    const { error } = await outcome(fault);
    expect(error).toMatchObject({ code });
    expect(error.pythonType).toBe(type);
    expect(`${error.message} ${String(error.found)}`).toContain(text);
    expect(pidsIn(events)).toEqual([]);
  });

  testPython('says where in Python it was', async () => {
    const { error } = await outcome('error');
    expect(error.traceback.join('\n')).toContain('faulty_calculator.py');
    expect(error.where).toContain('in error');
  });
});

describe('a structure that ends the worker', () => {
  testPython.each(DEADLY)('fails alone: %s', async (fault, reason, line) => {
    const { error } = await outcome(fault);
    expect(error).toMatchObject({ name: 'PythonTeacherError', code: 'teachers/worker-died' });
    expect(error.found).toContain(reason);
    expect(error.log.join('\n')).toContain(line);
    expect(pidsIn(events)).toHaveLength(1);
    expect(events).toContainEqual(expect.objectContaining({ type: 'worker-ended', reason }));
  });

  testPython.each(ENDLESS)('is ended after its time: %s', async (fault) => {
    const { error, lines } = await outcome(fault);
    expect(error).toMatchObject({ code: 'teachers/timeout', expected: 'an answer within 0.5 s' });
    expect(error.log.join('\n')).toContain(`in ${fault}`);
    const [ended] = events.flatMap((event) => (event.type === 'worker-ended' ? [event.pid] : []));
    expect(isRunning(ended)).toBe(false);
    if (fault !== 'hang_with_child') return;
    const child = Number(/child (\d+)/.exec(lines.join('\n'))![1]);
    await until(() => !isRunning(child), 'the child has gone');
  });

  testPython('takes nobody of its batch along', async () => {
    events.length = 0;
    const killer = helium(FAULTS.indexOf('killed'));
    // Two in a row, so that the second restart waits.
    const batch = [HYDROGEN, killer, HYDROGEN, killer, killer, HYDROGEN];
    const settled = await teacher.calculateMany(batch, WANTED);
    const statuses = batch.map((atoms) => (atoms === killer ? 'rejected' : 'fulfilled'));
    expect(settled.map(({ status }) => status)).toEqual(statuses);
    expect(pidsIn(events)).toHaveLength(3);
  });
});

testPython('what libraries print goes to the log and nowhere else', async () => {
  const { answer, lines } = await outcome('garbage');
  expect(answer).toMatchObject({ energy: ENERGY });
  expect(pidsIn(events)).toEqual([]);
  for (const line of ['a line for people', 'more, past Python', 'and from a child']) {
    expect(lines).toEqual(expect.arrayContaining([expect.stringContaining(line)]));
  }
  const { error } = await outcome('error');
  expect(error.code).toBe('teachers/python-error');
  await outcome('complain');
  expect(events).toContainEqual({ type: 'log', stream: 'stderr', line: 'something is odd' });
});

testPython('an idle worker that is killed is replaced by the next call', async () => {
  await outcome('killed');
  const [pid] = pidsIn(events);
  events.length = 0;
  process.kill(pid, 'SIGKILL');
  await until(() => events.some(({ type }) => type === 'worker-ended'), 'the end is noticed');
  expect((await teacher.calculate(HYDROGEN, WANTED)).energy).toBe(ENERGY);
  expect(pidsIn(events)).toHaveLength(1);
});

describe('dispose', () => {
  testPython('lets an idle worker end by itself; twice is harmless', async () => {
    const { teacher: other, events: seen } = await startTest('faulty_calculator:Faulty');
    await other.calculate(HYDROGEN, WANTED);
    await Promise.all([other.dispose(), other.dispose()]);
    await other.dispose();
    expect(isRunning(pidsIn(seen)[0])).toBe(false);
    const late = await failureOf(other.calculate(HYDROGEN, WANTED));
    expect(late).toMatchObject({ code: 'calculator/disposed' });
  });

  testPython('ends a busy worker at once, and tells all who wait', async () => {
    const { teacher: other, events: seen } = await startTest('faulty_calculator:Faulty', {
      args: { faults: ['hang'] },
    });
    const calls = [other.calculate(helium(), WANTED), other.calculate(HYDROGEN, WANTED)];
    const failures = Promise.all(calls.map(failureOf));
    await other.dispose();
    for (const failure of await failures) {
      expect(failure).toMatchObject({ code: 'calculator/disposed' });
    }
    expect(isRunning(pidsIn(seen)[0])).toBe(false);
  });

  testPython('stops a restart', async () => {
    const { teacher: other } = await startTest('faulty_calculator:Faulty', {
      args: { faults: ['killed'] },
    });
    await failureOf(other.calculate(helium(), WANTED));
    const waiting = failureOf(other.calculate(HYDROGEN, WANTED));
    await other.dispose();
    expect(await waiting).toMatchObject({ code: 'calculator/disposed' });
  });
});
