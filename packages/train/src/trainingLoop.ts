import { clipFactor, globalNorm } from './adamw.ts';
import { epochBatches, gradientPieces, microBatches } from './batching.ts';
import type { TrainConfig } from './config.ts';
import { createEngine } from './createEngine.ts';
import type { CurvePoint } from './curve.ts';
import { averageLoss, divergence } from './divergence.ts';
import type { Engine, LabelWeights, LossTerms } from './engine.ts';
import { EdgeStream } from './edgeStream.ts';
import { DivergenceError } from './errors.ts';
import type { StopReason, TrainEvent } from './events.ts';
import type { Metrics } from './metrics.ts';
import { Pace } from './pace.ts';
import type { ParameterLayout } from './parameterLayout.ts';
import type { RunLog } from './runLog.ts';
import { observePlateau, scheduleFactor } from './schedule.ts';
import type { SharedSet } from './sharedSet.ts';
import type { TrainingData } from './trainingData.ts';
import { emptySums } from './trainingState.ts';
import type { TrainingState } from './trainingState.ts';

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
  #batches: Int32Array[] = [];
  #batchesOf = -1;
  #stream: EdgeStream | undefined;
  #savedAt: number;

  constructor(options: TrainingLoopOptions) {
    this.#options = options;
    this.#prepareEpoch();
    this.#pace = new Pace(seconds(), this.#fraction());
    this.#savedAt = seconds();
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

  async #step(engine: Engine): Promise<void> {
    const { config, data, state, emit } = this.#options;
    const { progress, optimizer, ema } = state;
    const batch = this.#batches[progress.cursor];
    const pieces = gradientPieces(batch, data.train.columns, config.microBatchEdges);
    await this.#stream?.load(batch);
    const terms = await engine.gradient(pieces, labelWeights(data.train, batch));
    const loss = weightedLoss(config, terms);
    const gradientNorm = globalNorm(engine.sum);
    const reason = divergence({ loss, gradientNorm }, progress.lossAverage, config.guard.factor);
    if (reason === undefined) {
      if (progress.step % config.guard.every === 0) state.markGood();
      const factor = scheduleFactor(
        config.schedule,
        progress.step,
        this.#fraction(),
        progress.schedule,
      );
      progress.learningRate = config.optimizer.learningRate * factor * progress.learningRateScale;
      const clip = clipFactor(gradientNorm, config.optimizer.clipNorm);
      optimizer.update(state.parameters, engine.sum, progress.learningRate, clip);
      ema.update(state.parameters);
      progress.lossAverage = averageLoss(progress.lossAverage, loss);
      this.#addToSums(loss, terms, gradientNorm);
    } else {
      this.#rollBack(reason);
    }
    progress.step += 1;
    progress.cursor += 1;
    this.#pace.add(batch.length);
    if (progress.step % config.logEvery !== 0) return;
    const { log } = this.#options;
    const { step, epoch, learningRate } = progress;
    log.append({ step, epoch, loss, ...terms, learningRate, gradientNorm });
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
    });
  }

  #addToSums(loss: number, terms: LossTerms, gradientNorm: number): void {
    const { sums } = this.#options.state.progress;
    sums.steps += 1;
    sums.loss += loss;
    sums.energy += terms.energy;
    sums.forces += terms.forces;
    sums.stress += terms.stress;
    sums.gradientNorm += gradientNorm;
    sums.largestGradientNorm = Math.max(sums.largestGradientNorm, gradientNorm);
  }

  #rollBack(reason: string): void {
    const { config, state, emit } = this.#options;
    const { progress } = state;
    if (progress.rollbacks >= config.guard.rollbacks) {
      throw new DivergenceError(
        'train/diverged',
        `training diverged at step ${progress.step}: ${reason}`,
        {
          expected: `at most ${config.guard.rollbacks} rollbacks`,
          found: reason,
          where: `step ${progress.step}`,
          hint: 'Lower optimizer.learningRate, or look for wrong labels with an audit of the dataset.',
        },
      );
    }
    state.rollBack();
    progress.rollbacks += 1;
    progress.learningRateScale *= config.guard.learningRate;
    emit({
      type: 'rollback',
      step: progress.step,
      to: progress.good.step,
      reason,
      learningRateScale: progress.learningRateScale,
    });
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
    progress.epoch = epoch;
    progress.cursor = 0;
    const point = this.#closeSums(metrics);
    const better = metrics !== null && this.#judge(metrics);
    progress.curve.push(point);
    const { patience } = config.validation;
    if (completed) progress.finished = 'completed';
    else if (patience > 0 && progress.waited >= patience) progress.finished = 'early-stopping';
    log.append({ ...point });
    emit({ type: 'epoch', point, best: better });
    return true;
  }

  #judge(metrics: Metrics): boolean {
    const { config, state, emit } = this.#options;
    const { progress } = state;
    const metric = metrics[config.validation.metric];
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
    const { progress } = this.#options.state;
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
      gradientNorm: sums.gradientNorm / steps,
      largestGradientNorm: sums.largestGradientNorm,
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

/** Mean over a batch: one over the number of its labelled values of each kind, 0 when there are none. */
function labelWeights(set: SharedSet, batch: Int32Array): LabelWeights {
  let energies = 0;
  let forces = 0;
  let stresses = 0;
  for (const k of batch) {
    if (set.hasEnergy(k)) energies += 1;
    if (set.hasForces(k)) forces += 3 * set.columns.atoms[k];
    if (set.hasStress(k)) stresses += 6;
  }
  const inverse = (count: number): number => (count === 0 ? 0 : 1 / count);
  return { energy: inverse(energies), forces: inverse(forces), stress: inverse(stresses) };
}

function weightedLoss({ loss }: TrainConfig, terms: LossTerms): number {
  return loss.energy * terms.energy + loss.forces * terms.forces + loss.stress * terms.stress;
}
