import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sha256, stableStringify } from '../src/index.ts';

test('sha256 gives the test vectors of FIPS 180-2', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256(new Uint8Array(0))).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

describe('stableStringify', () => {
  test('does not depend on the order of keys', () => {
    const a = { x: 1, y: { b: [1, 2], a: null }, z: undefined };
    const b = { y: { a: null, b: [1, 2] }, x: 1 };
    expect(stableStringify(a)).toBe(stableStringify(b));
    expect(stableStringify(a)).toBe('{"x":1,"y":{"a":null,"b":[1,2]}}');
  });

  test('is JSON that reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(stableStringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('writes typed arrays as arrays and dates as text', () => {
    expect(stableStringify({ a: Float64Array.of(1.5, -2), d: new Date(0) })).toBe(
      '{"a":[1.5,-2],"d":"1970-01-01T00:00:00.000Z"}',
    );
  });

  test('refuses what JSON would silently turn into null or drop, naming the place', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const bad = [{ a: [1, NaN] }, { a: [1, Infinity] }, { a: [1, () => 0] }, { a: [1, 2n] }];
    for (const value of bad) {
      expect(() => stableStringify(value)).toThrow(
        expect.objectContaining({ code: 'json/not-serializable', where: '$.a[1]' }),
      );
    }
    expect(() => stableStringify(cycle)).toThrow(expect.objectContaining({ where: '$.self' }));
    expect(() => stableStringify([undefined])).toThrow(expect.objectContaining({ where: '$[0]' }));
  });
});
