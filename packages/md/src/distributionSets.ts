import { type Atoms, neighborList, numberOf, symbolOf } from '@mlffd/core';
import {
  distanceHistogram,
  type DistanceOptions,
  type Histogram,
  radialDistribution,
  wassersteinDistance,
} from './distributions.ts';

/** Distributions by name: `H-O` of distances, `H-O-H` of angles. */
export type DistributionSet = Readonly<Record<string, Histogram>>;

/** Frames, how far to count and how finely. */
export interface DistributionSetOptions extends Omit<DistanceOptions, 'frames' | 'pair'> {
  /** At least one structure; all with the same atoms. */
  readonly frames: readonly { readonly atoms: Atoms }[];
}

/**
 * g(r) of every pair of elements, by names such as `H-O`, the lighter element first.
 *
 * A single atom of an element has no pair of its own but with its images.
 *
 * @throws InvalidArgumentError as {@link radialDistribution}
 */
export function radialDistributions(options: DistributionSetOptions): DistributionSet {
  return forEachPair(options, (pair) => radialDistribution({ ...options, pair }));
}

/**
 * h(r) of every pair of elements that has a distance below the cutoff, as {@link distanceHistogram}.
 *
 * @throws InvalidArgumentError for a cutoff or bins out of range
 */
export function distanceHistograms(options: DistributionSetOptions): DistributionSet {
  const { frames, cutoff } = options;
  return forEachPair(options, (pair) =>
    frames.some(({ atoms }) => hasPair(atoms, pair, cutoff))
      ? distanceHistogram({ ...options, pair })
      : undefined,
  );
}

/**
 * Wasserstein-1 distance of what two sets have under the same name, in the unit of the axis; `null`
 * where only one of them has it.
 *
 * @throws InvalidArgumentError for sets with different bins
 */
export function distributionDistances(
  a: DistributionSet,
  b: DistributionSet,
): Readonly<Record<string, number | null>> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.hasOwn(a, name) && Object.hasOwn(b, name)
        ? wassersteinDistance(a[name], b[name])
        : null,
    ]),
  );
}

/** A histogram as plain numbers, for JSON. */
export interface PlainHistogram {
  readonly centers: readonly number[];
  readonly values: readonly number[];
  readonly width: number;
}

/** The same numbers in ordinary arrays, with as many digits as a plot needs. */
export function plainHistogram({ centers, values, width }: Histogram): PlainHistogram {
  const short = (array: Float64Array): number[] =>
    Array.from(array, (value) => Number(value.toPrecision(7)));
  return { centers: short(centers), values: short(values), width };
}

type Pair = readonly [string, string];

function forEachPair(
  { frames }: DistributionSetOptions,
  make: (pair: Pair) => Histogram | undefined,
): DistributionSet {
  const numbers = [...new Set(frames.flatMap(({ atoms }) => [...new Set(atoms.numbers)]))];
  const elements = numbers.sort((a, b) => a - b).map((z) => symbolOf(z));
  const set: Record<string, Histogram> = {};
  for (const [k, first] of elements.entries()) {
    for (const second of elements.slice(k)) {
      const histogram = make([first, second]);
      if (histogram !== undefined) set[`${first}-${second}`] = histogram;
    }
  }
  return set;
}

function hasPair(atoms: Atoms, [first, second]: Pair, cutoff: number): boolean {
  const [a, b] = [numberOf(first), numberOf(second)];
  const list = neighborList(atoms, cutoff);
  for (let e = 0; e < list.count; e++) {
    if (atoms.numbers[list.centers[e]] === a && atoms.numbers[list.neighbors[e]] === b) return true;
  }
  return false;
}
