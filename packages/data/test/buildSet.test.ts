import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, symbols, volume } from '@mlffd/core';
import { rocksalt } from '../src/build/crystals.ts';
import { crystalSet, elementLists } from '../src/build/crystalSet.ts';
import { substitute, vacancies } from '../src/build/defects.ts';

describe('crystalSet', () => {
  test('puts every list into the prototypes that it fits', () => {
    const set = crystalSet({
      prototypes: ['rocksalt', 'zincblende', 'perovskite'],
      elements: [...elementLists(['Mg', 'Ca'], ['O', 'S']), ['Sr', 'Ti', 'O']],
    });
    expect(set.map(({ id }) => id)).toEqual([
      'rocksalt-MgO',
      'rocksalt-MgS',
      'rocksalt-CaO',
      'rocksalt-CaS',
      'zincblende-MgO',
      'zincblende-MgS',
      'zincblende-CaO',
      'zincblende-CaS',
      'perovskite-SrTiO3',
    ]);
    expect(set[8].atoms.numbers).toHaveLength(5);
  });

  test('strains scale the estimated cell', () => {
    const options = {
      prototypes: ['fluorite'],
      elements: [['Ca', 'F']],
      cell: 'primitive',
    } as const;
    const [plain] = crystalSet(options);
    const strained = crystalSet({ ...options, strains: [-0.02, 0.03] });
    expect(strained.map(({ id }) => id)).toEqual([
      'fluorite-CaF2/e-0.0200',
      'fluorite-CaF2/e+0.0300',
    ]);
    for (const [k, e] of [-0.02, 0.03].entries()) {
      expect(volume(strained[k].atoms) / volume(plain.atoms)).toBeCloseTo((1 + e) ** 3, 12);
    }
  });

  test('a list that fits nowhere or comes twice is refused', () => {
    const prototypes = ['rocksalt'] as const;
    expect(() => crystalSet({ prototypes, elements: [['Cu']] })).toThrow(InvalidArgumentError);
    expect(() => crystalSet({ prototypes, elements: elementLists(['Mg', 'Mg'], ['O']) })).toThrow(
      'rocksalt-MgO is made twice',
    );
  });
});

describe('point defects', () => {
  const oxide = rocksalt(['Mg', 'O'], 4.2, { repeat: [2, 2, 2] });
  const count = (list: string[], symbol: string) => list.filter((s) => s === symbol).length;

  test('vacancies take so many atoms, of the elements asked for', () => {
    const left = symbols(vacancies(oxide, { fraction: 0.25, elements: ['O'], seed: 3 }));
    expect([count(left, 'Mg'), count(left, 'O')]).toEqual([32, 24]);
    expect(vacancies(oxide, { count: 7, seed: 3 }).numbers).toHaveLength(57);
  });

  test('the atoms that are left are those that were there, in order', () => {
    const left = vacancies({ ...oxide, charge: 2, info: { from: 'test' } }, { count: 9, seed: 1 });
    const before = Array.from(oxide.numbers, (z, k) =>
      [z, ...oxide.positions.subarray(3 * k, 3 * k + 3)].join(' '),
    );
    let last = -1;
    for (const [k, z] of left.numbers.entries()) {
      const at = before.indexOf([z, ...left.positions.subarray(3 * k, 3 * k + 3)].join(' '));
      expect(at).toBeGreaterThan(last);
      last = at;
    }
    expect([left.charge, left.info, left.cell]).toEqual([2, { from: 'test' }, oxide.cell]);
  });

  test('substitute changes elements and nothing else', () => {
    const mixed = substitute(oxide, { from: 'Mg', to: 'Ca', fraction: 0.5, seed: 1 });
    expect(count(symbols(mixed), 'Ca')).toBe(16);
    expect(count(symbols(mixed), 'O')).toBe(32);
    expect(mixed.positions).toEqual(oxide.positions);
    expect(count(symbols(oxide), 'Ca')).toBe(0);
  });

  test('the seed decides which, and a larger count takes more', () => {
    const at = (n: number, seed: number, stream = 0) =>
      Array.from(
        substitute(oxide, { from: 'O', to: 'S', count: n, seed, stream }).numbers.entries(),
      ).flatMap(([k, z]) => (z === 16 ? [k] : []));
    expect(at(5, 1)).toEqual(at(5, 1));
    expect(at(5, 1)).not.toEqual(at(5, 2));
    expect(at(5, 1)).not.toEqual(at(5, 1, 1));
    expect(at(9, 1)).toEqual(expect.arrayContaining(at(5, 1)));
  });

  test('what cannot be chosen is refused', () => {
    const seed = 1;
    const refused = [
      () => vacancies(oxide, { seed }),
      () => vacancies(oxide, { seed, count: 1, fraction: 0.1 }),
      () => vacancies(oxide, { seed, count: 65 }),
      () => vacancies(oxide, { seed, count: 64 }),
      () => vacancies(oxide, { seed, count: 1.5 }),
      () => vacancies(oxide, { seed, fraction: 1.1 }),
      () => vacancies(oxide, { seed, fraction: NaN }),
      () => substitute(oxide, { seed, from: 'Ca', to: 'Mg', count: 1 }),
    ];
    for (const make of refused) {
      expect(make).toThrow(InvalidArgumentError);
      expect(make).toThrow(expect.objectContaining({ code: 'data/invalid-option' }));
    }
  });
});
