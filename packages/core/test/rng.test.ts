import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fillNormals, Rng } from '../src/index.ts';
import { philox4x32 } from '../src/philox.ts';

/** Lines `philox4x32 10` of `tests/kat_vectors` of Random123: counter, key, result. */
const KNOWN_ANSWERS = [
  '00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8',
  'ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd',
  '243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1',
];

test.each(KNOWN_ANSWERS)('philox4x32-10 gives the known answer %s', (line) => {
  const words = line.split(' ').map((word) => parseInt(word, 16));
  const out = new Uint32Array(4);
  philox4x32({ counter: words.slice(0, 4), key: words.slice(4, 6) }, out);
  expect(Array.from(out)).toEqual(words.slice(6));
});

const draws = (rng: Rng, count: number): number[] =>
  Array.from({ length: count }, () => rng.uniform());

/** How far from its expectation a mean of n values may be: 5 standard errors, once in 10^6. */
const SIGMAS = 5;

describe('Rng', () => {
  test('gives the same numbers for the same seed and path, for ever', () => {
    expect(draws(new Rng(7, 'md', 3), 5)).toEqual(draws(new Rng(7, 'md', 3), 5));
    // Pinned: stored seeds of earlier runs must keep their meaning.
    expect(draws(new Rng(1), 2)).toEqual([0.5145190684440824, 0.6974425253977491]);
    expect(new Rng(1, 'a').normal()).toBe(-0.2045716015752017);
  });

  test('gives different numbers for different seeds and paths, however alike they are', () => {
    const paths: (string | number)[][] = [[1], [2], [-1], [1, 0], [1, ''], [1, '0'], [1, 'a', 'b']];
    paths.push(
      [1, 'ab'],
      [1, 'b', 'a'],
      [1, 2 ** 32],
      [1, 2 ** 32, 0],
      [2 ** 40],
      [1, 'a', 'b', 0],
    );
    const first = paths.map(([seed, ...path]) => new Rng(seed as number, ...path).uniform());
    expect(new Set(first).size).toBe(paths.length);
  });

  test('goes on from a state that went through JSON, wherever it was taken', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('uniform', 'normal', 'integer')), (calls) => {
        const rng = new Rng(5, 'state');
        const call = (from: Rng, name: string): number =>
          name === 'uniform'
            ? from.uniform()
            : name === 'normal'
              ? from.normal()
              : from.integer(10);
        for (const name of calls) call(rng, name);
        const copy = Rng.fromState(JSON.parse(JSON.stringify(rng.state)) as Rng['state']);
        for (const name of ['normal', 'uniform', 'integer', 'normal', 'uniform']) {
          expect(call(copy, name)).toBe(call(rng, name));
        }
      }),
    );
  });

  test('uniform numbers fill [0, 1) evenly', () => {
    const n = 40_000;
    const values = draws(new Rng(3), n);
    expect(Math.min(...values.slice(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(values.every((x) => x < 1)).toBe(true);
    const bins = new Float64Array(20);
    for (const x of values) bins[Math.floor(20 * x)]++;
    const chi2 = bins.reduce((sum, count) => sum + (count - n / 20) ** 2 / (n / 20), 0);
    // 19 degrees of freedom: mean 19, standard deviation sqrt(38).
    expect(Math.abs(chi2 - 19)).toBeLessThan(SIGMAS * Math.sqrt(38));
  });

  test('normals have the moments of the normal distribution and no memory', () => {
    const n = 40_000;
    const rng = new Rng(4);
    const x = Array.from({ length: n }, () => rng.normal());
    const mean = (f: (value: number, k: number) => number): number =>
      x.reduce((sum, value, k) => sum + f(value, k), 0) / n;
    const error = SIGMAS / Math.sqrt(n);
    expect(Math.abs(mean((v) => v))).toBeLessThan(error);
    expect(Math.abs(mean((v) => v * v) - 1)).toBeLessThan(error * Math.sqrt(2));
    expect(Math.abs(mean((v) => v ** 4) - 3)).toBeLessThan(error * Math.sqrt(96));
    expect(Math.abs(mean((v, k) => v * x[(k + 1) % n]))).toBeLessThan(error);
  });

  test('integers have no bias, also where 2^53 is no multiple of the range', () => {
    const n = 3 * 2 ** 51;
    const rng = new Rng(6);
    // Plain remainders would put half of all values into the lowest third.
    const count = 3000;
    let low = 0;
    for (let k = 0; k < count; k++) if (rng.integer(n) < n / 3) low++;
    expect(Math.abs(low - count / 3)).toBeLessThan(SIGMAS * Math.sqrt((count * 2) / 9));
    expect(new Rng(6).integer(1)).toBe(0);
  });

  test('shuffle keeps all elements and reaches every order', () => {
    const rng = new Rng(8);
    const seen = new Map<string, number>();
    const count = 2400;
    for (let k = 0; k < count; k++) {
      const order = rng.shuffle(['a', 'b', 'c', 'd']).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    const chi2 = Array.from(seen.values()).reduce((sum, c) => sum + (c - 100) ** 2 / 100, 0);
    expect(Math.abs(chi2 - 23)).toBeLessThan(SIGMAS * Math.sqrt(46));
    const typed = Int32Array.of(1, 2, 3);
    expect(rng.shuffle(typed)).toBe(typed);
  });

  test.each([0.5, NaN, Infinity, 2 ** 53])('refuses the seed %d', (seed) => {
    expect(() => new Rng(seed)).toThrow(expect.objectContaining({ code: 'rng/invalid-seed' }));
    expect(() => new Rng(1, seed)).toThrow(expect.objectContaining({ code: 'rng/invalid-seed' }));
  });

  test.each([0, -1, 1.5, NaN, 2 ** 54])('refuses to draw an integer below %d', (n) => {
    expect(() => new Rng(1).integer(n)).toThrow(
      expect.objectContaining({ code: 'rng/invalid-range' }),
    );
  });
});

describe('fillNormals', () => {
  test('value k depends on seed, stream, step and k alone', () => {
    const key = { seed: 1, stream: 'langevin', step: 12 };
    const long = new Float64Array(11);
    const short = new Float64Array(4);
    fillNormals(long, key);
    fillNormals(short, key);
    expect(Array.from(short)).toEqual(Array.from(long.subarray(0, 4)));
    const others = [
      { ...key, seed: 2 },
      { ...key, stream: 'bussi' },
      { ...key, step: 13 },
    ];
    for (const other of others) {
      const values = new Float64Array(11);
      fillNormals(values, other);
      expect(values.some((value, k) => value === long[k])).toBe(false);
    }
  });

  test('steps of one stream are uncorrelated normals', () => {
    const n = 4000;
    const all = new Float64Array(10 * n);
    for (let step = 0; step < 10; step++) {
      fillNormals(all.subarray(step * n, (step + 1) * n), { seed: 1, stream: 0, step });
    }
    const mean = (f: (k: number) => number): number => {
      let sum = 0;
      for (let k = 0; k < all.length; k++) sum += f(k);
      return sum / all.length;
    };
    const error = SIGMAS / Math.sqrt(all.length);
    expect(Math.abs(mean((k) => all[k]))).toBeLessThan(error);
    expect(Math.abs(mean((k) => all[k] ** 2) - 1)).toBeLessThan(error * Math.sqrt(2));
    expect(Math.abs(mean((k) => all[k] * all[(k + n) % all.length]))).toBeLessThan(error);
  });
});
