import { MlffdError, type MlffdErrorDetails, PropertyNotAvailableError } from '@mlffd/core';
import type { WorkerEnd } from './workerProcess.ts';

/** Lines of a log that go into an error. */
const LOG_LINES = 12;

const TRANSIENT: ReadonlySet<string> = new Set(['teachers/timeout', 'teachers/worker-died']);

/** What there is beside the fields of every error. */
export interface PythonTeacherErrorDetails extends MlffdErrorDetails {
  /** Class of the Python exception. */
  readonly pythonType?: string | undefined;
  /** Last lines of the Python traceback. */
  readonly traceback?: readonly string[] | undefined;
  /** Last lines that the worker wrote to stderr. */
  readonly log?: readonly string[] | undefined;
}

/**
 * A Python teacher failed. Codes about one structure, after which the teacher goes on:
 * `teachers/timeout`, `teachers/worker-died`, `teachers/python-error`, `teachers/not-converged`,
 * `teachers/not-finite`, `teachers/unsupported-structure`. Codes about the teacher:
 * `teachers/no-python`, `teachers/new-python`, `teachers/missing-package`, `teachers/old-package`,
 * `teachers/missing-weights`, `teachers/missing-file`, `teachers/bad-weights`, `teachers/offline`,
 * `teachers/no-calculator`, `teachers/calculator-arguments`, `teachers/start-failed`,
 * `teachers/changed`.
 */
export class PythonTeacherError extends MlffdError {
  override readonly name = 'PythonTeacherError';
  readonly pythonType: string | undefined;
  readonly traceback: readonly string[];
  readonly log: readonly string[];
  /** True where another try may succeed: the worker was lost, not the structure refused. */
  readonly transient: boolean;

  constructor(code: string, message: string, details: PythonTeacherErrorDetails = {}) {
    super(code, message, details);
    this.pythonType = details.pythonType;
    this.traceback = details.traceback ?? [];
    this.log = details.log ?? [];
    this.transient = TRANSIENT.has(code);
  }
}

/** What a worker says of a structure without an answer. */
export interface StructureFailure {
  readonly kind: string;
  readonly message: string;
  readonly type?: string;
  readonly traceback?: readonly string[];
  readonly property?: string;
  readonly hint?: string;
}

/** The error of a structure that the worker could not answer but survived. */
export function structureError(
  teacher: string,
  failure: StructureFailure,
  log: readonly string[],
): MlffdError {
  const { kind, message, type, traceback, property, hint } = failure;
  const details = { pythonType: type, traceback, log: log.slice(-LOG_LINES) };
  const thrown = type === undefined ? message : `${type}: ${message}`;
  if (kind === 'missing-property') {
    return new PropertyNotAvailableError('calculator/property-not-available', message, {
      ...(property === undefined ? {} : { found: property }),
      where: teacher,
      hint: 'Leave it out of the properties asked for, or give the structure a full cell.',
    });
  }
  if (kind === 'not-converged') {
    return new PythonTeacherError('teachers/not-converged', `${teacher} did not converge`, {
      ...details,
      found: thrown,
      hint: 'Leave this structure out; check its charge, spin and close contacts.',
    });
  }
  if (kind === 'not-finite') {
    return new PythonTeacherError('teachers/not-finite', `${teacher}: ${message}`, {
      ...details,
      expected: 'finite numbers',
      found: message,
      hint: 'Leave this structure out; look for atoms that are too close.',
    });
  }
  // Calculators say by a kind of their own what they do not take.
  if (type === undefined && kind !== 'shape') {
    return new PythonTeacherError('teachers/unsupported-structure', `${teacher}: ${message}`, {
      ...details,
      found: message,
      hint: hint ?? 'Leave this structure out.',
    });
  }
  const where = traceback?.slice(-LOG_LINES).join('\n');
  return new PythonTeacherError('teachers/python-error', `${teacher} raised ${thrown}`, {
    ...details,
    found: thrown,
    ...(where === undefined ? {} : { where }),
    hint: 'The calculator refused this structure; the next one is computed as usual.',
  });
}

/** The error of the structure under way when a worker ended by itself. */
export function diedError(teacher: string, end: WorkerEnd): PythonTeacherError {
  const log = end.log.slice(-LOG_LINES);
  return new PythonTeacherError(
    'teachers/worker-died',
    `the Python worker of ${teacher} died (${end.reason})`,
    {
      log,
      found: [end.reason, ...log].join('\n'),
      hint:
        end.reason === 'SIGKILL'
          ? 'Look for a lack of memory: use fewer workers, or leave such structures out.'
          : 'Leave this structure out if it happens again; a new worker takes over.',
    },
  );
}

/** The error of a structure that took too long. */
export function timeoutError(teacher: string, seconds: number, end: WorkerEnd): PythonTeacherError {
  const log = end.log.slice(-LOG_LINES);
  return new PythonTeacherError(
    'teachers/timeout',
    `${teacher} gave no answer for a structure within ${seconds} s`,
    {
      log,
      expected: `an answer within ${seconds} s`,
      found: ['none; it was at:', ...log].join('\n'),
      hint: 'Raise `timeout` (seconds for one structure), or leave this structure out.',
    },
  );
}
