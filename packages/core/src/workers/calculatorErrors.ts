import { MlffdError } from '../errors.ts';

/** A calculator did not answer within the time it was given; the same call may succeed later. */
export class CalculatorTimeoutError extends MlffdError {
  override readonly name = 'CalculatorTimeoutError';
  readonly transient = true;
}

/** The thread or process of a calculator ended in the middle of a call; another try may succeed. */
export class CalculatorDiedError extends MlffdError {
  override readonly name = 'CalculatorDiedError';
  readonly transient = true;
}

/** A calculator cannot be started any more: no call will succeed, whatever the structure. */
export class CalculatorUnavailableError extends MlffdError {
  override readonly name = 'CalculatorUnavailableError';
  readonly unavailable = true;
}

/**
 * True for a failure that is not the structure's fault: the same call may succeed when it is
 * repeated. An error of any class says so with `transient: true`.
 */
export function isTransientError(error: unknown): boolean {
  return hasFlag(error, 'transient');
}

/**
 * True when the calculator is gone for good, so that further calls are pointless. An error of any
 * class says so with `unavailable: true`.
 */
export function isUnavailableError(error: unknown): boolean {
  return hasFlag(error, 'unavailable');
}

function hasFlag(error: unknown, flag: 'transient' | 'unavailable'): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as Readonly<Record<string, unknown>>)[flag] === true
  );
}
