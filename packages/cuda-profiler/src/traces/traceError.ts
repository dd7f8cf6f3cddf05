import { FileFormatError, type MlffdErrorDetails } from '@mlffd/core';

/** The error of a trace that cannot be read; `where` is the file. */
export function traceError(
  code: string,
  where: string,
  details: Pick<MlffdErrorDetails, 'expected' | 'found' | 'hint' | 'cause'>,
): FileFormatError {
  const message = `${where}: no readable trace: ${details.found ?? 'unknown content'}`;
  return new FileFormatError(`trace/${code}`, message, { where, ...details });
}

/** What a caught value says. */
export function messageOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause
    ? String(cause.message)
    : String(cause);
}
