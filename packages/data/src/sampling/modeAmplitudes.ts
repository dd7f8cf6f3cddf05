import { KB } from '@mlffd/core';
import { invalidOption } from '../build/invalidOption.ts';
import { curvatureOf, quantumOf } from '@mlffd/md';
import type { NormalModes } from '@mlffd/md';

/** Which distribution amplitudes are drawn from, and what is done where it has no sense. */
export interface AmplitudeOptions {
  /**
   * `classical`: <q^2> = kT / c. `quantum`: the harmonic oscillator with its zero-point motion,
   * <q^2> = hbar omega / (2 c) coth(hbar omega / 2kT), also at 0 K. Default classical.
   */
  readonly statistics?: 'classical' | 'quantum';
  /**
   * cm^-1, default 50. A mode that is softer is drawn as if it had this frequency, since harmonic
   * amplitudes grow without bounds there. An imaginary one counts with the size of its frequency.
   */
  readonly minFrequency?: number;
  /** What happens to modes below `minFrequency`; default `cap`. `skip` leaves them at rest. */
  readonly soft?: 'cap' | 'skip';
}

/** Standard deviations of the normal coordinates at one temperature. */
export interface Amplitudes {
  /** M, Angstrom sqrt(amu). */
  readonly sigmas: Float64Array;
  /** Modes that are softer than `minFrequency`, imaginary ones among them. */
  readonly capped: number;
  /** Modes with an imaginary frequency. */
  readonly imaginary: number;
}

/**
 * How far the normal coordinates swing at a temperature.
 *
 * @param temperature K
 * @throws InvalidArgumentError for a temperature without a distribution
 */
export function modeAmplitudes(
  { curvatures }: Pick<NormalModes, 'curvatures'>,
  temperature: number,
  options: AmplitudeOptions = {},
): Amplitudes {
  const { statistics = 'classical', minFrequency = 50, soft = 'cap' } = options;
  if (!(temperature >= 0 && temperature < Infinity)) {
    throw invalidOption('temperatures', `${temperature} K is no temperature`, {
      expected: 'a number of at least 0 (K)',
      found: String(temperature),
    });
  }
  if (!(minFrequency > 0 && minFrequency < Infinity)) {
    throw invalidOption('minFrequency', 'minFrequency must be positive', {
      expected: 'a positive number (cm^-1)',
      found: String(minFrequency),
    });
  }
  const least = curvatureOf(minFrequency);
  const energy = KB * temperature;
  let capped = 0;
  let imaginary = 0;
  const sigmas = curvatures.map((curvature) => {
    if (curvature < 0) imaginary++;
    const isSoft = curvature < least;
    if (isSoft) {
      capped++;
      if (soft === 'skip') return 0;
    }
    const stiffness = Math.max(Math.abs(curvature), least);
    if (statistics === 'classical') return Math.sqrt(energy / stiffness);
    const quantum = quantumOf(stiffness);
    // coth(x) = 1 / tanh(x), which is 1 at 0 K.
    const heat = energy === 0 ? 1 : 1 / Math.tanh(quantum / (2 * energy));
    return Math.sqrt(((quantum / 2) * heat) / stiffness);
  });
  return { sigmas, capped, imaginary };
}
