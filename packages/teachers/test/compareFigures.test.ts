import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ForceTally, pairFigures, rankAgreement } from '../src/compare/figures.ts';
import { worstOf } from '../src/compare/worst.ts';

const values = fc.array(fc.integer({ min: -50, max: 50 }), {
  minLength: 3,
  maxLength: 30,
});

describe('figures of pairs', () => {
  test('by hand', () => {
    const figures = pairFigures({ a: [1, 2, 3], b: [1, 2, 6] });
    expect(figures).toEqual({ count: 3, mae: 1, rmse: Math.sqrt(3), max: 3, bias: 1, r2: -3.5 });
    expect(pairFigures({ a: [2, 2], b: [2, 3] }).r2).toBeNull();
  });

  test('ranks know nothing but the order', () => {
    fc.assert(
      fc.property(values, (list) => {
        const order = rankAgreement({ a: list, b: list.map((x) => Math.atan(x / 100) - 7) });
        const spread = new Set(list).size > 1;
        if (spread) expect(order).toBeCloseTo(1, 10);
        else expect(order).toBeNull();
        if (spread) {
          expect(rankAgreement({ a: list, b: list.map((x) => -x) })).toBeCloseTo(-1, 10);
        }
      }),
      { seed: 1 },
    );
    // With ties: ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3.
    expect(rankAgreement({ a: [1, 2, 2, 3], b: [1, 2, 3, 4] })).toBeCloseTo(
      4.5 / Math.sqrt(22.5),
      12,
    );
  });

  test('forces of a group, with small ones left out of the cosine', () => {
    const tally = new ForceTally();
    tally.add(Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0), 0);
    tally.add(Float64Array.of(9, 9, 9, 1e-4, 0, 0), Float64Array.of(9, 9, 9, 0, 0, 0), 1);
    const figures = tally.figures();
    expect(figures).toMatchObject({ atoms: 2, max_meV_A: 1000, cosine: 0 });
    expect(figures.mae_meV_A).toBeCloseTo((1000 * 2.0001) / 6, 10);
  });

  test('the worst are told by what stands out', () => {
    const row = { formula: 'H2', atoms: 2, force_max_atom: 1, stress_rmse_GPa: null };
    const structures = [
      {
        ...row,
        index: 0,
        name: 'a',
        energy_difference_meV_atom: 1,
        force_rmse_meV_A: 10,
        force_max_meV_A: 20,
      },
      {
        ...row,
        index: 3,
        name: 'b',
        energy_difference_meV_atom: -9,
        force_rmse_meV_A: 10,
        force_max_meV_A: 20,
      },
      {
        ...row,
        index: 5,
        name: 'c',
        energy_difference_meV_atom: 1,
        force_rmse_meV_A: 95,
        force_max_meV_A: 120,
      },
      {
        ...row,
        index: 6,
        name: 'd',
        energy_difference_meV_atom: 0,
        force_rmse_meV_A: 0,
        force_max_meV_A: 0,
      },
    ];
    const worst = worstOf(
      structures,
      [1, 2, 3, 4].map(() => Int32Array.of(1, 8)),
      2,
    );
    expect(worst.map(({ index }) => index)).toEqual([5, 3]);
    expect(worst[0].why).toMatch(/forces 95 .* atom 1 \(O\): 120/);
    expect(worst[1].why).toMatch(/energy -9 meV\/atom apart, 2\.0 times/);
  });
});
