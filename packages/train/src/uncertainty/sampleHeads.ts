import { Rng } from '@mlffd/core';
import type { Cholesky } from './cholesky.ts';

/** How heads are drawn. */
export interface HeadSampling {
  /** Number M of heads, at least 2. */
  readonly count: number;
  readonly seed: number;
  /** Standard deviation in units of the inverse covariance; 0: all heads are the student. */
  readonly alpha: number;
}

/**
 * Deviations of M heads from the student, normally distributed with covariance alpha^2 A^-1; row-major,
 * M x d. Their mean is taken off, so that the mean of the heads is the student, and what that takes from
 * their spread is made up for.
 */
export function sampleHeads(factor: Cholesky, { count, seed, alpha }: HeadSampling): Float32Array {
  const { size } = factor;
  const draws = Array.from({ length: count }, (_, m) => {
    const rng = new Rng(seed, 'uncertainty', 'head', m);
    return factor.whiten(Float64Array.from({ length: size }, () => rng.normal()));
  });
  const mean = new Float64Array(size);
  for (const draw of draws) for (let k = 0; k < size; k++) mean[k] += draw[k] / count;
  const scale = alpha * Math.sqrt(count / (count - 1));
  const heads = new Float32Array(count * size);
  draws.forEach((draw, m) => {
    for (let k = 0; k < size; k++) heads[m * size + k] = scale * (draw[k] - mean[k]);
  });
  return heads;
}
