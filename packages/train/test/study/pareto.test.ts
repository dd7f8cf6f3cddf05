import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { paretoFront, smallestPassing } from '../../src/study/pareto.ts';

const one = (name: string, cost: number, error: number, passed = true, parameters = cost) => ({
  name,
  cost,
  error,
  passed,
  parameters,
});

describe('the Pareto front', () => {
  test('has who is not beaten in both', () => {
    const all = [
      one('small', 1, 30),
      one('worse', 2, 31),
      one('middle', 2, 20),
      one('large', 9, 5),
    ];
    expect(paretoFront(all)).toEqual(['small', 'middle', 'large']);
  });

  test('keeps equals, and leaves out what was not measured', () => {
    expect(paretoFront([one('a', 1, 1), one('b', 1, 1), one('c', 1, NaN)])).toEqual(['a', 'b']);
    expect(paretoFront([one('c', NaN, 1)])).toEqual([]);
  });

  test('nobody on it is beaten, everybody else is', () => {
    const candidate = fc.record({ cost: fc.nat(20), error: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(candidate, { minLength: 1 }), (list) => {
        const all = list.map(({ cost, error }, k) => one(String(k), cost, error));
        const front = new Set(paretoFront(all));
        expect(front.size).toBeGreaterThan(0);
        for (const a of all) {
          const beaten = all.some(
            (b) => b.cost <= a.cost && b.error <= a.error && (b.cost < a.cost || b.error < a.error),
          );
          expect(front.has(a.name)).toBe(!beaten);
        }
      }),
      { seed: 1 },
    );
  });
});

describe('the choice', () => {
  test('is the smallest that meets the goals', () => {
    const all = [one('large', 9, 5), one('tiny', 1, 30, false), one('middle', 4, 10)];
    expect(smallestPassing(all)?.name).toBe('middle');
    expect(smallestPassing([one('tiny', 1, 30, false)])).toBeUndefined();
  });
});
