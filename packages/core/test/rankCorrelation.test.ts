import { describe, expect, it } from '@jest/globals';
import { rankCorrelation } from '../src/rankCorrelation.ts';

describe('the rank correlation', () => {
  it('sees order only', () => {
    expect(rankCorrelation([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1, 12);
    expect(rankCorrelation([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1, 12);
    // Spearman's own formula, 1 - 6 sum d^2 / (n (n^2 - 1)).
    expect(rankCorrelation([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])).toBeCloseTo(1 - 24 / 120, 12);
  });

  it('gives equal values their mean rank', () => {
    expect(rankCorrelation([1, 1, 2], [1, 1, 2])).toBeCloseTo(1, 12);
    expect(rankCorrelation([1, 2, 3], [5, 5, 5])).toBeNaN();
  });
});
