import { MlffdError, type MlffdErrorDetails } from '@mlffd/core';

const TRANSIENT: ReadonlySet<string> = new Set([
  'teachers/ipi-disconnected',
  'teachers/ipi-no-driver',
  'teachers/ipi-timeout',
]);

/**
 * A teacher behind an i-PI socket failed.
 *
 * Another try may succeed (`transient`): `teachers/ipi-disconnected`, `teachers/ipi-no-driver`,
 * `teachers/ipi-timeout`. About the driver: `teachers/ipi-protocol`, `teachers/ipi-atom-count`. About
 * the structure: `teachers/ipi-species`, `teachers/ipi-not-finite`. About the address:
 * `teachers/ipi-listen`.
 */
export class IpiTeacherError extends MlffdError {
  override readonly name = 'IpiTeacherError';
  readonly transient: boolean;

  constructor(code: string, message: string, details: MlffdErrorDetails = {}) {
    super(code, message, details);
    this.transient = TRANSIENT.has(code);
  }
}

/** The driver closed the connection, or it broke. */
export function disconnectedError(driver: string, phase: string, cause?: Error): IpiTeacherError {
  return new IpiTeacherError('teachers/ipi-disconnected', `${driver} disconnected while ${phase}`, {
    where: driver,
    found: cause === undefined ? 'the end of the connection' : cause.message,
    hint: 'Look into the output of the driver; it may connect again and is then used again.',
    cause,
  });
}

/** The driver sent what the protocol does not allow here. */
export function protocolError(
  driver: string,
  phase: string,
  details: { readonly expected: string; readonly found: string },
): IpiTeacherError {
  return new IpiTeacherError(
    'teachers/ipi-protocol',
    `${driver} broke the i-PI protocol while ${phase}: ${details.found}`,
    {
      ...details,
      where: driver,
      hint: 'Check that an i-PI driver is at the other end. Its connection was closed.',
    },
  );
}

/** The answer has another number of atoms than the question. */
export function atomCountError(driver: string, expected: number, found: number): IpiTeacherError {
  return new IpiTeacherError(
    'teachers/ipi-atom-count',
    `${driver} answered for ${found} atoms instead of ${expected}`,
    {
      expected: `${expected} atoms`,
      found: String(found),
      where: driver,
      hint: 'Start the driver with the structure that it is asked about.',
    },
  );
}

/** The answer holds NaN or an infinity. */
export function notFiniteError(driver: string, what: string): IpiTeacherError {
  return new IpiTeacherError('teachers/ipi-not-finite', `${driver}: ${what}`, {
    expected: 'finite numbers',
    found: what,
    where: driver,
    hint: 'Leave this structure out; look for atoms that are too close.',
  });
}

/** No answer in time. */
export function ipiTimeoutError(driver: string, phase: string, seconds: number): IpiTeacherError {
  return new IpiTeacherError(
    'teachers/ipi-timeout',
    `${driver} gave no answer within ${seconds} s while ${phase}`,
    {
      expected: `an answer within ${seconds} s`,
      found: 'none',
      where: driver,
      hint: 'Raise `timeout` (seconds for one answer), or leave this structure out.',
    },
  );
}

/** No driver came. */
export function noDriverError(
  teacher: string,
  address: string,
  details: {
    readonly seconds: number;
    readonly expected: number;
    readonly found: number;
    /** What happened to the last connection. */
    readonly cause: unknown;
  },
): IpiTeacherError {
  const { seconds, expected, found, cause } = details;
  return new IpiTeacherError(
    'teachers/ipi-no-driver',
    `${teacher} has ${found} of ${expected} drivers after ${seconds} s`,
    {
      expected: `${expected} ${expected === 1 ? 'driver' : 'drivers'} within ${seconds} s`,
      found: String(found),
      where: address,
      hint: `Start an i-PI driver that connects to ${address}, or raise \`acceptTimeout\`.`,
      cause,
    },
  );
}
