import { describe, expect, test } from '@jest/globals';
import { createAtoms, KB, Rng } from '@mlffd/core';
import fc from 'fast-check';
import { undeformed } from '../src/sampling/treeNode.ts';
import type { TreeNode } from '../src/sampling/treeNode.ts';
import { chooseParent, parentProbabilities } from '../src/sampling/treeParent.ts';

/** Rounding of sums of up to 40 numbers of order 1. */
const ROUNDING = 1e-12;

const nodes = (members: readonly { readonly energy: number; readonly level: number }[]) =>
  members.map(({ energy, level }, k): TreeNode => ({
    id: `n${k}`,
    level,
    atoms: createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 0, 0, 3] }),
    results: { energy, forces: new Float64Array(6) },
    deformation: undeformed(),
    details: {},
  }));

const three = nodes([
  { energy: -0.4, level: 0 },
  { energy: -0.38, level: 1 },
  { energy: -0.45, level: 2 },
]);
const choice = { temperature: 300, energyPer: 'atom' } as const;

describe('the choice of a parent', () => {
  test('weighs energies with beta, generations with 1 - beta', () => {
    const beta = 0.3;
    const kT = KB * 300;
    const factors = [-0.2, -0.19, -0.225].map((energy) => Math.exp(-energy / kT));
    const sum = factors.reduce((a, b) => a + b);
    const expected = factors.map(
      (factor, i) => (beta * factor) / sum + ((1 - beta) * (i + 1)) / (1 + 2 + 3),
    );
    const found = parentProbabilities(three, { ...choice, beta });
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 12);
  });

  test('beta 0 looks at generations only, beta 1 at energies only', () => {
    expect([...parentProbabilities(three, { ...choice, beta: 0 })]).toEqual([1 / 6, 2 / 6, 3 / 6]);
    const [root, child, grandchild] = parentProbabilities(three, { ...choice, beta: 1 });
    expect(grandchild).toBeGreaterThan(root);
    expect(root).toBeGreaterThan(child);
  });

  test('energies of whole structures weigh N times as much in the exponent', () => {
    const ratio = (energyPer: 'atom' | 'structure') => {
      const [a, b] = parentProbabilities(three, { ...choice, beta: 1, energyPer });
      return Math.log(a / b);
    };
    expect(ratio('structure')).toBeCloseTo(2 * ratio('atom'), 10);
  });

  test('probabilities add up to 1 whatever the energies', () => {
    const member = fc.record({
      energy: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      level: fc.nat(50),
    });
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (members, beta) => {
          const found = parentProbabilities(nodes(members), { ...choice, beta });
          expect(Math.abs(found.reduce((a, b) => a + b) - 1)).toBeLessThan(ROUNDING);
          expect(found.every((probability) => probability >= 0)).toBe(true);
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  test('parents come as often as their probability says', () => {
    const options = { ...choice, beta: 0.4 };
    const probabilities = parentProbabilities(three, options);
    const draws = 4000;
    const counts = new Map<string, number>();
    const rng = new Rng(5, 'choice');
    for (let k = 0; k < draws; k++) {
      const { id } = chooseParent(three, options, rng);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [i, p] of probabilities.entries()) {
      // Five standard deviations of a binomial distribution.
      const allowed = 5 * Math.sqrt(draws * p * (1 - p));
      expect(Math.abs((counts.get(`n${i}`) ?? 0) - draws * p)).toBeLessThan(allowed);
    }
  });
});
