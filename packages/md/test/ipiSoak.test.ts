import { existsSync, readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isMlffdError } from '@mlffd/core';
import { batchMessage, header, initMessage, positionsMessage } from '@mlffd/core/ipi';
import fc from 'fast-check';
import { serveIpi } from '../src/ipi/serveIpi.ts';
import { pairAt, TestServer, Wells } from './ipiServer.ts';

/** Growth of memory that conversations may leave behind, bytes: what the collector has not come to. */
const GROWTH = 64 * 2 ** 20;
/** The same of buffers. One question of the largest batch takes some 20 kB. */
const BUFFERS = 16 * 2 ** 20;
const DESCRIPTORS = '/proc/self/fd';
/** Conversations, and the messages that they must add up to. */
const RUNS = 350;
const MESSAGES = 10_000;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.listen();
});

afterAll(async () => {
  await server.close();
});

const descriptors = (): number => (existsSync(DESCRIPTORS) ? readdirSync(DESCRIPTORS).length : 0);

const status = [header('STATUS')];
const ask = [positionsMessage(pairAt(2)), header('GETFORCE')];
const plain = [header('STATUS'), positionsMessage(pairAt(3)), header('STATUS'), header('GETFORCE')];
const init = [header('STATUS'), initMessage(1, 'a:1'), header('STATUS')];
const molecule = [positionsMessage(pairAt(2, 0)), header('GETFORCE')];
const batch = [
  initMessage(0, 'batch_size:3'),
  batchMessage([pairAt(1), pairAt(2)], 3),
  header('GETFORCE'),
  initMessage(0, 'batch_size:1'),
];
/** Things that are right, with the number of structures that they ask about. */
const right = fc.constantFrom(
  { bytes: status, answers: 0 },
  { bytes: ask, answers: 1 },
  { bytes: plain, answers: 1 },
  { bytes: init, answers: 0 },
  { bytes: molecule, answers: 1 },
  { bytes: batch, answers: 1 },
);

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = positionsMessage(pairAt(2));
  change(bytes);
  return bytes;
}

/** How a conversation ends, and what is to come of it. */
const ending = fc.oneof(
  fc.constant({ bytes: header('EXIT'), code: 'exit' }),
  fc.constant({ bytes: Buffer.alloc(0), code: 'closed' }),
  fc.nat(10).map((n) => ({
    bytes: header('STATUS').subarray(0, n + 1),
    code: 'md/ipi-disconnected',
  })),
  fc.integer({ min: 12, max: 207 }).map((n) => ({
    bytes: positionsMessage(pairAt(2)).subarray(0, n),
    code: 'md/ipi-disconnected',
  })),
  fc.constant({ bytes: positionsMessage(pairAt(2)), code: 'md/ipi-disconnected' }),
  fc.integer({ min: 12, max: 23 }).map((n) => ({
    bytes: initMessage(1, 'text').subarray(0, n),
    code: 'md/ipi-disconnected',
  })),
  fc
    .integer()
    .filter((n) => n !== 2)
    .map((n) => ({
      bytes: changed((bytes) => bytes.writeInt32LE(n, 156)),
      code: 'md/ipi-atom-count',
    })),
  fc.constantFrom(NaN, Infinity, -Infinity).map((x) => ({
    bytes: changed((bytes) => bytes.writeDoubleLE(x, 168)),
    code: 'md/ipi-not-finite',
  })),
  fc.integer({ min: 1025, max: 2 ** 31 }).map((n) => ({
    bytes: initMessage(0, `batch_size:${n}`),
    code: 'md/ipi-protocol',
  })),
  fc.uint8Array({ minLength: 12, maxLength: 300 }).map((bytes) => ({
    // No header begins so.
    bytes: Buffer.concat([Buffer.from('?'), bytes]),
    code: 'md/ipi-protocol',
  })),
);

const conversation = fc.record({
  parts: fc.array(right, { minLength: 5, maxLength: 60 }),
  end: ending,
  /** Lengths of the pieces; the last one is repeated. */
  pieces: fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 8 }),
  isLate: fc.boolean(),
});

test('conversations of all kinds, cut anywhere, leave nothing behind', async () => {
  let messages = 0;
  let runs = 0;
  let before = { descriptors: 0, memory: process.memoryUsage() };
  await fc.assert(
    fc.asyncProperty(conversation, async ({ parts, end, pieces, isLate }) => {
      const wells = new Wells();
      const served = serveIpi({
        calculator: isLate
          ? {
              name: 'late',
              properties: wells.properties,
              calculate: async (atoms, properties) => {
                await nextTurn();
                return wells.calculate(atoms, properties);
              },
              dispose: () => undefined,
            }
          : wells,
        template: pairAt(1),
        path: server.path,
      }).then(
        ({ end: code, answers }): { code: string; answers: number | undefined } => ({
          code,
          answers,
        }),
        (error: unknown) => {
          if (!isMlffdError(error)) throw error;
          return { code: error.code, answers: undefined };
        },
      );
      const { socket } = await server.accept();
      const bytes = Buffer.concat([...parts.flatMap((part) => part.bytes), end.bytes]);
      let start = 0;
      for (let k = 0; start < bytes.length && !socket.destroyed; k++) {
        const next = start + pieces[Math.min(k, pieces.length - 1)];
        socket.write(bytes.subarray(start, next));
        start = next;
        // Pieces that are sent in one turn arrive together.
        if (k % 3 !== 0) await nextTurn();
      }
      const answers = parts.reduce((sum, part) => sum + part.answers, 0);
      // A connection that ends during a calculation is one that was lost.
      const saysExit = isLate && end.code === 'closed';
      if (saysExit) socket.write(header('EXIT'));
      else if (end.code === 'closed' || end.code === 'md/ipi-disconnected') socket.end();
      const outcome = await served;
      expect(outcome.code).toBe(saysExit ? 'exit' : end.code);
      if (outcome.answers !== undefined) expect(outcome.answers).toBe(answers);
      messages += parts.reduce((sum, part) => sum + part.bytes.length, 0) + 1;
      runs++;
      socket.destroy();
      while (server.connections > 0) await nextTurn();
      if (runs === RUNS / 5) {
        before = { descriptors: descriptors(), memory: process.memoryUsage() };
      }
    }),
    { seed: 1, numRuns: RUNS },
  );
  expect(messages).toBeGreaterThan(MESSAGES);
  expect(descriptors()).toBeLessThanOrEqual(before.descriptors);
  const { rss, arrayBuffers } = process.memoryUsage();
  expect(rss - before.memory.rss).toBeLessThan(GROWTH);
  expect(arrayBuffers - before.memory.arrayBuffers).toBeLessThan(BUFFERS);
});
