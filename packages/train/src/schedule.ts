/** How the learning rate changes; every kind but `one-cycle` starts with a linear warm-up. */
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
      /** Part of the running mean of the metric that is kept at each validation; 0 takes it as it is. */
      readonly smoothing: number;
      /** Smallest fraction of the learning rate. */
      readonly final: number;
    }
  | {
      /** Up and down along two halves of a cosine (Smith and Topin 2018), without cycling the momentum. */
      readonly type: 'one-cycle';
      /** Part of training at which the learning rate is at its peak. */
      readonly rise: number;
      /** Fraction of the learning rate at the start. */
      readonly initial: number;
      /** Fraction of the learning rate left at the end. */
      readonly final: number;
    };

/** Where training stands, as far as the schedule is concerned. */
export interface ScheduleState {
  /** Factor of the plateau rule, 1 at the start. */
  plateau: number;
  /** Running mean of the validation metric, `null` before the first. */
  smoothed: number | null;
  /** Its best value so far, `null` before the first. */
  best: number | null;
  /** Validations since then. */
  waited: number;
}

/** State of a schedule before the first step. */
export function initialSchedule(): ScheduleState {
  return { plateau: 1, smoothed: null, best: null, waited: 0 };
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
  if (config.type === 'one-cycle') return oneCycle(config, Math.min(1, progress));
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

function oneCycle(
  { rise, initial, final }: Extract<ScheduleConfig, { type: 'one-cycle' }>,
  progress: number,
): number {
  const between = (from: number, to: number, part: number): number =>
    to + 0.5 * (from - to) * (1 + Math.cos(Math.PI * part));
  return progress < rise
    ? between(initial, 1, progress / rise)
    : between(1, final, (progress - rise) / (1 - rise));
}

/** Tells the plateau rule of a validation metric (smaller is better); returns whether it reduced. */
export function observePlateau(
  config: ScheduleConfig,
  state: ScheduleState,
  metric: number,
): boolean {
  if (config.type !== 'plateau') return false;
  const { smoothing } = config;
  const smoothed =
    state.smoothed === null ? metric : smoothing * state.smoothed + (1 - smoothing) * metric;
  state.smoothed = smoothed;
  if (state.best === null || smoothed < state.best) {
    state.best = smoothed;
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
