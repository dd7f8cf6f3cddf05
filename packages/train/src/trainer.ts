import { AbortedError } from '@mlffd/core';
import {
  initializeParameters,
  parameterSpecs,
  parsePainnConfig,
  repulsionReach,
} from '@mlffd/student';
import type { Baseline, Parameters, Student } from '@mlffd/student';
import type { CheckpointContent } from './checkpointFormat.ts';
import type { TrainConfig, TrainConfigInput } from './config.ts';
import { parseTrainConfig } from './configSchema.ts';
import { TrainConfigError } from './errors.ts';
import type { StopReason, TrainEvent } from './events.ts';
import type { LabelledSet, TrainSplit } from './labelled.ts';
import { layoutParameters, packParameters, unpackParameters } from './parameterLayout.ts';
import type { ParameterLayout } from './parameterLayout.ts';
import { definitionHash, requireSameData, requireSameDefinition, RunFolder } from './runFolder.ts';
import { TrainingLoop } from './trainingLoop.ts';
import type { LoopOutcome } from './trainingLoop.ts';
import { prepareTrainingData } from './trainingData.ts';
import type { TrainingData } from './trainingData.ts';
import { TrainingState } from './trainingState.ts';
import type { Progress } from './trainingState.ts';
import type { SamplerState } from './batching.ts';
import type { CurvePoint } from './curve.ts';
import type { Metrics } from './metrics.ts';
import { packageVersion } from './version.ts';

/** What a new run and a resumed run both need. */
export interface TrainerOptions {
  readonly dataset: LabelledSet;
  readonly split: TrainSplit;
  /**
   * Weights of structures in the loss by their number in the dataset, besides those that they carry;
   * 0 leaves one out of training. A resumed run needs the same ones.
   */
  readonly weights?: ArrayLike<number> | undefined;
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
  /** Fires to stop: a checkpoint is written, then `AbortedError` thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What a new run needs. */
export interface CreateTrainerOptions extends TrainerOptions {
  readonly config: TrainConfigInput;
  /** Folder of the run, new or empty. */
  readonly folder: string;
  /** Start from the weights of this student and keep its baseline, instead of random weights. */
  readonly initial?: Student | undefined;
}

/** What a run needs that goes on where its folder has one to go on with, and else begins. */
export interface OpenTrainerOptions extends Omit<CreateTrainerOptions, 'initial'> {
  /** Asked for by a new run only: the student to start from. */
  readonly initial?: (() => Promise<Student | undefined>) | undefined;
}

/** What a resumed run needs; keys that only say how it is executed may be given anew. */
export interface ResumeTrainerOptions extends TrainerOptions {
  /** Compared with that of the run when given; differences are refused. */
  readonly config?: TrainConfigInput | undefined;
  readonly workers?: number | undefined;
  readonly stream?: boolean | undefined;
  readonly maxSeconds?: number | undefined;
}

/** What a run leads to. */
export interface TrainResult {
  /** Averaged weights of the best validation with baseline and provenance: ready for `saveStudent`. */
  readonly student: Student;
  /** Metrics of these weights on the validation set; `null` when it is empty. */
  readonly metrics: Metrics | null;
  /** Value of `validation.metric`; `null` without validation. */
  readonly bestMetric: number | null;
  readonly curve: readonly CurvePoint[];
  readonly steps: number;
  readonly epochs: number;
  readonly reason: StopReason;
  readonly folder: string;
}

/** Header of a checkpoint. */
interface CheckpointHeader {
  readonly version: string;
  readonly config: TrainConfig;
  readonly definition: string;
  readonly data: string;
  readonly scale: number;
  readonly elements: readonly number[];
  readonly sampler: SamplerState & { readonly cursor: number };
  readonly progress: Progress;
}

/**
 * Trains a student on labelled structures: owns the folder of a run, its checkpoints and log.
 *
 * N steps are bit for bit the same as k steps, a stop of any kind, `resume`, and N - k steps; the
 * number of workers does not matter either.
 */
export class Trainer {
  readonly folder: string;
  readonly config: TrainConfig;
  readonly #run: RunFolder;
  readonly #data: TrainingData;
  readonly #layout: ParameterLayout;
  readonly #state: TrainingState;
  readonly #options: TrainerOptions;

  private constructor(parts: TrainerParts) {
    this.folder = parts.run.path;
    this.config = parts.config;
    this.#run = parts.run;
    this.#data = parts.data;
    this.#layout = parts.layout;
    this.#state = parts.state;
    this.#options = parts.options;
  }

  /**
   * Prepares a new run in a new folder.
   *
   * @throws TrainConfigError, StudentConfigError for the configuration
   * @throws LabelError for labels that cannot be trained on
   * @throws FileSystemError when the folder holds a run or cannot be written
   * @throws AbortedError when the signal fires meanwhile
   */
  static async create(options: CreateTrainerOptions): Promise<Trainer> {
    const config = parseTrainConfig(options.config);
    const { initial } = options;
    if (initial !== undefined) requireSameModel(config, initial);
    const run = new RunFolder(options.folder);
    run.requireNew();
    const data = await prepareTrainingData({
      ...options,
      config,
      baseline: initial?.baseline,
    });
    const layout = layoutParameters(parameterSpecs(config.model));
    const parameters: Parameters =
      initial?.parameters ?? initializeParameters(config.model, config.seed);
    const state = new TrainingState(layout, config, packParameters(layout, parameters));
    run.start(config);
    const trainer = new Trainer({ run, config, data, layout, state, options });
    trainer.#save();
    return trainer;
  }

  /**
   * Goes on with the run in a folder from its newest usable checkpoint.
   *
   * @throws ResumeMismatchError when configuration, dataset or split are not those of the run
   * @throws CheckpointError when no checkpoint is usable
   * @throws FileSystemError when the folder holds no run
   */
  static async resume(folder: string, options: ResumeTrainerOptions): Promise<Trainer> {
    const run = new RunFolder(folder);
    const saved = run.readDescription().config;
    const given = options.config === undefined ? saved : parseTrainConfig(options.config);
    requireSameDefinition(saved, given, folder);
    const config: TrainConfig = {
      ...given,
      workers: options.workers ?? given.workers,
      stream: options.stream ?? given.stream,
      maxSeconds: options.maxSeconds ?? given.maxSeconds,
    };
    const emit = options.onEvent ?? ignore;
    const { path, content, rejected } = run.checkpoints.load<CheckpointHeader>();
    const { header, arrays } = content;
    // Written out again: the checkpoint may be older than some keys.
    requireSameDefinition(parseTrainConfig(header.config, path), config, path);
    for (const { path: damaged, error } of rejected) {
      run.checkpoints.setAside(damaged);
      emit({ type: 'checkpoint-rejected', path: damaged, error });
    }
    const version = packageVersion();
    if (header.version !== version) {
      emit({
        type: 'warning',
        code: 'version-changed',
        message: `the checkpoint is of version ${header.version}, this is ${version}: the rest of the run may differ in rounding`,
      });
    }
    const energies = Float64Array.from(arrays.baseline);
    const baseline: Baseline = { energies, scale: header.scale, elements: header.elements };
    const data = await prepareTrainingData({ ...options, config, baseline });
    requireSameData(header.data, data.hash, path);
    const layout = layoutParameters(parameterSpecs(config.model));
    const state = new TrainingState(layout, config, new Float32Array(layout.length));
    state.restore(header.progress, arrays);
    run.log.truncateAfter(state.progress.step);
    run.writeDescription(config);
    emit({ type: 'resumed', step: state.progress.step, path });
    return new Trainer({ run, config, data, layout, state, options });
  }

  /**
   * Goes on with the run in a folder, or begins it: nothing there yet, or killed before its first
   * checkpoint.
   *
   * @throws what `create` and `resume` throw
   */
  static async open(options: OpenTrainerOptions): Promise<Trainer> {
    const { folder, initial, ...rest } = options;
    const run = new RunFolder(folder);
    if (run.hasCheckpoints()) return Trainer.resume(folder, rest);
    run.discardStart();
    return Trainer.create({ ...rest, folder, initial: await initial?.() });
  }

  /**
   * Trains until the end, an early stop or the time limit.
   *
   * @throws AbortedError when the signal fires, after a checkpoint was written
   * @throws DivergenceError when training diverges after every rollback
   * @throws FileSystemError when a checkpoint or the log cannot be written
   * @throws TrainWorkerError when a worker dies
   * @throws LoaderError when data are streamed and can no longer be read
   */
  async run(): Promise<TrainResult> {
    const { onEvent, signal } = this.#options;
    const emit = onEvent ?? ignore;
    const loop = new TrainingLoop({
      config: this.config,
      data: this.#data,
      layout: this.#layout,
      state: this.#state,
      log: this.#run.log,
      emit,
      save: () => {
        const path = this.#save();
        emit({ type: 'checkpoint', step: this.#state.progress.step, path });
      },
      signal,
    });
    const outcome = await loop.run();
    if (outcome.reason === 'aborted') {
      throw new AbortedError(
        'train/aborted',
        `training stopped at step ${this.#state.progress.step}`,
        {
          found: 'the signal to stop',
          where: this.folder,
          hint: 'Resume the run in this folder; nothing is lost.',
        },
      );
    }
    this.#run.writeCurve(this.#state.progress.curve);
    emit({ type: 'done', reason: outcome.reason, step: this.#state.progress.step });
    return this.#result(outcome.reason, outcome);
  }

  #result(reason: StopReason, { metrics }: LoopOutcome): TrainResult {
    const { progress } = this.#state;
    const weights = progress.best === null ? this.#state.ema.values : this.#state.best;
    return {
      student: {
        config: this.config.model,
        parameters: unpackParameters(this.#layout, weights),
        baseline: this.#data.baseline,
        provenance: {
          trainer: `@mlffd/train ${packageVersion()}`,
          definition: definitionHash(this.config),
          data: this.#data.hash,
          seed: this.config.seed,
          step: progress.best?.step ?? progress.step,
          trainingStructures: this.#data.train.length,
          validationStructures: this.#data.validation.length,
        },
      },
      metrics,
      bestMetric: progress.best?.metric ?? null,
      curve: progress.curve,
      steps: progress.step,
      epochs: progress.epoch,
      reason,
      folder: this.folder,
    };
  }

  #save(): string {
    const progress = this.#state.currentProgress();
    const { seed } = this.config;
    const content: CheckpointContent<CheckpointHeader> = {
      header: {
        version: packageVersion(),
        config: this.config,
        definition: definitionHash(this.config),
        data: this.#data.hash,
        scale: this.#data.baseline.scale,
        elements: this.#data.baseline.elements ?? [],
        sampler: { seed, epoch: progress.epoch, cursor: progress.cursor },
        progress,
      },
      arrays: { ...this.#state.arrays(), baseline: this.#data.baseline.energies },
    };
    return this.#run.checkpoints.save(progress.step, content);
  }
}

interface TrainerParts {
  readonly run: RunFolder;
  readonly config: TrainConfig;
  readonly data: TrainingData;
  readonly layout: ParameterLayout;
  readonly state: TrainingState;
  readonly options: TrainerOptions;
}

function ignore(): void {
  // Nobody listens.
}

function requireSameModel(config: TrainConfig, { config: found }: Student): void {
  const wanted = JSON.stringify(parameterSpecs(config.model));
  const same =
    found.cutoff === config.model.cutoff &&
    repulsionReach(found) === repulsionReach(config.model) &&
    found.isolatedAtoms === config.model.isolatedAtoms &&
    parsePainnConfig(found).normSoftening === config.model.normSoftening;
  if (same && JSON.stringify(parameterSpecs(found)) === wanted) return;
  throw new TrainConfigError('train/initial-model', 'the initial student is another model', {
    expected: JSON.stringify(config.model),
    found: JSON.stringify(found),
    where: 'initial',
    hint: "Use the initial student's configuration as model.",
  });
}
