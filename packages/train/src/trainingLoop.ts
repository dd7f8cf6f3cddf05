import { ActivationProbe, activationWarning } from './activationHealth.ts';
import { clipFactor } from './adamw.ts';
import { epochBatches, microBatches } from './batching.ts';
import type { TrainConfig } from './config.ts';
import { createEngine } from './createEngine.ts';
import type { CurvePoint } from './curve.ts';
import { averageLoss } from './divergence.ts';
import type { Engine } from './engine.ts';
import { EdgeStream } from './edgeStream.ts';
import { DivergenceError } from './errors.ts';
import type { StopReason, TrainEvent } from './events.ts';
import { guardedGradient } from './guardedGradient.ts';
import type { BatchLoss, GuardedLoss } from './guardedGradient.ts';
import type { HessianTurn } from './hessianTurn.ts';
import type { Metrics } from './metrics.ts';
import { Pace } from './pace.ts';
import type { ParameterLayout } from './parameterLayout.ts';
import type { RunLog } from './runLog.ts';
import { observePlateau, scheduleFactor } from './schedule.ts';
import { stageAt } from './stages.ts';
import type { Stage } from './stages.ts';
import { HealthProbe } from './stepHealth.ts';
import type { StepHealth } from './stepHealth.ts';
import type { Suspect } from './suspect.ts';
import type { TrainingData } from './trainingData.ts';
import { emptySums } from './trainingState.ts';
import type { TrainingState } from './trainingState.ts';
import { Judge } from './validationMetric.ts';

/** Micro-batches of a validation between two looks at the signal to stop. */
const PIECES_BETWEEN_CHECKS = 64;

/** What a loop works with. */
export interface TrainingLoopOptions {
  readonly config: TrainConfig;
  readonly data: TrainingData;
  readonly layout: ParameterLayout;
  readonly state: TrainingState;
  readonly log: RunLog;
  readonly emit: (event: TrainEvent) => void;
  /** Writes a checkpoint of the present state. */
  readonly save: () => void;
  readonly signal: AbortSignal | undefined;
}

/** How a loop ended. */
export interface LoopOutcome {
  readonly reason: StopReason | 'aborted';
  /** Metrics of the weights that the run would return now. */
  readonly metrics: Metrics | null;
}

/**
 * The steps, validations and rollbacks of a run.
 *
 * What happens next depends on `state` alone, never on the clock or on the process, except for when
 * checkpoints are written and the run is interrupted: that is what makes a resume exact.
 */
export class TrainingLoop {
  readonly #options: TrainingLoopOptions;
  readonly #pace: Pace;
  readonly #health: HealthProbe;
  readonly #judge: Judge;
  #batches: Int32Array[] = [];
  #batchesOf = -1;
  #stream: EdgeStream | undefined;
  #activations: ActivationProbe | undefined;
  #savedAt: number;

  constructor(options: TrainingLoopOptions) {
    this.#options = options;
    this.#prepareEpoch();
    this.#pace = new Pace(seconds(), this.#fraction());
    this.#savedAt = seconds();
    this.#health = new HealthProbe(options.layout);
    this.#judge = new Judge(options.config.validation.metric, options.data.validation);
  }

  /** Works until the run is finished, interrupted or out of time. */
  async run(): Promise<LoopOutcome> {
    const { config, data, layout, state } = this.#options;
    const engine = await createEngine({ config, data, layout, parameters: state.parameters });
    try {
      if (data.stream !== undefined && state.progress.finished === null) {
        const { epoch, cursor } = state.progress;
        const over = cursor === this.#batches.length;
        const start = over ? { epoch: epoch + 1, position: 0 } : { epoch, position: cursor };
        this.#stream = await EdgeStream.open({
          source: data.stream,
          set: data.train,
          config,
          start,
        });
      }
      const reason = await this.#work(engine);
      if (reason === 'aborted') return { reason, metrics: null };
      return { reason, metrics: await this.#finalMetrics(engine) };
    } finally {
      await this.#stream?.close();
      await this.#activations?.release();
      await engine.close();
    }
  }

  async #work(engine: Engine): Promise<LoopOutcome['reason']> {
    const { config, state, signal, save } = this.#options;
    for (;;) {
      const { progress } = state;
      if (progress.finished !== null) return progress.finished;
      if (signal?.aborted === true) {
        save();
        return 'aborted';
      }
      if (config.maxSeconds > 0 && this.#pace.elapsed(seconds()) > config.maxSeconds) {
        save();
        return 'time';
      }
      this.#prepareEpoch();
      const outOfSteps = progress.step === config.steps;
      if (progress.cursor < this.#batches.length && !outOfSteps) {
        await this.#step(engine);
        this.#saveIfDue();
      } else if (await this.#endEpoch(engine, outOfSteps)) {
        save();
        this.#savedAt = seconds();
      }
    }
  }

  #prepareEpoch(): void {
    const { config, data, state } = this.#options;
    const { epoch } = state.progress;
    if (epoch === this.#batchesOf) return;
    this.#batches = epochBatches(data.train.columns, config, { seed: config.seed, epoch });
    this.#batchesOf = epoch;
  }

  /** Part of the run that is done. */
  #fraction(): number {
    const { config, state } = this.#options;
    const { step, epoch, cursor } = state.progress;
    if (config.steps !== undefined) return step / config.steps;
    return (epoch + cursor / this.#batches.length) / (config.epochs ?? 1);
  }

  /** The stage of the next step, which begins it if it is the first one. */
  #enterStage(): Stage {
    const { config, state, emit } = this.#options;
    const { progress } = state;
    const stage = stageAt(config, this.#fraction());
    if (stage.index !== progress.stage.index) {
      state.beginStage(stage.index, stage.restart);
      const { step } = progress;
      const { index, loss } = stage;
      emit({ type: 'stage', step, stage: index, stages: config.stages.length, loss });
    }
    return stage;
  }

  async #step(engine: Engine): Promise<void> {
    const { config, data, layout, state } = this.#options;
    const { progress } = state;
    const stage = this.#enterStage();
    const batch = this.#batches[progress.cursor];
    await this.#stream?.load(batch);
    const found = await guardedGradient(batch, {
      engine,
      train: data.train,
      layout,
      config,
      factors: stage.loss,
      turn: this.#hessianTurn(stage),
      average: progress.lossAverage,
      mayLeaveOut: (index) =>
        progress.outliers.includes(index) || progress.outliers.length < config.guard.outliers,
    });
    const logged = (progress.step + 1) % config.logEvery === 0;
    let health: StepHealth | undefined;
    if (found.usable) {
      if (found.suspect !== undefined) this.#tellOutlier(found, found.suspect);
      health = this.#update(engine, found, stage, logged);
    } else {
      this.#rollBack(found);
    }
    progress.step += 1;
    progress.cursor += 1;
    this.#pace.add(batch.length);
    if (logged) this.#logStep(found, health);
  }

  /** Which structures carry the Hessian term in this epoch; a stage without it pays nothing. */
  #hessianTurn({ loss }: Stage): HessianTurn | undefined {
    const { config, state } = this.#options;
    if (config.hessian === undefined || (loss.hessian ?? 0) === 0) return undefined;
    return { seed: config.seed, epoch: state.progress.epoch, share: config.hessian.share };
  }

  /** Takes a step along the gradient; tells how the blocks fare if it is asked to. */
  #update(
    engine: Engine,
    { loss, terms, gradientNorm }: BatchLoss,
    stage: Stage,
    probe: boolean,
  ): StepHealth | undefined {
    const { config, state } = this.#options;
    const { progress, optimizer, ema, parameters } = state;
    if (progress.step % config.guard.every === 0) state.markGood();
    progress.learningRate =
      stage.learningRate * this.#scheduleFactor(stage) * progress.learningRateScale;
    const clip = clipFactor(gradientNorm, config.optimizer.clipNorm);
    if (probe) this.#health.start(parameters);
    optimizer.update(parameters, engine.sum, progress.learningRate, clip);
    ema.update(parameters);
    progress.lossAverage = averageLoss(progress.lossAverage, loss);
    const { sums } = progress;
    sums.steps += 1;
    sums.loss += loss;
    sums.energy += terms.energy;
    sums.forces += terms.forces;
    sums.stress += terms.stress;
    if (terms.hessian !== undefined) {
      sums.hessian = (sums.hessian ?? 0) + terms.hessian;
      sums.hessianSteps = (sums.hessianSteps ?? 0) + 1;
    }
    if (terms.nodeEnergies !== undefined) {
      sums.nodeEnergies = (sums.nodeEnergies ?? 0) + terms.nodeEnergies;
      sums.nodeEnergySteps = (sums.nodeEnergySteps ?? 0) + 1;
    }
    sums.gradientNorm += gradientNorm;
    sums.largestGradientNorm = Math.max(sums.largestGradientNorm, gradientNorm);
    if (clip < 1 && sums.clipped !== null) sums.clipped += 1;
    if (!probe) return undefined;
    return {
      clipped: sums.clipped === null ? null : sums.clipped / sums.steps,
      blocks: this.#health.finish(parameters, engine.sum),
    };
  }

  /** Fraction of the learning rate, over the run or over a stage that starts anew. */
  #scheduleFactor({ restart, start, end }: Stage): number {
    const { config, state } = this.#options;
    const { step, stage, schedule } = state.progress;
    const fraction = this.#fraction();
    return restart
      ? scheduleFactor(
          config.schedule,
          step - stage.firstStep,
          (fraction - start) / (end - start),
          schedule,
        )
      : scheduleFactor(config.schedule, step, fraction, schedule);
  }

  #logStep({ loss, terms, gradientNorm }: BatchLoss, health: StepHealth | undefined): void {
    const { config, state, log, emit } = this.#options;
    const { step, epoch, learningRate } = state.progress;
    log.append({ step, epoch, loss, ...terms, learningRate, gradientNorm, ...health });
    const now = seconds();
    const fraction = this.#fraction();
    emit({
      type: 'step',
      step,
      steps: config.steps ?? Math.round(step / fraction),
      epoch,
      loss,
      learningRate,
      gradientNorm,
      structuresPerSecond: this.#pace.structuresPerSecond(now),
      waiting: (this.#stream?.waited ?? 0) / Math.max(this.#pace.elapsed(now), 1e-9),
      secondsLeft: this.#pace.secondsLeft(now, fraction),
      health,
    });
  }

  #tellOutlier({ reason = '' }: GuardedLoss, { index, term }: Suspect): void {
    const { data, state, log, emit } = this.#options;
    const { progress } = state;
    if (!progress.outliers.includes(index)) progress.outliers.push(index);
    const structure = data.indices[index];
    log.append({ step: progress.step + 1, outlier: structure, term, reason });
    emit({ type: 'outlier', step: progress.step, structure, term, reason });
  }

  #rollBack({ reason = '', suspect }: GuardedLoss): void {
    const { config, data, state, log, emit } = this.#options;
    const { progress } = state;
    const structure = data.indices[suspect?.index ?? 0];
    state.rollBack();
    if (progress.rollbacks >= config.guard.rollbacks) {
      this.#giveUp(reason, structure);
    }
    progress.rollbacks += 1;
    progress.learningRateScale *= config.guard.learningRate;
    const event = {
      type: 'rollback',
      step: progress.step,
      to: progress.good.step,
      reason,
      learningRateScale: progress.learningRateScale,
      structure,
    } as const;
    log.append(event);
    emit(event);
  }

  /** Leaves a checkpoint from which the best weights can still be had. */
  #giveUp(reason: string, structure: number): never {
    const { config, state, save } = this.#options;
    const { step } = state.progress;
    state.progress.finished = 'diverged';
    save();
    throw new DivergenceError(
      'train/diverged',
      `training diverged at step ${step}: ${reason}; structure ${structure} has the largest loss of its batch`,
      {
        expected: `at most ${config.guard.rollbacks} rollbacks`,
        found: reason,
        where: `step ${step}, structure ${structure}`,
        hint: 'Look at the labels of that structure, take a robust loss.kind, or lower optimizer.learningRate. Resuming this run gives its best weights so far.',
      },
    );
  }

  #saveIfDue(): void {
    const { config, state, save } = this.#options;
    const { everySteps, everySeconds } = config.checkpoint;
    const bySteps = everySteps > 0 && state.progress.step % everySteps === 0;
    const byTime = everySeconds > 0 && seconds() - this.#savedAt >= everySeconds;
    if (!bySteps && !byTime) return;
    save();
    this.#savedAt = seconds();
  }

  /** Validates, records the epoch and decides whether the run goes on; false when it was stopped before. */
  async #endEpoch(engine: Engine, outOfSteps: boolean): Promise<boolean> {
    const { config, state, emit, log } = this.#options;
    const { progress } = state;
    const epoch = progress.epoch + 1;
    const completed = outOfSteps || epoch === config.epochs || progress.step === config.steps;
    const due = completed || epoch % config.validation.every === 0;
    const metrics = due ? await this.#evaluate(engine, state.ema.values) : null;
    if (metrics === undefined) return false;
    if (due) this.#activations ??= await ActivationProbe.create(this.#options);
    const activations = due ? await this.#activations?.measure(state.parameters) : undefined;
    progress.epoch = epoch;
    progress.cursor = 0;
    const point = {
      ...this.#closeSums(metrics),
      ...(activations === undefined ? {} : { activations }),
    };
    this.#warnOfActivations(point);
    const better = metrics !== null && this.#compare(metrics);
    progress.curve.push(point);
    const { patience } = config.validation;
    const lastStage = progress.stage.index >= config.stages.length - 1;
    if (completed) progress.finished = 'completed';
    else if (lastStage && patience > 0 && progress.waited >= patience)
      progress.finished = 'early-stopping';
    log.append({ ...point });
    emit({ type: 'epoch', point, best: better });
    return true;
  }

  #warnOfActivations({ step, activations }: CurvePoint): void {
    const { state, log, emit } = this.#options;
    if (activations === undefined) return;
    const message = activationWarning(state.progress.curve, activations);
    if (message === undefined) return;
    const warning = { type: 'warning', code: 'activation-growth', message } as const;
    log.append({ step, ...warning });
    emit(warning);
  }

  /** Whether the metrics are the best of their stage so far. */
  #compare(metrics: Metrics): boolean {
    const { config, state, emit } = this.#options;
    const { progress } = state;
    const metric = this.#judge.value(metrics);
    if (metric === null) return false;
    if (observePlateau(config.schedule, progress.schedule, metric)) {
      emit({
        type: 'learning-rate-reduced',
        step: progress.step,
        factor: progress.schedule.plateau,
      });
    }
    if (progress.best === null || metric < progress.best.metric) {
      state.markBest(metric);
      return true;
    }
    progress.waited += 1;
    return false;
  }

  #closeSums(validation: Metrics | null): CurvePoint {
    const { config, state } = this.#options;
    const { progress } = state;
    const { sums } = progress;
    const steps = Math.max(1, sums.steps);
    progress.sums = emptySums();
    return {
      epoch: progress.epoch,
      step: progress.step,
      learningRate: progress.learningRate,
      loss: sums.loss / steps,
      energyLoss: sums.energy / steps,
      forceLoss: sums.forces / steps,
      stressLoss: sums.stress / steps,
      ...(sums.hessian === undefined
        ? {}
        : { hessianLoss: sums.hessian / (sums.hessianSteps ?? 1) }),
      ...(sums.nodeEnergies === undefined
        ? {}
        : { nodeEnergyLoss: sums.nodeEnergies / (sums.nodeEnergySteps ?? 1) }),
      gradientNorm: sums.gradientNorm / steps,
      largestGradientNorm: sums.largestGradientNorm,
      ...(sums.clipped === null ? {} : { clipped: sums.clipped / steps }),
      ...(config.stages.length > 0 ? { stage: progress.stage.index } : {}),
      validation,
    };
  }

  /** Metrics on the validation set, `null` when it is empty; undefined when the run is stopped meanwhile. */
  async #evaluate(engine: Engine, weights: Float32Array): Promise<Metrics | null | undefined> {
    const { config, data, signal } = this.#options;
    const { validation } = data;
    if (validation.length === 0) return null;
    const all = Int32Array.from({ length: validation.length }, (_, k) => k);
    const pieces = microBatches(all, validation.columns, config.microBatchEdges);
    for (let k = 0; k < pieces.length; k += PIECES_BETWEEN_CHECKS) {
      if (signal?.aborted === true) return undefined;
      await engine.predict(weights, pieces.slice(k, k + PIECES_BETWEEN_CHECKS));
    }
    return engine.metrics();
  }

  async #finalMetrics(engine: Engine): Promise<Metrics | null> {
    const { progress, best, ema } = this.#options.state;
    const known = progress.curve.find(({ step }) => step === progress.best?.step)?.validation;
    if (known !== undefined && known !== null) return known;
    return (await this.#evaluate(engine, progress.best === null ? ema.values : best)) ?? null;
  }
}

function seconds(): number {
  return performance.now() / 1000;
}
