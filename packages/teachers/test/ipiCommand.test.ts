import { existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, HARTREE, isTransientError } from '@mlffd/core';
import type { IpiTeacherError } from '../src/ipi/ipiErrors.ts';
import type { IpiTeacherEvent, IpiTeacherOptions } from '../src/ipi/ipiOptions.ts';
import { IpiTeacher } from '../src/ipi/ipiTeacher.ts';
import { freeName, membersOf, pairAt, PLAIN_DRIVER } from './ipiSupport.ts';
import { failureOf, isRunning, PYTHON, testPython, until } from './pythonSupport.ts';

const UNIX = [PYTHON, PLAIN_DRIVER, 'unix:{path}'];
const ANY = [...UNIX, '{structure}'];

const teachers: IpiTeacher[] = [];
/** Every command that a teacher of this file has run. */
const commands: string[] = [];

afterEach(async () => {
  await Promise.all(teachers.splice(0).map(async (teacher) => teacher.dispose()));
});

async function start(
  options: IpiTeacherOptions,
): Promise<{ teacher: IpiTeacher; events: IpiTeacherEvent[] }> {
  const events: IpiTeacherEvent[] = [];
  const teacher = await IpiTeacher.listen({
    timeout: 20,
    acceptTimeout: 20,
    onEvent: (event) => {
      events.push(event);
      if (event.type === 'driver-started') commands.push(event.command);
    },
    ...options,
  });
  teachers.push(teacher);
  return { teacher, events };
}

/** Copper with so many atoms of gold at the end, in another order for another number. */
function withGold(gold: number, copper = 2): Atoms {
  const count = gold + copper;
  return createAtoms({
    symbols: Array.from({ length: count }, (_, k) => (k < copper ? 'Cu' : 'Au')),
    positions: Array.from({ length: 3 * count }, (_, k) => (k % 3 === 0 ? 3 * k : k)),
    cell: [20, 20, 20],
    pbc: true,
  });
}

async function goldIn(teacher: IpiTeacher, atoms: Atoms): Promise<number> {
  const { energy } = await teacher.calculate(atoms, ['energy', 'forces']);
  return Math.round(energy! / HARTREE);
}

/** Groups of processes that a teacher has started. */
function groups(events: readonly IpiTeacherEvent[]): number[] {
  return events.flatMap((event) => (event.type === 'driver-started' ? [event.pid] : []));
}

function countOf(events: readonly IpiTeacherEvent[], type: IpiTeacherEvent['type']): number {
  return events.filter((event) => event.type === type).length;
}

/** Folders of structure files and sockets in the commands so far that are still there. */
function leftovers(): string[] {
  const paths = commands.flatMap(
    (line) => line.match(/\/[^ ]*(mlffd-ipi-\w+|ipi_mlffd-\w+)/g) ?? [],
  );
  expect(paths.length).toBeGreaterThan(1);
  return paths.filter((path) => existsSync(path));
}

describe('one composition', () => {
  testPython(
    'a command without a structure is started at once, and ended with the teacher',
    async () => {
      for (const options of [
        { path: freeName('command'), command: UNIX },
        { command: UNIX },
        { port: 0, command: [PYTHON, PLAIN_DRIVER, '{host}:{port}'] },
      ]) {
        const { teacher, events } = await start(options);
        expect(teacher.drivers).toBe(1);
        const [group] = groups(events);
        expect(membersOf(group).length).toBeGreaterThan(0);
        expect(await goldIn(teacher, pairAt(2))).toBe(0);
        const other = await failureOf(teacher.calculate(withGold(1), ['energy']));
        expect(other).toMatchObject({ code: 'teachers/ipi-species' });
        const { path } = teacher.address;
        await teacher.dispose();
        expect(membersOf(group)).toEqual([]);
        expect(path !== undefined && existsSync(path)).toBe(false);
        expect(events.at(-1)).toMatchObject({ type: 'driver-ended', reason: 'exit code 0' });
      }
    },
  );

  testPython('many calls share as many drivers as may run', async () => {
    const { teacher, events } = await start({ command: UNIX, drivers: 2 });
    expect(teacher.concurrency).toBe(2);
    const calls = Array.from({ length: 20 }, async (_, k) => goldIn(teacher, pairAt(k)));
    await Promise.all(calls);
    expect(countOf(events, 'driver-started')).toBe(2);
    const error = await failureOf(start({ command: UNIX, drivers: 0 }));
    expect(error).toMatchObject({ code: 'teachers/invalid-option' });
  });
});

describe('many compositions', () => {
  testPython(
    'each has a driver of its own, and the one not used for longest makes room',
    async () => {
      const { teacher, events } = await start({ command: ANY, drivers: 2 });
      expect(countOf(events, 'driver-started')).toBe(0);
      for (const gold of [1, 2, 1, 2, 3, 2, 1]) {
        expect(await goldIn(teacher, withGold(gold))).toBe(gold);
        expect(teacher.drivers).toBeLessThanOrEqual(2);
      }
      // 1, 2, 3 instead of 1, and 1 again instead of 3.
      expect(countOf(events, 'driver-started')).toBe(4);
      expect(countOf(events, 'driver-ended')).toBe(2);
      expect(countOf(events, 'driver-lost')).toBe(0);
    },
  );

  testPython('calls side by side are answered by the right drivers, in few starts', async () => {
    const { teacher, events } = await start({ command: ANY, drivers: 1 });
    const asked = Array.from({ length: 60 }, (_, k) => k % 3);
    const found = await Promise.all(asked.map(async (gold) => goldIn(teacher, withGold(gold))));
    expect(found).toEqual(asked);
    expect(countOf(events, 'driver-started')).toBe(3);
  });

  testPython('a composition that the drivers refuse fails alone', async () => {
    const { teacher } = await start({ command: [...ANY, 'no-gold'], drivers: 2 });
    const calls = [0, 1, 0].map(async (gold) => goldIn(teacher, withGold(gold, 3)));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toMatchObject({
      code: 'teachers/ipi-start-failed',
      log: ['ERROR: no parameters for Au'],
      transient: false,
    });
    expect(await goldIn(teacher, withGold(0, 3))).toBe(0);
  });

  testPython('calls that are given up start nothing, or leave their driver to others', async () => {
    const { teacher, events } = await start({ command: ANY });
    const stop = new AbortController();
    const call = teacher.calculate(withGold(1), ['energy'], { signal: stop.signal });
    stop.abort(new Error('not needed'));
    expect(await failureOf(call)).toBe(stop.signal.reason);
    expect(await goldIn(teacher, withGold(2))).toBe(2);
    expect(groups(events)).toHaveLength(1);
  });

  testPython('a composition that comes no more leaves its driver to one that does', async () => {
    const { teacher, events } = await start({ command: ANY, drivers: 2 });
    await goldIn(teacher, withGold(1));
    const asked = Array.from({ length: 120 }, async () => goldIn(teacher, withGold(2)));
    await Promise.all(asked);
    // One for the first, two for the second: the later one instead of the first.
    expect(countOf(events, 'driver-started')).toBe(3);
    expect(countOf(events, 'driver-ended')).toBe(1);
  });

  testPython('a composition is not kept waiting by another one for ever', async () => {
    const { teacher, events } = await start({ command: ANY, drivers: 1 });
    const order: number[] = [];
    const ask = async (gold: number): Promise<void> => {
      order.push(await goldIn(teacher, withGold(gold)));
    };
    const many = (): Promise<void>[] => Array.from({ length: 400 }, async () => ask(1));
    await Promise.all([...many(), ask(2), ...many()]);
    expect(order.indexOf(2)).toBeGreaterThan(400);
    expect(order.indexOf(2)).toBeLessThan(700);
    expect(countOf(events, 'driver-started')).toBe(3);
  });

  testPython('a template starts its driver at once', async () => {
    const { events } = await start({ command: ANY, template: withGold(1) });
    expect(countOf(events, 'driver-connected')).toBe(1);
  });
});

describe('drivers that go wrong', () => {
  testPython(
    'a crash costs the structure, tells what was printed, and the next gets a new driver',
    async () => {
      const { teacher, events } = await start({ command: [...ANY, 'crash'] });
      for (let k = 0; k < 3; k++) {
        const error = await failureOf(teacher.calculate(withGold(1), ['energy']));
        expect(isTransientError(error)).toBe(true);
        expect(error).toMatchObject({
          code: 'teachers/ipi-disconnected',
          log: ['ERROR: lost atoms'],
        });
        expect((error as Error).message).toMatch(/computing \(the driver ended: exit code 3\)$/);
      }
      expect(countOf(events, 'driver-started')).toBe(3);
      expect(countOf(events, 'driver-lost')).toBe(3);
      expect(events).toContainEqual({
        type: 'log',
        driver: 'ipi, driver 0',
        stream: 'stderr',
        line: 'ERROR: lost atoms',
      });
    },
  );

  testPython('one that breaks the protocol is ended', async () => {
    const { teacher, events } = await start({ command: [...ANY, 'garbage'] });
    const error = await failureOf(teacher.calculate(withGold(0), ['energy']));
    expect(error).toMatchObject({ code: 'teachers/ipi-protocol', transient: false });
    await until(() => countOf(events, 'driver-ended') === 1, 'it has ended');
  });

  testPython('at its start: the command, its last lines and its end are told', async () => {
    const template = withGold(1);
    const error = await failureOf(start({ command: [...ANY, 'last-words'], template }));
    expect(error).toMatchObject({
      code: 'teachers/ipi-start-failed',
      log: expect.arrayContaining(['reading the input', 'ERROR: Unknown pair style reaxfff']),
    });
    const { message, where, found } = error as IpiTeacherError;
    expect(message).toBe('ipi, driver 0 ended at its start (exit code 1)');
    expect(where).toMatch(
      /^\S+ \S+plain_driver.py unix:\/tmp\/ipi_mlffd-\w+ \S+\/structure.extxyz last-words$/,
    );
    expect(found).toContain('Unknown pair style');
    expect(leftovers()).toEqual([]);
  });

  testPython('one that does not connect, and a program that is not there', async () => {
    const silent = await failureOf(
      start({ command: [...UNIX, '', 'silent'], acceptTimeout: 0.7, label: 'slow' }),
    );
    expect(silent).toMatchObject({
      code: 'teachers/ipi-start-failed',
      message: 'slow, driver 0 was not ready within 0.7 s',
      log: ['waiting for a licence'],
    });
    const missing = await failureOf(start({ command: ['no-such-program', '{address}'] }));
    expect(missing).toMatchObject({
      code: 'teachers/ipi-start-failed',
      message: 'ipi, driver 0 cannot be started: there is no program no-such-program',
    });
    const nowhere = await failureOf(start({ command: UNIX, cwd: '/no/such/folder' }));
    expect(nowhere).toMatchObject({ code: 'teachers/ipi-start-failed' });
  });

  testPython('a start may be given up', async () => {
    const signal = AbortSignal.timeout(300);
    const template = withGold(1);
    const error = await failureOf(start({ command: [...ANY, 'silent'], signal, template }));
    expect(error).toBe(signal.reason);
    expect(leftovers()).toEqual([]);
  });

  testPython(
    'one that hears nothing is ended with its children, in time or with the teacher',
    async () => {
      const deaf = { command: [...ANY, 'deaf'] };
      const { teacher, events } = await start({ ...deaf, timeout: 1 });
      const pids = async (k: number): Promise<number[]> => {
        await until(() => countOf(events, 'log') > k, 'it is deaf');
        const log = events.filter(({ type }) => type === 'log')[k] as { line: string };
        return log.line.split(' ').slice(1).map(Number);
      };
      const late = failureOf(teacher.calculate(withGold(0), ['energy']));
      const first = await pids(0);
      expect(first.every(isRunning)).toBe(true);
      expect(await late).toMatchObject({ code: 'teachers/ipi-timeout', transient: true });
      expect(first.some(isRunning)).toBe(false);
      const stopped = failureOf(teacher.calculate(withGold(0), ['energy']));
      const second = await pids(1);
      await teacher.dispose();
      expect(await stopped).toMatchObject({ code: 'calculator/disposed' });
      expect(second.some(isRunning)).toBe(false);
      expect(await failureOf(teacher.calculate(withGold(0), ['energy']))).toMatchObject({
        code: 'calculator/disposed',
      });
    },
  );
});

testPython('a teacher may be disposed of while a driver starts', async () => {
  const { teacher, events } = await start({ command: [...ANY, 'silent'] });
  const call = failureOf(teacher.calculate(withGold(0), ['energy']));
  await until(() => countOf(events, 'log') === 1, 'it starts');
  await teacher.dispose();
  expect(await call).toMatchObject({ code: 'calculator/disposed' });
  expect(membersOf(groups(events)[0])).toEqual([]);
  expect(leftovers()).toEqual([]);
});

testPython('many starts and crashes leave no descriptor and no file', async () => {
  const openFiles = (): number =>
    readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length;
  const round = async (starts: number): Promise<void> => {
    const { teacher } = await start({ command: [...ANY, 'crash'] });
    for (let k = 0; k < starts; k++) await failureOf(teacher.calculate(withGold(k), ['energy']));
    await teacher.dispose();
  };
  // What is made once in a program must not count.
  await round(1);
  const before = openFiles();
  await round(6);
  expect(openFiles()).toBe(before);
  expect(leftovers()).toEqual([]);
});

test('placeholders are checked', async () => {
  const wrong: readonly IpiTeacherOptions[] = [
    { command: [] },
    { command: [''] },
    { command: ['lmp', '{strcture}'] },
    { command: ['lmp', '{port}'] },
    { command: ['lmp', '{path}'], port: 0 },
    { command: [1] as unknown as string[] },
    { command: UNIX, vacuum: 0 },
  ];
  for (const options of wrong) {
    expect(await failureOf(start(options))).toMatchObject({ code: 'teachers/invalid-option' });
  }
});
