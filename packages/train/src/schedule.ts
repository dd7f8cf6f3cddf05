/** How the learning rate changes; every kind starts with a linear warm-up. */
export type ScheduleConfig =
  | { readonly type: 'constant'; readonly warmupSteps: number }
  | {
      readonly type: 'cosine';
      readonly warmupSteps: number;
      /** Fraction of the learning rate left at the end. */
      readonly final: number;
    }
  | {
      readonly type: 'plateau';
      readonly warmupSteps: number;
      /** Factor at each reduction. */
      readonly factor: number;
      /** Validations without improvement that are tolerated before a reduction. */
      readonly patience: number;
      /** Smallest fraction of the learning rate. */
      readonly final: number;
    };

/** Where training stands, as far as the schedule is concerned. */
export interface ScheduleState {
  /** Factor of the plateau rule, 1 at the start. */
  plateau: number;
  /** Best validation metric seen by the plateau rule, `null` before the first. */
  best: number | null;
  /** Validations since then. */
  waited: number;
}

/** State of a schedule before the first step. */
export function initialSchedule(): ScheduleState {
  return { plateau: 1, best: null, waited: 0 };
}

/**
 * Fraction of the learning rate to use for a step.
 *
 * @param step number of steps done before, 0 for the first
 * @param progress part of the whole training that is done, 0 to 1
 */
export function scheduleFactor(
  config: ScheduleConfig,
  step: number,
  progress: number,
  state: ScheduleState,
): number {
  const warmup = step < config.warmupSteps ? (step + 1) / config.warmupSteps : 1;
  switch (config.type) {
    case 'constant':
      return warmup;
    case 'cosine': {
      const cosine = 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
      return warmup * (config.final + (1 - config.final) * cosine);
    }
    case 'plateau':
      return warmup * state.plateau;
  }
}

/** Tells the plateau rule of a validation metric (smaller is better); returns whether it reduced. */
export function observePlateau(
  config: ScheduleConfig,
  state: ScheduleState,
  metric: number,
): boolean {
  if (config.type !== 'plateau') return false;
  if (state.best === null || metric < state.best) {
    state.best = metric;
    state.waited = 0;
    return false;
  }
  state.waited += 1;
  if (state.waited <= config.patience) return false;
  state.waited = 0;
  const reduced = Math.max(config.final, state.plateau * config.factor);
  const changed = reduced < state.plateau;
  state.plateau = reduced;
  return changed;
}
