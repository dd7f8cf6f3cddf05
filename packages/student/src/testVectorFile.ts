import { FileFormatError } from '@mlffd/core';

/** A structure and what the student says about it. */
export interface TestVector {
  readonly numbers: readonly number[];
  /** 3N, Angstrom. */
  readonly positions: readonly number[];
  /** 9, Angstrom. */
  readonly cell: readonly number[];
  readonly pbc: readonly boolean[];
  /** Total charge, e; only where the structure has one. */
  readonly charge?: number;
  /** Number of unpaired electrons; only where the structure has one. */
  readonly spin?: number;
  /** eV */
  readonly energy: number;
  /** 3N, eV/Angstrom. */
  readonly forces: readonly number[];
  /** Voigt, eV/Angstrom^3; only where all axes are periodic. */
  readonly stress?: readonly number[];
}

/** Content of `test-vectors.json`. */
export interface TestVectors {
  readonly units: string;
  readonly vectors: readonly TestVector[];
}

/**
 * Reads the text of `test-vectors.json`; `path` is for messages.
 *
 * @throws FileFormatError `student/test-vectors`
 */
export function decodeTestVectors(text: string, path: string): TestVectors {
  try {
    const content = JSON.parse(text) as TestVectors;
    if (Array.isArray(content.vectors)) return content;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  throw unreadable(path, undefined);
}

function unreadable(path: string, cause: unknown): FileFormatError {
  return new FileFormatError('student/test-vectors', `${path} holds no test vectors`, {
    expected: 'JSON with an array "vectors"',
    found: cause instanceof Error ? cause.message : 'something else',
    where: path,
    hint: 'Save the student again.',
    cause,
  });
}
