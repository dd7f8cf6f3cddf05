import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BOHR, HARTREE } from '../src/index.ts';
import {
  addressText,
  AnswerMessage,
  batchMessage,
  ByteReader,
  CELL_BYTES,
  energiesBytes,
  forcesBytes,
  header,
  HEADER_BYTES,
  headerName,
  initMessage,
  ipiAddress,
  positionsMessage,
  pseudoInverse,
  readAnswer,
  readAtomCount,
  readCell,
  readPositions,
  VECTOR_BYTES,
  type WireAnswer,
} from '../src/ipi/index.ts';

// A few operations in float64 on numbers of order 10.
const ROUNDING = 1e-12;
const CELL = [4, 0, 0, 0.5, 5, 0, 0.25, 0.75, 6];

test('POSDATA byte by byte: columns of the cell, its inverse, Bohr', () => {
  const positions = Float64Array.of(1, 2, 3, -1, -2, -3);
  const message = positionsMessage({ positions, cell: Float64Array.from(CELL) });
  expect(message).toHaveLength(160 + 24 * 2);
  expect(message.toString('latin1', 0, 12)).toBe('POSDATA     ');
  const doubles = (start: number, count: number): number[] =>
    Array.from({ length: count }, (_, k) => message.readDoubleLE(start + 8 * k));
  const h = doubles(12, 9);
  expect(h).toEqual([4, 0.5, 0.25, 0, 5, 0.75, 0, 0, 6].map((x) => x / BOHR));
  const inverse = doubles(84, 9);
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      let product = 0;
      for (let k = 0; k < 3; k++) product += inverse[3 * a + k] * h[3 * k + b];
      expect(Math.abs(product - (a === b ? 1 : 0))).toBeLessThan(ROUNDING);
    }
  }
  expect(message.readInt32LE(156)).toBe(2);
  expect(doubles(160, 6)).toEqual([...positions].map((x) => x / BOHR));
});

test('the inverse of no cell is zero, that of a slab has the two vectors', () => {
  expect([...pseudoInverse(new Float64Array(9))]).toEqual(Array.from({ length: 9 }, () => 0));
  const slab = pseudoInverse(Float64Array.of(2, 0, 0, 0, 4, 0, 0, 0, 0));
  expect([...slab].map(Math.abs)).toEqual([0.5, 0, 0, 0, 0.25, 0, 0, 0, 0]);
});

const viewOf = (bytes: Buffer): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...Array.from(a, (x, k) => Math.abs(x - b[k])));
}

const numbers = (length: number): fc.Arbitrary<Float64Array> =>
  fc.float64Array({ minLength: length, maxLength: length, min: -50, max: 50, noNaN: true });

describe('what one end writes the other reads', () => {
  test('positions, alone and in a batch that is filled up', () => {
    const alike = fc.integer({ min: 1, max: 5 }).chain((atoms) =>
      fc.array(fc.record({ positions: numbers(3 * atoms), cell: numbers(9) }), {
        minLength: 1,
        maxLength: 3,
      }),
    );
    fc.assert(
      fc.property(alike, (structures) => {
        const count = structures.length;
        const atoms = structures[0].positions.length / 3;
        const size = count + 1;
        const message = viewOf(batchMessage(structures, size));
        expect(message.byteLength).toBe(
          HEADER_BYTES + 4 + size * (CELL_BYTES + atoms * VECTOR_BYTES),
        );
        const cell = new Float64Array(9);
        const positions = new Float64Array(3 * atoms);
        for (let k = 0; k < size; k++) {
          const sent = structures[Math.min(k, count - 1)];
          readCell(message, HEADER_BYTES + 4 + k * CELL_BYTES, cell);
          expect(largest(cell, sent.cell)).toBeLessThan(ROUNDING);
          const start = HEADER_BYTES + 4 + size * CELL_BYTES + k * atoms * VECTOR_BYTES;
          readPositions(message, start, positions);
          expect(largest(positions, sent.positions)).toBeLessThan(ROUNDING);
        }
        const single = viewOf(positionsMessage(structures[0]));
        readCell(single, HEADER_BYTES, cell);
        readPositions(single, HEADER_BYTES + CELL_BYTES + 4, positions);
        expect(largest(cell, structures[0].cell)).toBeLessThan(ROUNDING);
        expect(largest(positions, structures[0].positions)).toBeLessThan(ROUNDING);
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  test('answers, with and without texts', () => {
    const answers: WireAnswer[] = [1, 2].map((n) => ({
      energy: -13.6 * n,
      forces: Float64Array.of(n, 2, 3, -4, 5, 6),
      virial: Float64Array.of(n, 2, 3, 2, 5, 6, 3, 6, 9),
    }));
    const message = new AnswerMessage(2, 2);
    for (const [k, answer] of answers.entries()) message.set(k, answer);
    const texts = ['{"a":1}', '{}'];
    for (const [bytes, expected] of [
      [message.bytes(), ['{}', '{}']],
      [message.bytes(texts), texts],
    ] as const) {
      expect(headerName(bytes)).toBe('FORCEREADY');
      const energies = bytes.subarray(HEADER_BYTES, HEADER_BYTES + energiesBytes(2));
      expect(readAtomCount(energies, 2)).toBe(2);
      let end = HEADER_BYTES + energiesBytes(2) + forcesBytes(2, 2);
      const forces = bytes.subarray(HEADER_BYTES + energiesBytes(2), end);
      for (const [k, answer] of answers.entries()) {
        const read = readAnswer({ energies, forces }, k, 2);
        expect(Math.abs(read.energy - answer.energy)).toBeLessThan(ROUNDING);
        expect(largest(read.forces, answer.forces)).toBeLessThan(ROUNDING);
        expect(largest(read.virial, answer.virial)).toBeLessThan(ROUNDING);
      }
      for (const text of expected) {
        expect(bytes.readInt32LE(end)).toBe(text.length);
        expect(bytes.toString('utf8', end + 4, end + 4 + text.length)).toBe(text);
        end += 4 + text.length;
      }
      expect(bytes).toHaveLength(end);
    }
  });

  test('one answer byte by byte, in Hartree and Bohr, transposed', () => {
    const message = new AnswerMessage(1, 1);
    const virial = Float64Array.from({ length: 9 }, (_, k) => k * HARTREE);
    message.set(0, { energy: HARTREE, forces: Float64Array.of(HARTREE / BOHR, 0, 0), virial });
    const bytes = message.bytes();
    expect(bytes).toHaveLength(100 + 24 + 2);
    expect(bytes.toString('latin1', 0, HEADER_BYTES)).toBe('FORCEREADY  ');
    expect(bytes.readDoubleLE(12)).toBe(1);
    expect(bytes.readInt32LE(20)).toBe(1);
    expect(Math.abs(bytes.readDoubleLE(24) - 1)).toBeLessThan(ROUNDING);
    const sent = Array.from({ length: 9 }, (_, k) => bytes.readDoubleLE(48 + 8 * k));
    expect(largest(sent, [0, 3, 6, 1, 4, 7, 2, 5, 8])).toBeLessThan(ROUNDING);
  });
});

test('headers, and INIT of at least one byte', () => {
  expect(header('STATUS').toString('latin1')).toBe('STATUS      ');
  expect(headerName(Buffer.from('xREADY\0\0\0\0\0 \0'), 1)).toBe('READY');
  const message = initMessage(3, '');
  expect(message.readInt32LE(12)).toBe(3);
  expect(message.readInt32LE(16)).toBe(1);
  expect(message.subarray(20)).toEqual(Buffer.from('\0'));
});

describe('addresses', () => {
  const use = { least: 1, code: 'test/address' } as const;

  test('names, paths and ports', () => {
    expect(ipiAddress({ path: 'water' }, use)).toEqual({ path: '/tmp/ipi_water' });
    expect(ipiAddress({ path: './a' }, use)).toEqual({ path: './a' });
    const tcp = ipiAddress({ port: 31415 }, use);
    expect(tcp).toEqual({ host: '127.0.0.1', port: 31415 });
    expect([tcp, { path: '/x' }].map(addressText)).toEqual(['127.0.0.1:31415', '/x']);
  });

  test.each([
    {},
    { port: 1, path: 'a' },
    { path: '' },
    { port: 0 },
    { port: 65536 },
    { port: 1.5 },
  ])('%j is none', (input) => {
    expect(() => ipiAddress(input, use)).toThrow(expect.objectContaining({ code: 'test/address' }));
  });
});

test('a reader hands out bytes in the numbers asked for, until it fails', async () => {
  const reader = new ByteReader();
  const first = reader.read(3);
  reader.push(Buffer.from('a'));
  reader.push(Buffer.from('bcd'));
  expect((await first).toString()).toBe('abc');
  expect(reader.buffered).toBe(1);
  expect((await reader.read(1)).toString()).toBe('d');
  const last = reader.read(1);
  reader.fail(new Error('gone'));
  await expect(last).rejects.toThrow('gone');
  await expect(reader.read(1)).rejects.toThrow('gone');
});
