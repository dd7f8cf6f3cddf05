import { createAtoms, FileFormatError, isMlffdError } from '@mlffd/core';
import type { Atoms, AtomsInput } from '@mlffd/core';

/** A place in a text, for error messages; line and column count from 1. */
export interface Place {
  readonly where: string;
  readonly line?: number;
  readonly column?: number;
}

/** What an error says beside its place. */
export interface Complaint {
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
  readonly cause?: unknown;
}

/** An error of the form `file:line:column: expected ..., found ...`. */
export function formatError(code: string, place: Place, complaint: Complaint): FileFormatError {
  const where = [place.where, place.line, place.column]
    .filter((part) => part !== undefined)
    .join(':');
  const { expected, found } = complaint;
  return new FileFormatError(code, `${where}: expected ${expected}, found ${found}`, {
    ...complaint,
    where,
  });
}

/** Text in quotes, short enough for an error message. */
export function quoted(text: string): string {
  return `'${text.length > 60 ? `${text.slice(0, 57)}...` : text}'`;
}

/**
 * A structure of what was read; `placeOf` tells where atom i is in the file.
 * @throws FileFormatError `<format>/...` for what no structure may have
 */
export function makeAtoms(
  format: string,
  input: AtomsInput,
  placeOf: (atom: number | undefined) => Place,
): Atoms {
  try {
    return createAtoms(input);
  } catch (cause) {
    if (!isMlffdError(cause)) throw cause;
    const atom = /atom (\d+)/.exec(cause.where ?? '');
    throw formatError(
      cause.code.replace('atoms/', `${format}/`),
      placeOf(atom === null ? undefined : Number(atom[1])),
      {
        expected: cause.expected ?? 'a valid structure',
        found: cause.found ?? cause.message,
        hint: cause.hint ?? 'Correct the structure, or leave it out.',
        cause,
      },
    );
  }
}
