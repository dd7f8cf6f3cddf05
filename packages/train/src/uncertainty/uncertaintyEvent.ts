/** Progress of `fitUncertainty`, `calibrate` and `coverage`. */
export interface UncertaintyEvent {
  readonly type: 'uncertainty';
  /**
   * `train`: what the last layer sees of the training set; `validation`: of the validation set;
   * `calibrate`, `coverage`: errors and spread.
   */
  readonly phase: 'train' | 'validation' | 'calibrate' | 'coverage';
  readonly done: number;
  readonly total: number;
}

/** What everything that runs over many structures takes. */
export interface UncertaintyProgress {
  readonly onEvent?: ((event: UncertaintyEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}
