import { COVALENT_RADII, createAtoms, numberOf } from '@mlffd/core';
import { invalidOption, requireCount, requirePositive } from '../build/invalidOption.ts';
import type { Structure } from '../structure.ts';

/** Options of `dimerScan`. */
export interface DimerScanOptions {
  /** Pairs of symbols; see `elementPairs` for all pairs of some elements. */
  readonly pairs: readonly (readonly [string, string])[];
  /** Shortest distance, as a fraction of the sum of the covalent radii; default 0.5. */
  readonly from?: number;
  /** Longest distance, Angstrom: the cutoff of the model. */
  readonly to: number;
  /** Distances of each pair; default 30. */
  readonly count?: number;
}

/**
 * Two atoms in a vacuum at distances from close contact to the cutoff, in a geometric series: dense
 * where energies are steep. All distances of a pair are one group. No spin is set: a teacher that
 * needs one has to be told.
 *
 * @throws InvalidArgumentError for an option out of range or an unknown element
 */
export function* dimerScan(options: DimerScanOptions): Generator<Structure, void, undefined> {
  const { pairs, from = 0.5, to, count = 30 } = options;
  requirePositive('from', from, 'fraction of the covalent radii');
  requirePositive('to', to);
  requireCount('count', count, 2);
  for (const pair of pairs) {
    const shortest = from * (radiusOf(pair[0]) + radiusOf(pair[1]));
    if (!(shortest < to)) {
      throw invalidOption('to', `the scan of ${pair.join('-')} ends before it begins`, {
        expected: `more than ${shortest.toFixed(3)} Angstrom`,
        found: String(to),
      });
    }
    const group = `dimer-${pair.join('-')}`;
    for (let k = 0; k < count; k++) {
      // The end exactly, not up to rounding.
      const distance = k === count - 1 ? to : shortest * (to / shortest) ** (k / (count - 1));
      yield {
        atoms: createAtoms({ symbols: pair, positions: [0, 0, 0, distance, 0, 0] }),
        meta: {
          id: `${group}/${String(k).padStart(3, '0')}`,
          group,
          source: 'dimer-scan',
          details: { distance },
        },
      };
    }
  }
}

/** Every pair of some elements, each with itself too: H, O gives H-H, H-O and O-O. */
export function elementPairs(elements: readonly string[]): readonly (readonly [string, string])[] {
  const unique = [...new Set(elements)];
  return unique.flatMap((a, k) => unique.slice(k).map((b) => [a, b] as const));
}

const radiusOf = (symbol: string): number => COVALENT_RADII[numberOf(symbol)];
