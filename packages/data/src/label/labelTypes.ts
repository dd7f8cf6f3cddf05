/** Why one structure has no labels. */
export interface LabelFailure {
  readonly id: string;
  /** Stable code: that of the calculator's error, or `data/non-finite`, `data/wrong-length`,
   * `data/missing-property`, `data/energies-sum`, `data/label-timeout`. */
  readonly code: string;
  readonly message: string;
  /** Times that the calculator was asked; absent in journals of version 0.1.0. */
  readonly attempts?: number;
}

/** What a labelling run has done. */
export interface LabelSummary {
  /** Structures in the folder now, with labels. */
  readonly labelled: number;
  /** Structures that failed, in this run and the earlier ones. */
  readonly failed: readonly LabelFailure[];
  /** `labelled / (labelled + failed)`; 1 for an empty set. */
  readonly successRate: number;
  /** Structures that an earlier run had finished, not computed again. */
  readonly skipped: number;
  /** Structures whose labels came along with them, not computed again. */
  readonly reused: number;
  /** Structures that the calculator was asked for in this run. */
  readonly computed: number;
  /** Calls that were made again after one that died or took too long. */
  readonly retries: number;
  readonly shards: number;
  /** Wall time of this run, s. */
  readonly seconds: number;
}
