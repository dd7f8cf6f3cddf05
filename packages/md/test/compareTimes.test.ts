import { describe, expect, test } from '@jest/globals';
import { Rng } from '@mlffd/core';
import { compareTimes, type HarnessRecord } from '../src/index.ts';

function noisy(seed: number, level: number, count = 100): number[] {
  const rng = new Rng(seed, 'blocks');
  return Array.from({ length: count }, () => level * (1 + 0.05 * rng.normal()));
}

/** As much of a record as a comparison looks at. */
function record(blocks: readonly number[] | null, basis = 'run', hash = 'a'): HarnessRecord {
  return {
    date: '2026-01-01T00:00:00.000Z',
    subject: { hash },
    system: { name: 'water-3', atoms: 3 },
    latency: blocks === null ? null : { basis, blocks },
  } as unknown as HarnessRecord;
}

describe('compareTimes', () => {
  test('is too slow beyond the limit, and not by chance', () => {
    const base = record(noisy(5, 1));
    const slow = (level: number): boolean | undefined =>
      compareTimes(record(noisy(6, level)), base, { limit: 0.1 })?.tooSlow;
    expect(slow(1.2)).toBe(true);
    expect(slow(1.05)).toBe(false);
    expect(slow(0.5)).toBe(false);
    // Two stretches that differ by more than the limit say nothing.
    const vague = compareTimes(record([1, 3]), record([1, 2.4]), { limit: 0.1 });
    expect(vague).toMatchObject({ tooSlow: false, sameSubject: true, atoms: 3 });
    expect(vague?.ratio).toBeGreaterThan(1.1);
  });

  test('compares like with like only', () => {
    const base = record(noisy(5, 1));
    const limit = 0.1;
    expect(compareTimes(record(null), base, { limit })).toBeUndefined();
    expect(compareTimes(base, record(null), { limit })).toBeUndefined();
    expect(compareTimes(record([1], 'free-flight'), base, { limit })).toBeUndefined();
    expect(compareTimes(record([1], 'run', 'b'), base, { limit })?.sameSubject).toBe(false);
  });
});
