/** What computes a student: WebAssembly kernels or ONNX Runtime. */
export type Backend = 'fused' | 'onnx';

/** Choices of a `StudentCalculator`. */
export interface StudentCalculatorOptions {
  /**
   * `fused`: WebAssembly, answers at once; `onnx`: ONNX Runtime, answers with a promise; `auto`
   * (default): fused where it serves the student, see `backendReason`.
   */
  readonly backend?: 'auto' | Backend;
  /** Threads of one call, default 1. On ONNX Runtime results do not depend on it, fused but for rounding. */
  readonly threads?: number;
  /** How much farther than the cutoff candidates for edges are kept, Angstrom; default 0.5. */
  readonly skin?: number;
  /** Default `student-FxT`, e.g. `student-44x3`. */
  readonly name?: string;
  /** Fused: filters from a table (default) or exact; see `FusedOptions`. */
  readonly filters?: 'table' | 'exact';
  /**
   * Bytes of a model to use instead of one made from the weights: that of a checkpoint, which has
   * one row per atom.
   */
  readonly model?: Uint8Array;
}
