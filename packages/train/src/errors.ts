import { MlffdError } from '@mlffd/core';

/** The training configuration is not usable: unknown key, wrong type, contradiction. */
export class TrainConfigError extends MlffdError {
  override readonly name = 'TrainConfigError';
}

/** Labels cannot be trained on: NaN, wrong length, none of the kind that the loss asks for. */
export class LabelError extends MlffdError {
  override readonly name = 'LabelError';
}

/** A checkpoint is truncated, damaged or from another format version, and no older one helps. */
export class CheckpointError extends MlffdError {
  override readonly name = 'CheckpointError';
}

/** A resume was asked with another configuration, dataset or split than the run was started with. */
export class ResumeMismatchError extends MlffdError {
  override readonly name = 'ResumeMismatchError';
}

/** Training diverged again after every rollback that was allowed. */
export class DivergenceError extends MlffdError {
  override readonly name = 'DivergenceError';
}

/** A training worker could not be started or died. */
export class TrainWorkerError extends MlffdError {
  override readonly name = 'TrainWorkerError';
}
