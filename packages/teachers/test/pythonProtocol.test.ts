import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createAtoms } from '@mlffd/core';
import { FrameReader } from '../src/python/frameReader.ts';
import { LogLines } from '../src/python/logLines.ts';
import { blockBytes, readJson, readResults, REPLY, RequestWriter } from '../src/python/protocol.ts';

/** A reply with energy and forces, as the worker writes it. */
function resultsFrame(number: number, index: number, forces: readonly number[]): Uint8Array {
  const buffer = new ArrayBuffer(32 + 8 * forces.length);
  const header = new Uint32Array(buffer, 0, 6);
  header.set([buffer.byteLength, REPLY.results, number, index, forces.length / 3, 5]);
  new Float64Array(buffer, 24, 1)[0] = -number;
  new Float64Array(buffer, 32).set(forces);
  return new Uint8Array(buffer);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

describe('FrameReader', () => {
  test('finds the same frames however they are cut', () => {
    const atoms = fc.integer({ min: 1, max: 3000 });
    fc.assert(
      fc.property(
        fc.array(atoms, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 70_000 }),
        (sizes, step) => {
          const frames = sizes.map((n, k) =>
            resultsFrame(
              k + 1,
              k,
              Array.from({ length: 3 * n }, (_, i) => i + k),
            ),
          );
          const bytes = concatenated(frames);
          const seen: [number, number, number, number][] = [];
          const reader = new FrameReader((reply) => {
            const { energy, forces } = readResults(reply);
            seen.push([reply.number, reply.index, energy!, forces![forces!.length - 1]]);
          });
          const cut = Math.max(step, Math.ceil(bytes.length / 200));
          for (let at = 0; at < bytes.length; at += cut) reader.push(bytes.slice(at, at + cut));
          expect(seen).toEqual(sizes.map((n, k) => [k + 1, k, -(k + 1), 3 * n - 1 + k]));
        },
      ),
      { seed: 1, numRuns: 30 },
    );
  });

  test.each([
    ['text', new TextEncoder().encode('Traceback (most recent call last)')],
    ['a length that is too short', new Uint8Array(16)],
    ['a length that is none', Uint8Array.from([17, ...new Uint8Array(40)])],
  ])('refuses %s', (_, bytes) => {
    const reader = new FrameReader(() => {
      throw new Error('no frame');
    });
    expect(() => {
      reader.push(bytes);
    }).toThrow(/a frame of \d+ bytes/);
  });

  test('hands results over as copies', () => {
    const held: Float64Array[] = [];
    const reader = new FrameReader((reply) => held.push(readResults(reply).forces!));
    reader.push(resultsFrame(1, 0, [1, 2, 3]));
    reader.push(resultsFrame(2, 0, [4, 5, 6]));
    expect(held.map((forces) => Array.from(forces))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });
});

describe('RequestWriter', () => {
  test('frames fill whole 8 bytes, text of any length included', () => {
    const writer = new RequestWriter();
    for (const text of ['', 'a', 'ä€', 'x'.repeat(40_000)]) {
      const frame = writer.json(1, 7, { text });
      const [length, kind, number] = new Uint32Array(frame.slice().buffer, 0, 3);
      expect([length, kind, number]).toEqual([frame.length, 1, 7]);
      expect(frame.length % 8).toBe(0);
      const body = { buffer: frame.slice().buffer, start: 16, length: frame.length - 16 };
      expect(readJson({ kind: 1, number: 7, index: 0, ...body })).toEqual({ text });
    }
  });

  test('structures follow each other where they say they end', () => {
    const structures = [1, 2, 3, 500].map((n) =>
      createAtoms({
        numbers: new Int32Array(n).fill(6),
        positions: Float64Array.from({ length: 3 * n }, (_, k) => k),
      }),
    );
    const questions = structures.map((atoms) => ({ atoms, properties: ['forces'] as const }));
    const frame = new RequestWriter().evaluate(3, questions).slice();
    let offset = 16;
    for (const atoms of structures) {
      const n = atoms.numbers.length;
      expect(new Uint32Array(frame.buffer, offset, 2)).toEqual(Uint32Array.of(n, 4 << 8));
      expect(new Float64Array(frame.buffer, offset + 96, 3 * n)).toEqual(atoms.positions);
      expect(new Int32Array(frame.buffer, offset + 96 + 24 * n, n)).toEqual(atoms.numbers);
      offset += blockBytes(atoms);
    }
    expect(offset).toBe(frame.length);
  });
});

describe('LogLines', () => {
  test('puts lines together, letters too, and keeps the last', () => {
    const seen: string[] = [];
    const log = new LogLines((line) => seen.push(line));
    const bytes = new TextEncoder().encode('first\r\nzweite Zeile: ä€\nrest');
    for (const byte of bytes) log.push(Uint8Array.of(byte));
    expect(seen).toEqual(['first', 'zweite Zeile: ä€']);
    log.end();
    log.end();
    expect(seen).toEqual(['first', 'zweite Zeile: ä€', 'rest']);
    for (let k = 0; k < 100; k++) log.push(new TextEncoder().encode(`${k}\n`));
    expect(log.last).toHaveLength(40);
    expect(log.last.at(-1)).toBe('99');
  });

  test('does not grow with a line that never ends', () => {
    const seen: string[] = [];
    const log = new LogLines((line) => seen.push(line));
    for (let k = 0; k < 1000; k++) log.push(new TextEncoder().encode('='.repeat(1000)));
    log.end();
    expect(seen).toHaveLength(1);
    expect(seen[0].length).toBeLessThanOrEqual(2000);
  });
});
