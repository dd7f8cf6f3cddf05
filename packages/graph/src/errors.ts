/** What an error tells beside its message. */
export interface GraphErrorDetails {
  /** What was expected, as a phrase: `'[N, 3] float32'`. */
  readonly expected?: string;
  /** What was found instead, as a phrase. */
  readonly found?: string;
  /** Operator and scope, file, input name: wherever the user has to look. */
  readonly where?: string;
  /** What to do about it, as an imperative sentence. */
  readonly hint?: string;
  /** The error underneath, kept whole. */
  readonly cause?: unknown;
}

/**
 * Base of every error of this package.
 *
 * `code` is stable across versions and is what programs should test; subclasses exist where a
 * caller handles one kind of failure differently.
 */
export class GraphError extends Error {
  override readonly name: string = 'GraphError';
  readonly code: string;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly where: string | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: GraphErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.expected = details.expected;
    this.found = details.found;
    this.where = details.where;
    this.hint = details.hint;
  }
}

/** Shapes or element types do not fit an operator. */
export class ShapeError extends GraphError {
  override readonly name = 'ShapeError';
}

/** A gradient was asked for that does not exist. */
export class GradientError extends GraphError {
  override readonly name = 'GradientError';
}

/** A graph breaks an invariant: a defect of a pass, or of code that builds tensors by hand. */
export class VerificationError extends GraphError {
  override readonly name = 'VerificationError';
}

/** A model contains an operator whose result ONNX Runtime gets silently wrong. */
export class UnsafeModelError extends GraphError {
  override readonly name = 'UnsafeModelError';
}

/** Bytes are not an ONNX model: truncated, empty, another format, or refused by ONNX Runtime. */
export class ModelFormatError extends GraphError {
  override readonly name = 'ModelFormatError';
}

/** Feeds of a session or of the interpreter do not fit the graph's inputs. */
export class FeedError extends GraphError {
  override readonly name = 'FeedError';
}

/** A session was used after `release()`, or failed while running. */
export class SessionError extends GraphError {
  override readonly name = 'SessionError';
}
