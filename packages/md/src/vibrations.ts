import { InvalidArgumentError } from '@mlffd/core';
import type { Histogram } from './distributions.ts';
import { requireArray, requirePositive } from './errors.ts';

/** Velocities at even intervals and how finely to resolve them. */
export interface VibrationalDensityOptions {
  /** One array of 3N, Angstrom/fs, for each moment. */
  readonly velocities: readonly Float64Array[];
  /** N, amu. */
  readonly masses: Float64Array;
  /** Time between two moments, fs. */
  readonly interval: number;
  /** Moments in one segment, a power of 2; default the largest that gives at least 3 segments. */
  readonly segment?: number;
}

/**
 * Vibrational density of states over frequency (THz), with integral 1: the power spectrum of the
 * mass-weighted velocities, sum_i m_i |v_i(f)|^2, averaged over half-overlapping Hann windows
 * (Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967)).
 *
 * Frequencies go up to 1/(2 interval); resolution is about 1/(segment interval).
 *
 * @throws InvalidArgumentError for fewer than 32 moments or a segment that is no power of 2
 */
export function vibrationalDensity(options: VibrationalDensityOptions): Histogram {
  const { velocities, masses, interval } = options;
  requirePositive('interval', interval);
  const moments = velocities.length;
  const segment = options.segment ?? 2 ** Math.floor(Math.log2(moments / 2));
  if (
    !(moments >= 32 && segment >= 16 && segment <= moments && Number.isInteger(Math.log2(segment)))
  ) {
    throw new InvalidArgumentError('md/invalid-option', 'the series cannot be cut into segments', {
      expected: 'at least 32 moments, a segment that is a power of 2 from 16 to their number',
      found: `${moments} moments, segments of ${segment}`,
      where: 'segment',
      hint: 'Take more frames, or a shorter segment.',
    });
  }
  for (const moment of velocities) requireArray('velocities', moment, 3 * masses.length);
  const power = new Float64Array(segment / 2);
  const window = Float64Array.from(
    { length: segment },
    (_, k) => Math.sin((Math.PI * k) / segment) ** 2,
  );
  const re = new Float64Array(segment);
  const im = new Float64Array(segment);
  for (let start = 0; start + segment <= moments; start += segment / 2) {
    for (let c = 0; c < 3 * masses.length; c += 1) {
      for (let k = 0; k < segment; k += 1) re[k] = window[k] * velocities[start + k][c];
      im.fill(0);
      fourierTransform(re, im);
      const mass = masses[Math.floor(c / 3)];
      for (let k = 0; k < power.length; k += 1) power[k] += mass * (re[k] ** 2 + im[k] ** 2);
    }
  }
  const width = 1000 / (segment * interval);
  const total = power.reduce((sum, value) => sum + value, 0) * width;
  return {
    centers: power.map((_, k) => k * width),
    values: power.map((value) => value / total),
    width,
  };
}

/** Radix-2 transform in place; the length is a power of 2. */
function fourierTransform(re: Float64Array, im: Float64Array): void {
  reverseBits(re);
  reverseBits(im);
  for (let half = 1; half < re.length; half *= 2) {
    for (let k = 0; k < half; k += 1) {
      const angle = (-Math.PI * k) / half;
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      for (let a = k; a < re.length; a += 2 * half) {
        const b = a + half;
        const x = re[b] * cos - im[b] * sin;
        const y = re[b] * sin + im[b] * cos;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

function reverseBits(values: Float64Array): void {
  for (let k = 1, reversed = 0; k < values.length; k += 1) {
    let bit = values.length >> 1;
    for (; (reversed & bit) !== 0; bit >>= 1) reversed ^= bit;
    reversed ^= bit;
    if (k >= reversed) continue;
    const held = values[k];
    values[k] = values[reversed];
    values[reversed] = held;
  }
}
