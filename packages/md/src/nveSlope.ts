import { dot, InvalidArgumentError } from '@mlffd/core';
import { requireArray, requireInteger } from './errors.ts';
import { MIN_SAMPLES, NOISE_MODES, noiseVariance, trendBasis } from './lowFrequency.ts';
import { studentQuantile } from './studentT.ts';

/** A series of total energies and what to fit it with. */
export interface NveSlopeOptions {
  /** fs, evenly spaced, ascending. */
  readonly times: ArrayLike<number>;
  /** Total energies, eV. */
  readonly energies: ArrayLike<number>;
  /** Number of atoms. */
  readonly atoms: number;
  /** Probability that the band is meant to cover; default 0.95. */
  readonly confidence?: number;
}

/** Drift of the total energy. */
export interface NveSlope {
  /** meV/atom/ps. */
  readonly slope: number;
  /** Lower end of the confidence band, meV/atom/ps. */
  readonly low: number;
  /** Upper end of the confidence band, meV/atom/ps. */
  readonly high: number;
  /** Root mean square distance from the line, meV/atom. */
  readonly rms: number;
  readonly confidence: number;
}

/**
 * Least-squares slope of total energy per atom against time, with a confidence band that holds for
 * correlated energies.
 *
 * Consecutive energies are strongly correlated, which makes the textbook band of a regression far
 * too narrow. What matters for a slope is the noise at the lowest frequencies, so that is what is
 * measured: the series is projected on the eight slowest cosines, with the trend taken out of them
 * so that a true drift does not count as noise. (slope - truth) / error then follows Student's t
 * with eight degrees of freedom. Unlike a block bootstrap or a kernel estimate, no block length or
 * bandwidth has to be chosen from the data, and the few degrees of freedom are accounted for. It
 * holds while the correlation time is below about a thirtieth of the run. For noise that never
 * forgets (a random walk of rounding errors) any such band is too narrow.
 *
 * Source: `lowFrequency.ts`.
 *
 * @throws InvalidArgumentError for fewer than 20 samples, uneven times, values not finite
 */
export function nveSlope(options: NveSlopeOptions): NveSlope {
  const { times, energies, atoms, confidence = 0.95 } = options;
  const count = times.length;
  requireInteger('atoms', atoms, 1);
  requireInteger('number of samples', count, MIN_SAMPLES);
  requireArray('times', times, count);
  requireArray('energies', energies, count);
  requireEvenSpacing(times);

  const { constant, trend, waves } = trendBasis(count);
  const series = Float64Array.from(energies);
  // Energies may be large: without the mean, nothing cancels.
  const mean = series.reduce((sum, value) => sum + value / count, 0);
  for (let k = 0; k < count; k += 1) series[k] = (series[k] - mean) * (1000 / atoms);

  const along = dot(series, trend);
  const level = dot(series, constant);
  let residual = 0;
  for (let k = 0; k < count; k += 1) {
    residual += (series[k] - level * constant[k] - along * trend[k]) ** 2 / count;
  }
  const picoseconds = (times[count - 1] - times[0]) / 1000;
  const perTrend = (trend[count - 1] - trend[0]) / picoseconds;
  const slope = along * perTrend;
  const noise = Math.sqrt(noiseVariance(series, waves));
  const reach = studentQuantile(confidence, NOISE_MODES) * noise * perTrend;
  return {
    slope,
    low: slope - reach,
    high: slope + reach,
    rms: Math.sqrt(residual),
    confidence,
  };
}

function requireEvenSpacing(times: ArrayLike<number>): void {
  const step = (times[times.length - 1] - times[0]) / (times.length - 1);
  for (let k = 0; k + 1 < times.length; k += 1) {
    if (step > 0 && Math.abs(times[k + 1] - times[k] - step) <= 1e-6 * step) continue;
    throw new InvalidArgumentError(
      'md/invalid-option',
      'times are not evenly spaced and ascending',
      {
        expected: `steps of ${step} fs`,
        found: `${times[k]} fs, then ${times[k + 1]} fs`,
        where: `times[${k + 1}]`,
        hint: 'Give frames taken at a constant stride, in order.',
      },
    );
  }
}
