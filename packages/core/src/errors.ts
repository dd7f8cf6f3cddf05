/** What an error tells beside its message; every field is shown to the user by the CLI. */
export interface MlffdErrorDetails {
  /** What was expected, as a phrase: `'3 finite coordinates per atom'`. */
  readonly expected?: string;
  /** What was found instead, as a phrase: `'NaN for atom 4, y'`. */
  readonly found?: string;
  /** File, line, structure index, key: wherever the user has to look. */
  readonly where?: string;
  /** What to do about it, as an imperative sentence. */
  readonly hint?: string;
  /** The error underneath, kept whole. */
  readonly cause?: unknown;
}

/**
 * Base of every error that a user of the packages can cause.
 *
 * `code` is stable across versions and is what programs should test; subclasses exist where a
 * caller handles one kind of failure differently.
 */
export class MlffdError extends Error {
  override readonly name: string = 'MlffdError';
  readonly code: string;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: MlffdErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.expected = details.expected;
    this.found = details.found;
    this.where = details.where;
    this.hint = details.hint;
  }
}

/** True for any `MlffdError`, also one that crossed a realm or came from another copy of the package. */
export function isMlffdError(error: unknown): error is MlffdError {
  return (
    error instanceof MlffdError ||
    (typeof error === 'object' &&
      error !== null &&
      'code' in error &&
      'hint' in error &&
      'where' in error &&
      'message' in error)
  );
}

/** The structure itself is unusable: NaN position, zero volume, unknown element, wrong lengths. */
export class InvalidAtomsError extends MlffdError {
  override readonly name = 'InvalidAtomsError';
}

/** A calculator was asked for a property that it does not provide. */
export class PropertyNotAvailableError extends MlffdError {
  override readonly name = 'PropertyNotAvailableError';
}

/** A calculator was given an element that it has no parameters for. */
export class UnsupportedElementError extends MlffdError {
  override readonly name = 'UnsupportedElementError';
}

/** A file's content is not what its format demands: truncated, empty, malformed. */
export class FileFormatError extends MlffdError {
  override readonly name = 'FileFormatError';
}

/** The file system refused: not found, not writable, disk full. */
export class FileSystemError extends MlffdError {
  override readonly name = 'FileSystemError';
}

/** The caller asked to stop (`AbortSignal`); what was finished before is kept. */
export class AbortedError extends MlffdError {
  override readonly name = 'AbortedError';
}

/** An argument is outside what the function accepts: negative cutoff, fractional seed, empty list. */
export class InvalidArgumentError extends MlffdError {
  override readonly name = 'InvalidArgumentError';
}
