export { AdamW, clipFactor, globalNorm } from './adamw.ts';
export type { AdamWOptions } from './adamw.ts';
export { baselineEnergy, BaselineFit } from './baseline.ts';
export type { FittedBaseline } from './baseline.ts';
export { gradientPieces, microBatches } from './batching.ts';
export type {
  CheckpointConfig,
  GuardConfig,
  LossConfig,
  LossInput,
  OptimizerConfig,
  ScheduleInput,
  StageConfig,
  StageInput,
  TrainConfig,
  TrainConfigInput,
  ValidationConfig,
} from './config.ts';
export { parseTrainConfig, trainConfigJsonSchema } from './configSchema.ts';
export { createEngine } from './createEngine.ts';
export type { EngineOptions } from './createEngine.ts';
export type { CurvePoint } from './curve.ts';
export { Ema } from './ema.ts';
export type { Engine, LabelWeights, LossTerms } from './engine.ts';
export {
  CheckpointError,
  DivergenceError,
  LabelError,
  ResumeMismatchError,
  TrainConfigError,
  TrainWorkerError,
} from './errors.ts';
export { evaluateStudent } from './evaluate.ts';
export type { EvaluateEvent, EvaluateOptions } from './evaluate.ts';
export type { StopReason, TrainEvent, TrainWarning } from './events.ts';
export type { ForceBucketMetrics, ForceMetrics } from './forceErrors.ts';
export { inMemory } from './labelled.ts';
export type { LabelledSet, LabelledStructure, TrainSplit } from './labelled.ts';
export { MetricsAccumulator } from './metrics.ts';
export type { MetricName, Metrics, ReferenceLabels } from './metrics.ts';
export { layoutParameters, packParameters, unpackParameters } from './parameterLayout.ts';
export type { ParameterLayout } from './parameterLayout.ts';
export { scheduleFactor } from './schedule.ts';
export type { ScheduleConfig, ScheduleState } from './schedule.ts';
export { buildStepModel } from './stepModel.ts';
export { prepareTrainingData } from './trainingData.ts';
export type { TrainingData, TrainingDataOptions } from './trainingData.ts';
export { Trainer } from './trainer.ts';
export type {
  CreateTrainerOptions,
  ResumeTrainerOptions,
  TrainerOptions,
  TrainResult,
} from './trainer.ts';
export { LOSS_KINDS } from './lossConfig.ts';
export type { LossFactors, LossKind, LossTerm } from './lossConfig.ts';
export type { BlockHealth, StepHealth } from './stepHealth.ts';
