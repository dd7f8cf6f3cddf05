import { MlffdError, type MlffdErrorDetails } from '@mlffd/core';
import { shellCommand } from '../python/shellCommand.ts';
import type { DriverEnd } from './driverProcess.ts';

const TRANSIENT: ReadonlySet<string> = new Set([
  'teachers/ipi-disconnected',
  'teachers/ipi-no-driver',
  'teachers/ipi-timeout',
]);

/** What there is beside the fields of every error. */
export interface IpiTeacherErrorDetails extends MlffdErrorDetails {
  /** Last lines that the driver printed, where the teacher has started it. */
  readonly log?: readonly string[] | undefined;
}

/**
 * A teacher behind an i-PI socket failed.
 *
 * Another try may succeed (`transient`): `teachers/ipi-disconnected`, `teachers/ipi-no-driver`,
 * `teachers/ipi-timeout`. About the driver: `teachers/ipi-start-failed`, `teachers/ipi-protocol`,
 * `teachers/ipi-atom-count`. About the structure: `teachers/ipi-species`, `teachers/ipi-not-finite`.
 * About the address: `teachers/ipi-listen`.
 */
export class IpiTeacherError extends MlffdError {
  override readonly name = 'IpiTeacherError';
  readonly transient: boolean;
  readonly log: readonly string[];

  constructor(code: string, message: string, details: IpiTeacherErrorDetails = {}) {
    super(code, message, details);
    this.transient = TRANSIENT.has(code);
    this.log = details.log ?? [];
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

/** What was to be started, for the errors of the start. */
export interface StartContext {
  readonly driver: string;
  readonly command: readonly string[];
  /** Address that it should connect to. */
  readonly address: string;
}

/** A driver that the teacher has started ended before it was there. */
export function startDiedError(
  { driver, command, address }: StartContext,
  { reason, isMissing, log }: DriverEnd,
  cause: unknown,
): IpiTeacherError {
  return new IpiTeacherError(
    'teachers/ipi-start-failed',
    isMissing
      ? `${driver} cannot be started: there is no program ${command[0]}`
      : `${driver} ended at its start (${reason})`,
    {
      log,
      expected: `an i-PI driver that connects to ${address}`,
      found: [reason, ...log].join('\n'),
      where: shellCommand(command),
      hint: isMissing
        ? 'Give the path of the program in `command`, or add its folder to PATH.'
        : 'Run the command by itself: a good one ends since nobody listens at that address.',
      cause,
    },
  );
}

/** A driver that the teacher has started runs, but does not connect. */
export function startTimeoutError(
  { driver, command, address }: StartContext,
  seconds: number,
  { log, cause }: { readonly log: readonly string[]; readonly cause: unknown },
): IpiTeacherError {
  return new IpiTeacherError(
    'teachers/ipi-start-failed',
    `${driver} was not ready within ${seconds} s`,
    {
      log,
      expected: `an i-PI driver that connects to ${address} within ${seconds} s`,
      found: ['none; it has printed:', ...log].join('\n'),
      where: shellCommand(command),
      hint: 'Check that the driver is told this address, by placeholders such as {address} or {port}; or raise `acceptTimeout`.',
      cause,
    },
  );
}

/** The reason why a connection was lost, with what became of the driver's process. */
export function lostError(error: IpiTeacherError, { reason, log }: DriverEnd): IpiTeacherError {
  const { code, message, expected, found, where, hint } = error;
  const end = `the driver ended: ${reason}`;
  return new IpiTeacherError(code, `${message} (${end})`, {
    ...(expected === undefined ? {} : { expected }),
    found: [...(found === undefined ? [] : [found]), end, ...log].join('\n'),
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
    log,
    cause: error,
  });
}

/** Nobody can be asked any more. */
export function disposedError(teacher: string): MlffdError {
  return new MlffdError('calculator/disposed', `${teacher} has been disposed of`, {
    hint: 'Start another teacher.',
  });
}
