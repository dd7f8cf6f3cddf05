import { InvalidArgumentError, MlffdError, type MlffdErrorDetails } from '@mlffd/core';
import type { MdFrame } from './frame.ts';

/** Details of an {@link MdError}: those of every error, and the frame at which the run broke. */
export interface MdErrorDetails extends MlffdErrorDetails {
  readonly frame?: MdFrame;
  /** File that holds the frame. */
  readonly dump?: string;
}

/**
 * A simulation that cannot start or cannot go on.
 *
 * | `code` | meaning |
 * |---|---|
 * | `md/zero-velocities` | NVE from rest, which is hardly ever meant |
 * | `md/missing-result` | the calculator left out energy or forces, or gave arrays of a wrong length |
 * | `md/non-finite` | NaN or Infinity in energy, forces, positions or velocities |
 * | `md/too-hot` | kinetic temperature above the limit |
 * | `md/force-limit` | a force above the limit |
 * | `md/close-contact` | two atoms nearer than the limit |
 * | `md/temperature-spike`, `md/force-spike` | far above the running mean |
 * | `md/broken-bond`, `md/new-bond` | bonds are not those of the reference |
 * | `md/outside-training` | an element, a distance or a number of neighbours unseen in training |
 * | `md/uncertain` | the calculator says that a force is uncertain |
 * | `md/energy-drift` | the conserved quantity is not conserved |
 * | `md/unstable-cell` | a barostat changes the lengths of the cell by more than a factor of 2 in one step |
 * | `md/restart-mismatch` | a restart file of another system or another integrator |
 *
 * Arguments out of range throw InvalidArgumentError (`md/invalid-option`) instead. Errors raised by a guard during a run carry the `frame` where it happened.
 */
export class MdError extends MlffdError {
  override readonly name = 'MdError';
  readonly frame: MdFrame | undefined;
  /** File that holds the frame, where the run has a `dumpFolder`. */
  readonly dump: string | undefined;

  constructor(code: string, message: string, details: MdErrorDetails = {}) {
    super(code, message, details);
    this.frame = details.frame;
    this.dump = details.dump;
  }
}

/** Throws InvalidArgumentError unless `value` is a finite number above zero. */
export function requirePositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new InvalidArgumentError('md/invalid-option', `${name} must be a finite number above 0`, {
    expected: 'a finite number > 0',
    found: String(value),
    where: name,
    hint: `Give ${name} a value above zero.`,
  });
}

/** Throws InvalidArgumentError unless `value` is a finite number. */
export function requireFinite(name: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new InvalidArgumentError('md/invalid-option', `${name} must be a finite number`, {
    expected: 'a finite number',
    found: String(value),
    where: name,
    hint: `Give ${name} a finite value.`,
  });
}

/** Throws InvalidArgumentError unless `value` is an integer of at least `least`. */
export function requireInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new InvalidArgumentError(
    'md/invalid-option',
    `${name} must be an integer of at least ${least}`,
    {
      expected: `an integer >= ${least}`,
      found: String(value),
      where: name,
      hint: `Give ${name} an integer of at least ${least}.`,
    },
  );
}

/** Throws InvalidArgumentError unless the array has `length` finite values. */
export function requireArray(name: string, values: ArrayLike<number>, length: number): void {
  if (values.length !== length) {
    throw new InvalidArgumentError(
      'md/invalid-option',
      `${name} has ${values.length} values, not ${length}`,
      {
        expected: `${length} values`,
        found: `${values.length} values`,
        where: name,
        hint: `Give ${name} one value per atom and component.`,
      },
    );
  }
  for (let k = 0; k < length; k += 1) {
    if (Number.isFinite(values[k])) continue;
    throw new InvalidArgumentError(
      'md/invalid-option',
      `${name} holds a value that is not finite`,
      {
        expected: 'finite values',
        found: `${String(values[k])} at index ${k}`,
        where: name,
        hint: `Look at where ${name} came from.`,
      },
    );
  }
}
