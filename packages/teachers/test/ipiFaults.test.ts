import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createAtoms, isTransientError } from '@mlffd/core';
import { IpiTeacher } from '../src/ipi/ipiTeacher.ts';
import type { IpiTeacherEvent, IpiTeacherOptions } from '../src/ipi/ipiOptions.ts';
import { failureOf, until } from './pythonSupport.ts';
import {
  FakeDriver,
  type FakeDriverOptions,
  listenTest,
  pairAt,
  plainReply,
  replyBytes,
} from './ipiSupport.ts';

const teachers: IpiTeacher[] = [];

afterEach(async () => {
  await Promise.all(teachers.splice(0).map(async (teacher) => teacher.dispose()));
});

interface Started {
  readonly teacher: IpiTeacher;
  readonly events: IpiTeacherEvent[];
  readonly driver: FakeDriver;
}

async function start(
  driverOptions: FakeDriverOptions = {},
  options: IpiTeacherOptions = {},
): Promise<Started> {
  const { teacher, events } = await listenTest(options);
  teachers.push(teacher);
  const driver = new FakeDriver(teacher.address, driverOptions);
  return { teacher, events, driver };
}

/** The code, and whether another try may help. */
async function failed(promise: Promise<unknown>): Promise<[string, boolean]> {
  const error = await failureOf(promise);
  return [(error as { code: string }).code, isTransientError(error)];
}

const ASK = ['energy', 'forces', 'stress'] as const;
const DISCONNECTED = ['teachers/ipi-disconnected', true];
const PROTOCOL = ['teachers/ipi-protocol', false];

describe('packets', () => {
  test('an answer in single bytes is put together', async () => {
    const { teacher } = await start({
      answer: (question, socket) => {
        void (async () => {
          for (const byte of plainReply(question)) {
            await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
          }
        })();
        return undefined;
      },
    });
    const { forces } = await teacher.calculate(pairAt(2), ASK);
    expect(forces).toHaveLength(6);
  });

  test('without a text, with a long one, or with zero bytes after a header', async () => {
    const extras = ['', '{"dipole":[0,0,1]}'.padEnd(200_000)];
    const { teacher } = await start({
      answer: () => {
        const zeros = Array.from({ length: 9 }, () => 0);
        const bytes = replyBytes({
          energies: [1],
          atoms: 2,
          forces: zeros.slice(0, 6),
          virials: zeros,
          extra: extras.shift() ?? '',
        });
        if (extras.length === 0) bytes.write('FORCEREADY\0\0', 0, 'latin1');
        return bytes;
      },
    });
    for (const x of [2, 3, 4]) {
      const { energy } = await teacher.calculate(pairAt(x), ['energy']);
      expect(energy).toBeGreaterThan(27);
    }
  });

  test('bytes beyond the answer are a fault, and so are bytes that nobody asked for', async () => {
    const { teacher, events } = await start({
      answer: (question) => Buffer.concat([plainReply(question), Buffer.from('more')]),
    });
    expect(await failed(teacher.calculate(pairAt(2), ASK))).toEqual(PROTOCOL);
    const second = new FakeDriver(teacher.address);
    await until(() => teacher.drivers === 1, 'the driver is there');
    second.socket.write('HELLO');
    await second.closed;
    await until(() => teacher.drivers === 0, 'the driver is gone');
    const last = events.at(-1);
    expect(last).toMatchObject({ type: 'driver-lost', error: { code: 'teachers/ipi-protocol' } });
  });
});

describe('drivers that go wrong', () => {
  const zero = (count: number): number[] => Array.from({ length: count }, () => 0);
  const faults: readonly (readonly [string, FakeDriverOptions['answer'], unknown])[] = [
    ['a wrong header', () => Buffer.from('GARBAGE     '), PROTOCOL],
    ['the header of another phase', () => Buffer.from('NEEDINIT    '), PROTOCOL],
    [
      'another number of atoms',
      () => replyBytes({ energies: [0], atoms: 3, forces: zero(9), virials: zero(9) }),
      ['teachers/ipi-atom-count', false],
    ],
    [
      'a negative number of atoms',
      () => replyBytes({ energies: [0], atoms: -1, forces: [], virials: zero(9) }),
      ['teachers/ipi-atom-count', false],
    ],
    [
      'an endless text',
      () => {
        const bytes = replyBytes({ energies: [0], atoms: 2, forces: zero(6), virials: zero(9) });
        bytes.writeInt32LE(-5, bytes.length - 6);
        return bytes;
      },
      PROTOCOL,
    ],
    [
      'the end before an answer',
      (_, socket) => {
        socket.destroy();
        return undefined;
      },
      DISCONNECTED,
    ],
    [
      'the end in the middle of a header',
      (_, socket) => {
        socket.end('FORCE');
        return undefined;
      },
      DISCONNECTED,
    ],
    [
      'the end in the middle of an answer',
      (question, socket) => {
        socket.end(plainReply(question).subarray(0, 50));
        return undefined;
      },
      DISCONNECTED,
    ],
    [
      'a broken connection',
      (_, socket) => {
        socket.resetAndDestroy();
        return undefined;
      },
      DISCONNECTED,
    ],
  ];
  test.each(faults)('%s; the next driver goes on', async (_, answer, expected) => {
    const { teacher, driver } = await start({ answer: answer! });
    expect(await failed(teacher.calculate(pairAt(2), ASK))).toEqual(expected);
    await driver.closed;
    const next = new FakeDriver(teacher.address);
    const { energy } = await teacher.calculate(pairAt(3), ['energy']);
    expect(energy).toBeGreaterThan(0);
    expect(next.questions).toHaveLength(1);
  });

  test('NaN fails alone, and in the virial only where the stress is asked for', async () => {
    const replies = [
      { energies: [Number.NaN], forces: zero(6), virials: zero(9) },
      { energies: [0], forces: [0, 0, Infinity, 0, 0, 0], virials: zero(9) },
      { energies: [0], forces: zero(6), virials: [Number.NaN, ...zero(8)] },
      { energies: [0], forces: zero(6), virials: [Number.NaN, ...zero(8)] },
    ];
    const { teacher, driver } = await start({
      answer: () => replyBytes({ atoms: 2, ...replies.shift()! }),
    });
    for (let k = 0; k < 3; k++) {
      const code = await failed(teacher.calculate(pairAt(2), ASK));
      expect(code).toEqual(['teachers/ipi-not-finite', false]);
    }
    await teacher.calculate(pairAt(2), ['energy', 'forces']);
    expect(driver.questions).toHaveLength(4);
  });

  test('a driver that is too slow is given up, and the next structure gets another one', async () => {
    const { teacher, driver } = await start({ answer: () => undefined }, { timeout: 0.2 });
    expect(await failed(teacher.calculate(pairAt(2), ASK))).toEqual(['teachers/ipi-timeout', true]);
    await driver.closed;
    new FakeDriver(teacher.address);
    expect(await teacher.calculate(pairAt(2), ['energy'])).toHaveProperty('energy');
  });

  test('one that has old data, loses new data, or is none, is refused', async () => {
    const { teacher, events, driver } = await start(
      { first: 'HAVEDATA' },
      { acceptTimeout: 0.5, consolidated: false },
    );
    await driver.closed;
    const browser = connect((teacher.address as { port: number }).port, '127.0.0.1');
    browser.on('error', () => undefined);
    browser.write('GET / HTTP/1.1\r\n\r\n');
    await until(() => events.length === 3, 'both are refused');
    const refused = { type: 'driver-lost', error: { code: 'teachers/ipi-protocol' } };
    expect(events.slice(1)).toMatchObject([refused, refused]);
    // Silent: it is let go when its time is over, and the call as well.
    const silent = connect((teacher.address as { port: number }).port, '127.0.0.1');
    silent.on('error', () => undefined);
    const error = await failureOf(teacher.calculate(pairAt(2), ASK));
    expect(error).toMatchObject({ code: 'teachers/ipi-no-driver', transient: true });
    await until(() => events.length === 4, 'the silent one is refused');
    expect(events[3]).toMatchObject({ error: { code: 'teachers/ipi-timeout' } });
    const wrong = new FakeDriver(teacher.address);
    await until(() => teacher.drivers === 1, 'a driver is there');
    wrong.socket.on('data', (chunk) => {
      if (String(chunk).includes('POSDATA')) wrong.socket.write('READY       '.repeat(2));
    });
    expect(await failed(teacher.calculate(pairAt(2), ASK))).toEqual(PROTOCOL);
  });
});

describe('waiting', () => {
  test('nobody comes: listen fails, and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ipi-'));
    const path = join(folder, 'socket');
    const error = await failureOf(IpiTeacher.listen({ path, acceptTimeout: 0.1, drivers: 2 }));
    expect(error).toMatchObject({ code: 'teachers/ipi-no-driver', found: '0', where: path });
    const signal = AbortSignal.timeout(50);
    expect(await failureOf(IpiTeacher.listen({ path, signal }))).toBe(signal.reason);
    expect(existsSync(path)).toBe(false);
    await rm(folder, { recursive: true });
  });

  test('a call may be given up while it waits and while it is computed', async () => {
    let finish = (): void => undefined;
    const { teacher } = await start({
      answer: (question, socket) => {
        finish = () => socket.write(plainReply(question));
        return undefined;
      },
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [first, second].map(async ({ signal }) =>
      failureOf(teacher.calculate(pairAt(2), ASK, { signal })),
    );
    const third = teacher.calculate(pairAt(4), ['energy']);
    second.abort(new Error('waiting'));
    expect(await calls[1]).toBe(second.signal.reason);
    const before = finish;
    await until(() => finish !== before, 'the first is computed');
    first.abort(new Error('computing'));
    expect(await calls[0]).toBe(first.signal.reason);
    const stale = finish;
    stale();
    await until(() => finish !== stale, 'the third is computed');
    finish();
    // The answer to the first is not taken for that to the third: 4 Bohr in Hartree per Angstrom.
    expect((await third).energy).toBeCloseTo((4 * 27.211386) / 0.529177, 3);
    expect(await failureOf(teacher.calculate(pairAt(2), ASK, { signal: first.signal }))).toBe(
      first.signal.reason,
    );
  });

  test('dispose rejects what waits and what is computed, and is harmless twice', async () => {
    const { teacher, driver } = await start({ answer: () => undefined });
    const calls = [pairAt(2), pairAt(3)].map(async (atoms) =>
      failed(teacher.calculate(atoms, ASK)),
    );
    await until(() => driver.questions.length === 1, 'it computes');
    await Promise.all([teacher.dispose(), teacher.dispose()]);
    await driver.closed;
    expect(driver.headers.at(-1)).toBe('EXIT');
    expect(await Promise.all(calls)).toEqual([
      ['calculator/disposed', false],
      ['calculator/disposed', false],
    ]);
    expect(await failed(teacher.calculate(pairAt(2), ASK))).toEqual(['calculator/disposed', false]);
  });
});

describe('addresses', () => {
  test('a socket file of the dead is replaced; of the living, and other files, are not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ipi-'));
    const path = join(folder, 'socket');
    const code = `import net from 'node:net'; net.createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['--input-type=module', '-e', code]);
    expect(existsSync(path)).toBe(true);
    const teacher = await IpiTeacher.listen({ path, drivers: 0 });
    const taken = ['teachers/ipi-listen', false];
    expect(await failed(IpiTeacher.listen({ path, drivers: 0 }))).toEqual(taken);
    await teacher.dispose();
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, 'letter');
    expect(await failed(IpiTeacher.listen({ path, drivers: 0 }))).toEqual(taken);
    expect(existsSync(path)).toBe(true);
    expect(await failed(IpiTeacher.listen({ path: join(folder, 'no', 'x') }))).toEqual(taken);
    await rm(folder, { recursive: true });
  });

  test('a taken port, and options that make no sense', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const [code] = await failed(IpiTeacher.listen({ port }));
    expect(code).toBe('teachers/ipi-listen');
    await new Promise((resolve) => server.close(resolve));
    const wrong: readonly IpiTeacherOptions[] = [
      {},
      { port: 1, path: 'x' },
      { path: '' },
      { port: 70000 },
      { port: 0, timeout: 0 },
      { port: 0, acceptTimeout: -1 },
      { port: 0, drivers: -1 },
      { port: 0, batchSize: 0 },
    ];
    for (const options of wrong) {
      expect(await failed(IpiTeacher.listen(options))).toEqual(['teachers/invalid-option', false]);
    }
  });
});

describe('species', () => {
  const atoms = pairAt(2);
  const gold = createAtoms({ symbols: ['Cu', 'Au'], positions: [0, 0, 0, 2, 0, 0] });
  const SPECIES = ['teachers/ipi-species', false];

  test('structures that the driver would take for another are refused', async () => {
    const { teacher, driver } = await start();
    await teacher.calculate(atoms, ASK);
    const others = [
      gold,
      createAtoms({ symbols: ['Cu'], positions: [0, 0, 0] }),
      { ...atoms, pbc: [true, true, false] as const },
      { ...atoms, charge: 1 },
      { ...atoms, spin: 2 },
    ];
    for (const other of others) {
      expect(await failed(teacher.calculate(other, ['energy']))).toEqual(SPECIES);
    }
    expect(driver.questions).toHaveLength(1);
  });

  test('a template says it before the first; without the check all may pass', async () => {
    const { teacher } = await start({}, { template: gold });
    expect(await failed(teacher.calculate(atoms, ASK))).toEqual(SPECIES);
    const free = await start({}, { checkSpecies: false });
    await free.teacher.calculate(atoms, ASK);
    expect(await free.teacher.calculate(gold, ['energy'])).toHaveProperty('energy');
  });

  test('a first structure that fails does not decide', async () => {
    const { teacher } = await start({ answer: (_, socket) => void socket.destroy() });
    expect(await failed(teacher.calculate(gold, ['energy']))).toEqual(DISCONNECTED);
    new FakeDriver(teacher.address);
    expect(await teacher.calculate(atoms, ['energy'])).toHaveProperty('energy');
  });
});
