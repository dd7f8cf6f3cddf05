import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, isMlffdError, type Results } from '@mlffd/core';
import { batchMessage, header, initMessage, positionsMessage } from '@mlffd/core/ipi';
import { serveIpi } from '../src/ipi/serveIpi.ts';
import type {
  ServedCalculator,
  ServeIpiEvent,
  ServeIpiOptions,
  ServeIpiResult,
} from '../src/ipi/serveOptions.ts';
import { freeName, pairAt, ServerEnd, TestServer, Wells } from './ipiServer.ts';

// Conversions there and back in float64, of numbers of order 1e4 at most.
const ROUNDING = 1e-9;
/** s; longer than any test, so that nothing is found by waiting. */
const LONG = 600;

let server: TestServer;

beforeEach(async () => {
  server = await TestServer.listen();
});

afterEach(async () => {
  await server.close();
});

type Outcome = ServeIpiResult | { readonly code: string; readonly message: string; where: unknown };

/** Serves, and what came out of it, whether an error or not. */
async function serve(options: Partial<ServeIpiOptions> = {}): Promise<Outcome> {
  try {
    return await serveIpi({
      calculator: new Wells(),
      template: pairAt(1),
      path: server.path,
      connectTimeout: LONG,
      stallTimeout: LONG,
      ...options,
    });
  } catch (error) {
    if (!isMlffdError(error)) throw error;
    return { code: error.code, message: error.message, where: error.where };
  }
}

/** Serves until the server is done with it. */
async function during(
  options: Partial<ServeIpiOptions>,
  talk: (end: ServerEnd) => Promise<void>,
): Promise<Outcome> {
  const served = serve(options);
  const end = await server.accept();
  await talk(end);
  return served;
}

function expectWells(answer: Results, { positions }: Pick<Atoms, 'positions'>): void {
  const exact = new Wells().calculate(pairAt(0), []);
  exact.energy = positions.reduce((sum, x) => sum + 0.5 * x * x, 0);
  expect(Math.abs(answer.energy! - exact.energy)).toBeLessThan(ROUNDING);
  for (let k = 0; k < positions.length; k++) {
    expect(Math.abs(answer.forces![k] + positions[k])).toBeLessThan(ROUNDING);
  }
}

/** Answers later than it was asked. */
function later(calculator: Wells, milliseconds = 1): ServedCalculator {
  return {
    name: 'later',
    properties: calculator.properties,
    calculate: async (atoms, properties, { signal } = {}) => {
      await sleep(milliseconds, undefined, { signal });
      return calculator.calculate(atoms, properties);
    },
    dispose: () => undefined,
  };
}

describe.each<[string, (wells: Wells) => ServedCalculator]>([
  ['at once', (wells) => wells],
  ['later', (wells) => later(wells)],
])('a calculator that answers %s', (_, make) => {
  test('asked in every way', async () => {
    const wells = new Wells();
    const outcome = await during({ calculator: make(wells) }, async (end) => {
      expect(await end.status()).toBe('NEEDINIT');
      end.send(initMessage(0, ''));
      expect(await end.status()).toBe('READY');
      // Consolidated, and with the status between.
      expectWells(await end.ask(pairAt(2)), pairAt(2));
      end.send(positionsMessage(pairAt(3)));
      expect(await end.status()).toBe('HAVEDATA');
      end.send('GETFORCE');
      const { answers, texts } = await end.answers();
      expectWells(answers[0], pairAt(3));
      expect(texts).toEqual(['{}']);
      // W = -V sigma.
      const w = [1, 6, 5, 6, 2, 4, 5, 4, 3].map((component) => -1000 * component);
      for (let k = 0; k < 9; k++) {
        expect(Math.abs(answers[0].virial[k] - w[k])).toBeLessThan(1e-8);
      }
      // Two questions and a farewell at once.
      end.send(positionsMessage(pairAt(4)), 'GETFORCE', 'STATUS', positionsMessage(pairAt(5)));
      end.send('GETFORCE', 'EXIT');
      expectWells((await end.answers()).answers[0], pairAt(4));
      expect(await end.header()).toBe('READY');
      expectWells((await end.answers()).answers[0], pairAt(5));
    });
    expect(outcome).toEqual({ answers: 4, structures: 4, end: 'exit' });
  });

  test('in batches that are filled up; nothing is computed twice', async () => {
    const wells = new Wells();
    const outcome = await during({ calculator: make(wells) }, async (end) => {
      await end.status();
      end.send(initMessage(0, 'a:1, batch_size:3'));
      const three = [1, 2, 3].map((x) => pairAt(x));
      const answers = await end.askBatch(three, 3);
      for (const [k, answer] of answers.entries()) expectWells(answer, three[k]);
      expect(wells.asked).toHaveLength(3);
      const filled = await end.askBatch(three.slice(0, 2), 3);
      for (const [k, x] of [1, 2, 2].entries()) expectWells(filled[k], pairAt(x));
      expect(wells.asked).toHaveLength(5);
      end.send('EXIT');
    });
    expect(outcome).toEqual({ answers: 2, structures: 5, end: 'exit' });
  });
});

test('a batch goes to a calculator that has a way for it', async () => {
  const wells = new Wells();
  const sizes: number[] = [];
  const calculator: ServedCalculator = {
    name: 'batching',
    properties: wells.properties,
    calculate: (atoms, properties) => wells.calculate(atoms, properties),
    calculateBatch: (structures, properties) => {
      sizes.push(structures.length);
      return structures.map((atoms) => wells.calculate(atoms, properties));
    },
    dispose: () => undefined,
  };
  await during({ calculator }, async (end) => {
    end.send(initMessage(0, 'batch_size:4'));
    const many = [1, 2, 3, 4].map((x) => pairAt(x));
    for (const count of [4, 3, 1]) {
      const answers = await end.askBatch(many.slice(0, count), 4);
      for (const [k, answer] of answers.entries())
        expectWells(answer, many[Math.min(k, count - 1)]);
    }
    end.send('EXIT');
  });
  expect(sizes).toEqual([4, 3]);
});

test('over TCP, to a server that starts later', async () => {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  const events: ServeIpiEvent[] = [];
  const served = serveIpi({
    ...{ calculator: new Wells(), template: pairAt(1), port, host: 'localhost' },
    onEvent: (event) => events.push(event),
    eventInterval: 1e-9,
  });
  // Time for some tries that are refused.
  await sleep(100);
  const later = createServer({ noDelay: true });
  later.listen(port, 'localhost');
  const [socket] = (await once(later, 'connection')) as [ServerEnd['socket']];
  const end = new ServerEnd(socket);
  end.send(initMessage(7, 'x:1'));
  expectWells(await end.ask(pairAt(2)), pairAt(2));
  expectWells(await end.ask(pairAt(3)), pairAt(3));
  socket.end();
  expect(await served).toEqual({ answers: 2, structures: 2, end: 'closed' });
  expect(events.map(({ type }) => type)).toEqual([
    ...['connecting', 'connected', 'initialised', 'progress'],
  ]);
  expect(events[2]).toEqual({ type: 'initialised', bead: 7, text: 'x:1', batch: 1 });
  expect(events[3]).toMatchObject({ answers: 2, structures: 2, energy: 4.75 });
  later.close();
});

describe('molecules and boxes', () => {
  const asked = async (
    options: Partial<ServeIpiOptions>,
    question: Atoms,
  ): Promise<{ atoms: Atoms; virial: Float64Array }> => {
    const wells = new Wells();
    let virial: Float64Array = new Float64Array(9);
    await during({ calculator: wells, ...options }, async (end) => {
      ({ virial } = await end.ask(question));
      end.send('EXIT');
    });
    return { atoms: wells.asked[0], virial };
  };
  const isZero = (values: Float64Array): boolean => values.every((x) => x === 0);

  test('no cell from ASE, whatever the template says', async () => {
    const { atoms, virial } = await asked({}, pairAt(2, 0));
    expect(atoms.pbc).toEqual([false, false, false]);
    expect(isZero(virial)).toBe(true);
  });

  test('a box from i-PI around a molecule', async () => {
    const { atoms, virial } = await asked({ template: pairAt(1, 0) }, pairAt(2));
    expect(atoms.pbc).toEqual([false, false, false]);
    expect(isZero(virial)).toBe(true);
    const said = await asked({ pbc: [false, false, false] }, pairAt(2));
    expect(said.atoms.pbc).toEqual([false, false, false]);
    const slab = await asked({ pbc: [true, true, false] }, pairAt(2));
    expect(slab.atoms.pbc).toEqual([true, true, false]);
    expect(isZero(slab.virial)).toBe(false);
  });

  test('a calculator without stress: the virial is zero, and that is said', async () => {
    const wells = new Wells();
    const events: ServeIpiEvent[] = [];
    const { virial } = await asked(
      {
        calculator: {
          name: 'no stress',
          properties: ['energy', 'forces'],
          calculate: (atoms) => wells.calculate(atoms, []),
          dispose: () => undefined,
        },
        onEvent: (event) => events.push(event),
      },
      pairAt(2),
    ).catch(() => ({ virial: new Float64Array(9) }));
    expect(isZero(virial)).toBe(true);
    expect(events.filter(({ type }) => type === 'note')).toHaveLength(1);
  });
});

describe('extras', () => {
  test('come with each structure', async () => {
    const extras: ServeIpiOptions['extras'] = ({ positions }) => ({ x: positions[3], unit: 'A' });
    await during({ extras }, async (end) => {
      end.send(initMessage(0, 'batch_size:3'));
      end.send(batchMessage([pairAt(1), pairAt(2)], 3), 'GETFORCE');
      const { texts } = await end.answers(3);
      expect(texts.map((text) => Math.round((JSON.parse(text) as { x: number }).x))).toEqual([
        1, 2, 2,
      ]);
      end.send('EXIT');
    });
  });

  test('have no key that i-PI refuses', async () => {
    const outcome = await during({ extras: () => ({ raw: 1 }) }, async (end) => {
      end.send(positionsMessage(pairAt(1)), 'GETFORCE');
      await expect(end.header()).rejects.toThrow('closed');
    });
    expect(outcome).toMatchObject({ code: 'md/ipi-calculator' });
  });
});

describe('what is not sent', () => {
  const badly = (results: () => Results | Promise<Results>): ServedCalculator => ({
    name: 'bad',
    properties: ['energy', 'forces', 'stress'],
    calculate: results,
    dispose: () => undefined,
  });
  const forces = new Float64Array(6);
  const stress = new Float64Array(6);
  const withNaN = Float64Array.of(0, 0, 0, 0, NaN, 0);

  test.each<[string, () => Results | Promise<Results>, RegExp]>([
    ['an energy of NaN', () => ({ energy: NaN, forces, stress }), /the energy is NaN/],
    [
      'a force of NaN',
      () => ({ energy: 1, forces: withNaN, stress }),
      /the force on atom 1 \(y\) is NaN/,
    ],
    [
      'a stress of NaN',
      () => ({ energy: 1, forces, stress: withNaN }),
      /stress component 4 is NaN/,
    ],
    ['no forces', () => ({ energy: 1 }), /no force components/],
    ['forces of another structure', () => ({ energy: 1, forces: new Float64Array(3) }), /3 force/],
    ['no stress', () => ({ energy: 1, forces }), /no stress components/],
    ['NaN later', () => Promise.resolve({ energy: 1, forces: withNaN, stress }), /atom 1/],
    [
      'an error',
      () => {
        throw new RangeError('out of range');
      },
      /bad failed on question 2: out of range/,
    ],
    ['an error later', () => Promise.reject(new RangeError('out of range')), /out of range/],
  ])('%s', async (_, results, message) => {
    let calls = 0;
    const calculator = badly(() => (calls++ === 0 ? { energy: 1, forces, stress } : results()));
    const outcome = await during({ calculator, reconnect: true }, async (end) => {
      await end.ask(pairAt(1));
      end.send(positionsMessage(pairAt(2)), 'GETFORCE');
      await expect(end.header()).rejects.toThrow('closed');
    });
    expect(outcome).toMatchObject({
      code: 'md/ipi-calculator',
      message: expect.stringMatching(message) as unknown,
      where: 'question 2',
    });
    expect(server.connections).toBe(0);
  });

  test('answers of another number than structures', async () => {
    const calculator = { ...badly(() => ({})), calculateBatch: () => [] };
    const outcome = await during({ calculator }, async (end) => {
      end.send(initMessage(0, 'batch_size:2'), batchMessage([pairAt(1), pairAt(2)], 2));
      await expect(end.header()).rejects.toThrow('closed');
    });
    expect(outcome).toMatchObject({ code: 'md/ipi-calculator' });
  });
});

describe('servers that do what they should not', () => {
  const nan = positionsMessage(pairAt(2));
  nan.writeDoubleLE(NaN, 160);
  const three = createAtoms({ symbols: ['H', 'H', 'H'], positions: [0, 0, 0, 1, 0, 0, 0, 1, 0] });
  const flat = { ...pairAt(2), cell: Float64Array.of(1, 0, 0, 2, 0, 0, 0, 0, 3) };

  test.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'md/ipi-protocol'],
    ['another number of atoms', positionsMessage(three), 'md/ipi-atom-count'],
    ['NaN', nan, 'md/ipi-not-finite'],
    ['a flat cell', positionsMessage(flat), 'md/ipi-cell'],
    ['GETFORCE first', header('GETFORCE'), 'md/ipi-protocol'],
  ])('%s', async (_, bytes, code) => {
    const outcome = await during({ reconnect: true }, async (end) => {
      end.send(bytes);
      await expect(end.header()).rejects.toThrow('closed');
    });
    expect(outcome).toMatchObject({ code });
  });

  const question = positionsMessage(pairAt(2));
  test.each<[string, readonly Buffer[], string]>([
    ['in a header', [header('STATUS').subarray(0, 5)], 'it sent a header'],
    ['in INIT', [initMessage(0, 'text').subarray(0, 18)], 'it sent INIT'],
    ['in positions', [question.subarray(0, 200)], 'it sent positions'],
    ['before GETFORCE', [question], 'an answer was there for it'],
  ])('a connection that ends %s', async (_, parts, phase) => {
    const outcome = await during({}, async (end) => {
      end.send(initMessage(0, ''));
      await end.ask(pairAt(1));
      end.send(...parts);
      end.socket.end();
    });
    expect(outcome).toMatchObject({
      code: 'md/ipi-disconnected',
      message: `the server went away while ${phase}`,
    });
  });

  test('a connection that ends during a calculation ends that, too', async () => {
    let reason: unknown;
    const calculator: ServedCalculator = {
      name: 'endless',
      properties: ['energy', 'forces'],
      calculate: (_atoms, _properties, { signal } = {}) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            reason = signal.reason;
            reject(new Error('given up'));
          });
        }),
      dispose: () => undefined,
    };
    const outcome = await during({ calculator }, async (end) => {
      end.send(positionsMessage(pairAt(1)), 'STATUS');
      await sleep(20);
      end.socket.destroy();
    });
    expect(outcome).toMatchObject({
      code: 'md/ipi-disconnected',
      message: 'the server went away while it waited for an answer',
    });
    expect(reason).toBeDefined();
  });

  test('one that says EXIT during a calculation and goes', async () => {
    const outcome = await during({ calculator: later(new Wells(), 1e6) }, (end) => {
      end.send(positionsMessage(pairAt(1)), 'GETFORCE', 'EXIT');
      end.socket.end();
      return Promise.resolve();
    });
    expect(outcome).toEqual({ answers: 0, structures: 0, end: 'exit' });
  });

  test('one that stops in the middle of a message', async () => {
    const outcome = await during({ stallTimeout: 0.05 }, async (end) => {
      await end.ask(pairAt(1));
      // Silence between two questions may last.
      await sleep(150);
      await end.ask(pairAt(1));
      end.send(question.subarray(0, 100));
      await expect(end.header()).rejects.toThrow('closed');
    });
    expect(outcome).toMatchObject({ code: 'md/ipi-stalled' });
  });

  test('one that reads no answers', async () => {
    const atoms = createAtoms({
      symbols: Array.from({ length: 30_000 }, () => 'H'),
      positions: Array.from({ length: 90_000 }, (_, k) => k),
    });
    const outcome = await during({ template: atoms, stallTimeout: 0.3 }, async (end) => {
      end.socket.pause();
      end.send(positionsMessage(atoms), 'GETFORCE');
      await once(end.socket.resume().pause(), 'close', { signal: AbortSignal.timeout(50) }).catch(
        () => undefined,
      );
    });
    expect(outcome).toMatchObject({ code: 'md/ipi-stalled' });
  });
});

describe('connecting', () => {
  test('takes no longer than it may', async () => {
    const outcome = await serve({ path: freeName(), connectTimeout: 0.05 });
    expect(outcome).toMatchObject({ code: 'md/ipi-connect' });
  });

  test('fails at once where waiting is of no use', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlffd-ipi-'));
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const outcome = await serve({ path: join(file, 'socket') });
    expect(outcome).toMatchObject({ code: 'md/ipi-connect' });
    rmSync(folder, { recursive: true });
  });

  test.each<[string, Partial<ServeIpiOptions>, string]>([
    ['a path and a port', { port: 1 }, 'md/invalid-option'],
    ['no time', { connectTimeout: 0 }, 'md/invalid-option'],
    ['no batch', { largestBatch: 0.5 }, 'md/invalid-option'],
    [
      'another element',
      { calculator: Object.assign(new Wells(), { elements: [1] }) },
      'md/element',
    ],
    [
      'no forces',
      { calculator: { ...later(new Wells()), properties: ['energy'] } },
      'md/property-not-available',
    ],
    [
      'a template that is none',
      { template: { ...pairAt(1), positions: new Float64Array(6).fill(NaN) } },
      'atoms/non-finite-position',
    ],
  ])('%s: an error before', async (_, options, code) => {
    expect(await serve(options)).toMatchObject({ code });
    expect(server.connections).toBe(0);
  });
});

describe('stopping', () => {
  test.each(['before', 'while it connects', 'while the server waits', 'while it computes'])(
    '%s',
    async (when) => {
      const controller = new AbortController();
      const { signal } = controller;
      const calculator = later(new Wells(), 1e6);
      if (when === 'before') controller.abort();
      const path = when === 'while it connects' ? freeName() : server.path;
      const served = serve({ signal, path, calculator });
      if (path === server.path && when !== 'before') {
        const end = await server.accept();
        await end.status();
        if (when === 'while it computes') end.send(positionsMessage(pairAt(1)), 'GETFORCE');
      }
      await sleep(10);
      controller.abort();
      expect(await served).toMatchObject({ code: 'md/aborted' });
    },
  );
});

test('with reconnect it serves one server after the other, until it is stopped', async () => {
  const controller = new AbortController();
  const events: ServeIpiEvent[] = [];
  const { path } = server;
  const served = serve({
    reconnect: true,
    signal: controller.signal,
    onEvent: (event) => events.push(event),
  });
  const first = await server.accept();
  expectWells(await first.ask(pairAt(1)), pairAt(1));
  first.send('EXIT');
  const second = await server.accept();
  // A new server begins from the beginning.
  expect(await second.status()).toBe('NEEDINIT');
  second.send(header('POSDATA'));
  await sleep(20);
  second.socket.destroy();
  await server.close();
  server = await TestServer.listen(path);
  const third = await server.accept();
  expectWells(await third.ask(pairAt(3)), pairAt(3));
  controller.abort();
  expect(await served).toMatchObject({ code: 'md/aborted' });
  const ends = events.filter((event) => event.type === 'disconnected');
  expect(ends.map(({ error }) => error?.code)).toEqual([undefined, 'md/ipi-disconnected']);
});
