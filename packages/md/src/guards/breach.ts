import { MdError } from '../errors.ts';
import type { MdFrame } from '../frame.ts';
import type { GuardName } from './limits.ts';

/** A limit that was passed. */
export interface Breach {
  readonly guard: GuardName;
  /** Of the error that it makes. */
  readonly code: string;
  /** One sentence without a full stop. */
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** The error of a run that a breach stops. */
export function breachError(breach: Omit<Breach, 'guard'>, frame: MdFrame): MdError {
  const where = `step ${frame.step}`;
  const { code, message, expected, found, hint } = breach;
  return new MdError(code, `${message} at ${where}`, { expected, found, where, hint, frame });
}
