import {
  AbortedError,
  FileFormatError,
  FileSystemError,
  InvalidArgumentError,
  InvalidAtomsError,
  isMlffdError,
  MlffdError,
  PropertyNotAvailableError,
  UnsupportedElementError,
} from '../errors.ts';
import {
  CalculatorDiedError,
  CalculatorTimeoutError,
  CalculatorUnavailableError,
  isTransientError,
  isUnavailableError,
} from './calculatorErrors.ts';

/** What is left of an error on the way between threads, where classes are lost. */
export interface PackedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Present for errors of ours. */
  readonly code?: string;
  readonly details?: Readonly<Record<string, string>>;
  readonly transient?: true;
  readonly unavailable?: true;
}

/** Errors that a caller may want to tell apart, by name. */
const KINDS: Readonly<Record<string, typeof MlffdError>> = {
  AbortedError,
  CalculatorDiedError,
  CalculatorTimeoutError,
  CalculatorUnavailableError,
  FileFormatError,
  FileSystemError,
  InvalidArgumentError,
  InvalidAtomsError,
  PropertyNotAvailableError,
  UnsupportedElementError,
};

const DETAILS = ['expected', 'found', 'where', 'hint'] as const;

export function packError(error: unknown): PackedError {
  const { name, message, stack } = asError(error);
  const packed = {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(isTransientError(error) ? { transient: true as const } : {}),
    ...(isUnavailableError(error) ? { unavailable: true as const } : {}),
  };
  if (!isMlffdError(error)) return packed;
  const details: Record<string, string> = {};
  for (const key of DETAILS) {
    const text = error[key];
    if (text !== undefined) details[key] = text;
  }
  return { ...packed, code: error.code, details };
}

/** An error of the class it had, as far as that is one of core's; otherwise with name and code. */
export function unpackError(packed: PackedError): Error {
  const { name, message, stack, code, details, transient, unavailable } = packed;
  let error: Error;
  if (code === undefined) {
    error = new Error(message);
    error.name = name;
  } else {
    const Kind = name in KINDS ? KINDS[name] : MlffdError;
    error = new Kind(code, message, details);
  }
  if (stack !== undefined) error.stack = stack;
  return Object.assign(
    error,
    transient === undefined ? {} : { transient },
    unavailable === undefined ? {} : { unavailable },
  );
}

// Not `instanceof`: an error may come from another realm or another copy of a library.
function asError(error: unknown): { name: string; message: string; stack?: string } {
  if (typeof error !== 'object' || error === null || !('message' in error)) {
    return { name: 'Error', message: String(error) };
  }
  return {
    name: 'name' in error ? String(error.name) : 'Error',
    message: String(error.message),
    ...('stack' in error && typeof error.stack === 'string' ? { stack: error.stack } : {}),
  };
}
