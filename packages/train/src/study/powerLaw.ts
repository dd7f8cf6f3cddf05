import { InvalidArgumentError } from '@mlffd/core';

/** One training: how much it was given, and the error that was left. */
export interface LearningPoint {
  /** Training structures. */
  readonly structures: number;
  /** Error on structures that were held out, in any unit, above 0. */
  readonly error: number;
}

/** error = prefactor * structures^-exponent. */
export interface PowerLaw {
  /** Error at one structure, in the unit of the points. */
  readonly prefactor: number;
  readonly exponent: number;
  /** Standard error of the exponent; `null` for two points, which any line meets. */
  readonly exponentError: number | null;
  /** Largest |ln(error) - ln(fit)| over the points: how far a power law is from the truth. */
  readonly misfit: number;
}

/**
 * Least squares of ln(error) against ln(structures): the learning curves of kernel and neural
 * potentials fall as a power of the amount of data, until something else limits them
 * (Hestness et al., arXiv 1712.00409; Faber et al., J. Chem. Phys. 148, 241717, 2018).
 *
 * @throws InvalidArgumentError for fewer than two amounts, or values that are not above 0
 */
export function fitPowerLaw(points: readonly LearningPoint[]): PowerLaw {
  requirePoints(points);
  const x = points.map(({ structures }) => Math.log(structures));
  const y = points.map(({ error }) => Math.log(error));
  const meanX = mean(x);
  const meanY = mean(y);
  const spread = x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
  const slope = x.reduce((sum, value, k) => sum + (value - meanX) * (y[k] - meanY), 0) / spread;
  const residuals = x.map((value, k) => y[k] - meanY - slope * (value - meanX));
  const freedom = points.length - 2;
  const squares = residuals.reduce((sum, value) => sum + value * value, 0);
  return {
    prefactor: Math.exp(meanY - slope * meanX),
    exponent: -slope,
    exponentError: freedom > 0 ? Math.sqrt(squares / freedom / spread) : null,
    misfit: Math.max(...residuals.map(Math.abs)),
  };
}

/** Error that the law gives for an amount of data. */
export function predictError({ prefactor, exponent }: PowerLaw, structures: number): number {
  return prefactor * structures ** -exponent;
}

/** Part of the error that goes away with twice the data, 1 - 2^-b; negative where it grows. */
export function gainOfDoubling({ exponent }: PowerLaw): number {
  return 1 - 2 ** -exponent;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function requirePoints(points: readonly LearningPoint[]): void {
  const bad = points.find(
    ({ structures, error }) =>
      !(structures > 0 && error > 0 && Number.isFinite(structures) && Number.isFinite(error)),
  );
  const amounts = new Set(points.map(({ structures }) => structures)).size;
  if (bad === undefined && amounts >= 2) return;
  throw new InvalidArgumentError('train/learning-points', 'no power law fits these points', {
    expected: 'two or more amounts of data, amounts and errors above 0',
    found:
      bad === undefined
        ? `${amounts} amount${amounts === 1 ? '' : 's'}`
        : `error ${bad.error} with ${bad.structures} structures`,
    where: 'points of the learning curve',
    hint: 'Train on subsets of different sizes, and judge them on labels that are not all zero.',
  });
}
