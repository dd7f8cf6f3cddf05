export type { Activations, BlockActivations } from './activationHealth.ts';
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
  OpenTrainerOptions,
  ResumeTrainerOptions,
  TrainerOptions,
  TrainResult,
} from './trainer.ts';
export { LOSS_KINDS } from './lossConfig.ts';
export type { LossFactors, LossKind, LossTerm } from './lossConfig.ts';
export type { BlockHealth, StepHealth } from './stepHealth.ts';
export {
  calibrate,
  type CalibrateOptions,
  type CalibrationFactors,
} from './uncertainty/calibrate.ts';
export {
  type Coverage,
  coverage,
  type CoverageFigures,
  type CoverageOptions,
  type CoveragePoint,
} from './uncertainty/coverage.ts';
export type { CoverageWarning } from './uncertainty/coverageWarnings.ts';
export type { ErrorSamples } from './uncertainty/errorSamples.ts';
export { fitUncertainty, type FitUncertaintyOptions } from './uncertainty/fitUncertainty.ts';
export type { UncertaintyEvent, UncertaintyProgress } from './uncertainty/uncertaintyEvent.ts';
export type { HessianProducts } from './labelled.ts';
export type { HessianConfig, MetricFactors } from './config.ts';
export type { HessianWeight } from './engine.ts';
export type { HessianTurn } from './hessianTurn.ts';
export type { LabelTerm } from './lossConfig.ts';
export {
  advise,
  errorBudget,
  fitPowerLaw,
  gainOfDoubling,
  nestedSubsets,
  paretoFront,
  predictError,
  smallestPassing,
  WORTHWHILE_GAIN,
} from './study/index.ts';
export type {
  Advice,
  AdviceInput,
  Candidate,
  ErrorBudget,
  ErrorSources,
  LearningPoint,
  NestedSubsetsOptions,
  PowerLaw,
  SizePoint,
  Subset,
} from './study/index.ts';
export { differences } from './configDiff.ts';
