import { dot } from '@mlffd/core';

/** Cosines that measure the noise. Even, for the closed form of Student's t. */
export const NOISE_MODES = 8;
/** Fewest samples: the fastest cosine then has at least four samples per period. */
export const MIN_SAMPLES = 20;

/** Orthonormal vectors for fitting a constant and a line to a correlated series. */
export interface TrendBasis {
  readonly constant: Float64Array;
  readonly trend: Float64Array;
  /** The slowest cosines, with constant and line taken out. */
  readonly waves: readonly Float64Array[];
}

/**
 * Projections of stationary noise on slow vectors are independent normals with one common variance
 * (2 pi times its spectral density at zero frequency), however correlated the samples are. So the
 * waves measure the variance that the fitted coefficients have. This is the equal-weighted cosine
 * estimator of Lazarus, Lewis, Stock and Watson, J. Bus. Econ. Stat. 36, 541 (2018); see also
 * Mueller and Watson, Econometrica 76, 979 (2008).
 */
export function trendBasis(count: number): TrendBasis {
  // A line is the first cosine but for a hundredth: next to a line, noise starts at the second.
  const vectors = [sample(count, () => 1), sample(count, (x) => x - 0.5), ...cosines(count, 2)];
  const [constant, trend, ...waves] = orthonormalize(vectors);
  return { constant, trend, waves };
}

/** The same for fitting a constant only. */
export function meanBasis(count: number): Omit<TrendBasis, 'trend'> {
  const [constant, ...waves] = orthonormalize([sample(count, () => 1), ...cosines(count, 1)]);
  return { constant, waves };
}

function sample(count: number, value: (x: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => value((k + 0.5) / count));
}

function cosines(count: number, slowest: number): Float64Array[] {
  return Array.from({ length: NOISE_MODES }, (_, k) =>
    sample(count, (x) => Math.cos(Math.PI * (slowest + k) * x)),
  );
}

/** Mean square of the projections on the waves: variance of a fitted coefficient. */
export function noiseVariance(series: Float64Array, waves: readonly Float64Array[]): number {
  return waves.reduce((sum, wave) => sum + dot(series, wave) ** 2 / NOISE_MODES, 0);
}

/** Modified Gram-Schmidt, in place. */
function orthonormalize(vectors: readonly Float64Array[]): readonly Float64Array[] {
  vectors.forEach((vector, index) => {
    for (const other of vectors.slice(0, index)) {
      const overlap = dot(vector, other);
      for (let k = 0; k < vector.length; k += 1) vector[k] -= overlap * other[k];
    }
    const norm = Math.sqrt(dot(vector, vector));
    for (let k = 0; k < vector.length; k += 1) vector[k] /= norm;
  });
  return vectors;
}
