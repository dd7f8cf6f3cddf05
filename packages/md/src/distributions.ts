import { InvalidArgumentError, neighborList, numberOf, volume, type Atoms } from '@mlffd/core';
import { requireInteger, requirePositive } from './errors.ts';

/** Which distances to count, how far and how finely. */
export interface DistanceOptions {
  /** At least one structure; all with the same atoms. */
  readonly frames: Iterable<{ readonly atoms: Atoms }>;
  /** Angstrom. */
  readonly cutoff: number;
  /** Number of bins; default 200. */
  readonly bins?: number;
  /** Symbols of the two elements; default all atoms. */
  readonly pair?: readonly [string, string];
}

/** A function on even bins, of distance (Angstrom) or of frequency (THz). */
export interface Histogram {
  /** Middle of each bin. */
  readonly centers: Float64Array;
  readonly values: Float64Array;
  /** Width of a bin. */
  readonly width: number;
}

/**
 * Radial distribution function g(r) of periodic structures: density of atoms at distance r over the
 * mean density, averaged over frames.
 *
 * @throws InvalidArgumentError without frames, or for a structure that is not periodic in
 *   three directions
 */
export function radialDistribution(options: DistanceOptions): Histogram {
  const counts = createCounts(options);
  let weight = 0;
  for (const { atoms } of options.frames) {
    if (!atoms.pbc.every(Boolean)) {
      throw new InvalidArgumentError(
        'md/invalid-option',
        'g(r) needs a density: a periodic structure',
        {
          expected: 'pbc in three directions',
          found: `pbc ${atoms.pbc.join(' ')}`,
          where: 'frames',
          hint: 'Use distanceHistogram for molecules.',
        },
      );
    }
    const [first, second] = countPairs(atoms, options, counts);
    weight += (first * second) / volume(atoms);
  }
  requireFrames(weight);
  const { width, values } = counts;
  for (let k = 0; k < values.length; k += 1) {
    const shell = (4 / 3) * Math.PI * width ** 3 * ((k + 1) ** 3 - k ** 3);
    values[k] /= weight * shell;
  }
  return counts;
}

/**
 * Distribution h(r) of interatomic distances, 1/Angstrom: its integral up to the cutoff is 1. For
 * molecules, where g(r) has no density to refer to.
 *
 * @throws InvalidArgumentError without frames or where no distance is below the cutoff
 */
export function distanceHistogram(options: DistanceOptions): Histogram {
  const counts = createCounts(options);
  for (const { atoms } of options.frames) countPairs(atoms, options, counts);
  const { width, values } = counts;
  const total = values.reduce((sum, value) => sum + value, 0);
  requireFrames(total);
  for (let k = 0; k < values.length; k += 1) values[k] /= total * width;
  return counts;
}

/**
 * Wasserstein-1 distance of two distributions on the same bins, in the unit of the axis: the mean
 * distance by which the one has to be moved to become the other. Both are scaled to integral 1 first. Unlike an
 * overlap, it keeps growing when two peaks move apart.
 *
 * @throws InvalidArgumentError for different bins or an empty distribution
 */
export function wassersteinDistance(a: Histogram, b: Histogram): number {
  if (a.values.length !== b.values.length || a.width !== b.width) {
    throw new InvalidArgumentError('md/invalid-option', 'the distributions have different bins', {
      expected: `${a.values.length} bins of ${a.width}`,
      found: `${b.values.length} bins of ${b.width}`,
      where: 'bins',
      hint: 'Make both with the same options.',
    });
  }
  const totalA = a.values.reduce((sum, value) => sum + value, 0);
  const totalB = b.values.reduce((sum, value) => sum + value, 0);
  requireFrames(Math.min(totalA, totalB));
  let ahead = 0;
  let distance = 0;
  for (let k = 0; k < a.values.length; k += 1) {
    ahead += a.values[k] / totalA - b.values[k] / totalB;
    distance += Math.abs(ahead) * a.width;
  }
  return distance;
}

function createCounts({ cutoff, bins = 200 }: DistanceOptions): Histogram {
  requirePositive('cutoff', cutoff);
  requireInteger('bins', bins, 1);
  const width = cutoff / bins;
  return {
    centers: Float64Array.from({ length: bins }, (_, k) => (k + 0.5) * width),
    values: new Float64Array(bins),
    width,
  };
}

/** Adds the pairs of one structure to the bins; returns how many atoms are of either kind. */
function countPairs(
  atoms: Atoms,
  { cutoff, pair }: DistanceOptions,
  { values, width }: Histogram,
): readonly [number, number] {
  const isFirst = selection(atoms, pair?.[0]);
  const isSecond = selection(atoms, pair?.[1]);
  const list = neighborList(atoms, cutoff);
  for (let e = 0; e < list.count; e += 1) {
    if (isFirst[list.centers[e]] + isSecond[list.neighbors[e]] !== 2) continue;
    values[Math.min(values.length - 1, Math.floor(list.distances[e] / width))] += 1;
  }
  const size = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0);
  return [size(isFirst), size(isSecond)];
}

function selection(atoms: Atoms, symbol: string | undefined): Uint8Array {
  const number = symbol === undefined ? undefined : numberOf(symbol);
  return Uint8Array.from(atoms.numbers, (z) => (number === undefined || z === number ? 1 : 0));
}

function requireFrames(weight: number): void {
  if (weight > 0) return;
  throw new InvalidArgumentError('md/invalid-option', 'there is nothing to count', {
    expected: 'at least one frame with a distance below the cutoff',
    found: 'none',
    where: 'frames',
    hint: 'Give frames, a longer cutoff, or another pair of elements.',
  });
}
