import { dot } from '@mlffd/core';
import { requireArray, requireInteger, requirePositive } from './errors.ts';
import { meanBasis, MIN_SAMPLES, NOISE_MODES, noiseVariance } from './lowFrequency.ts';
import { studentQuantile } from './studentT.ts';

/** Mean of a correlated series with a confidence band. */
export interface MeanEstimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Standard deviation of one sample. */
  readonly deviation: number;
  readonly confidence: number;
}

/**
 * Mean with a confidence band that holds for a correlated stationary series (same method as
 * {@link nveSlope}).
 *
 * @throws InvalidArgumentError for fewer than 20 samples or a value that is not finite
 */
export function meanWithBand(
  samples: ArrayLike<number>,
  options: { readonly confidence?: number } = {},
): MeanEstimate {
  const { confidence = 0.95 } = options;
  requireInteger('number of samples', samples.length, MIN_SAMPLES);
  requireArray('samples', samples, samples.length);
  const { constant, waves } = meanBasis(samples.length);
  const series = Float64Array.from(samples);
  const mean = dot(series, constant) * constant[0];
  for (let k = 0; k < series.length; k += 1) series[k] -= mean;
  const noise = Math.sqrt(noiseVariance(series, waves));
  const reach = studentQuantile(confidence, NOISE_MODES) * noise * constant[0];
  return {
    mean,
    low: mean - reach,
    high: mean + reach,
    deviation: standardDeviation(series),
    confidence,
  };
}

/** Temperatures of a run against what the canonical ensemble gives. */
export interface TemperatureStatistics extends MeanEstimate {
  /** T sqrt(2 / ndof), K, at the mean temperature: the width of the canonical distribution. */
  readonly canonicalDeviation: number;
}

/**
 * Mean temperature with its band, and the width of the distribution against the canonical one.
 *
 * A thermostat that samples the canonical ensemble has `deviation` near `canonicalDeviation`; in
 * NVE it is smaller, by about 1/sqrt 2 for a solid.
 *
 * @param temperatures K
 * @throws InvalidArgumentError
 */
export function temperatureStatistics(
  temperatures: ArrayLike<number>,
  options: { readonly ndof: number; readonly confidence?: number },
): TemperatureStatistics {
  requirePositive('ndof', options.ndof);
  const estimate = meanWithBand(temperatures, options);
  return { ...estimate, canonicalDeviation: estimate.mean * Math.sqrt(2 / options.ndof) };
}

/** Standard deviation of the samples (divisor n - 1). */
export function standardDeviation(samples: Float64Array): number {
  let mean = 0;
  for (const value of samples) mean += value / samples.length;
  let square = 0;
  for (const value of samples) square += (value - mean) ** 2;
  return Math.sqrt(square / (samples.length - 1));
}
