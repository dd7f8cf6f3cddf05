export * from './portable.ts';
export type { AnswerDifference } from './checks/difference.ts';
export {
  derivativeErrors,
  type DerivativeError,
  type DerivativeErrors,
  type DerivativeOptions,
  type DerivativePair,
} from './checks/derivatives.ts';
export {
  extensivity,
  type Extensivity,
  type ExtensivityOptions,
  locality,
  type Locality,
  type LocalityOptions,
} from './checks/locality.ts';
export {
  driftingFrames,
  type DriftingOptions,
  skinInvariance,
  type SkinInvariance,
  type SkinOptions,
} from './checks/skin.ts';
export { symmetryErrors, type SymmetryErrors, type SymmetryOptions } from './checks/symmetry.ts';
export {
  driftAttribution,
  type DriftAttributionOptions,
  type DriftVariant,
  type VariantDrift,
} from './driftAttribution.ts';
export { IpiServeError } from './ipi/serveErrors.ts';
export { serveIpi } from './ipi/serveIpi.ts';
export type {
  IpiExtras,
  ServedCalculator,
  ServeIpiEvent,
  ServeIpiOptions,
  ServeIpiResult,
} from './ipi/serveOptions.ts';
export {
  compareFrequencies,
  type FrequencyDifference,
  harmonicFrequencies,
  type HarmonicFrequencies,
  type HarmonicOptions,
} from './harmonic/frequencies.ts';
export {
  hessian,
  type Hessian,
  type HessianEvent,
  type HessianOptions,
} from './harmonic/hessian.ts';
export {
  curvatureOf,
  modeDisplacement,
  normalModes,
  type NormalModes,
  type NormalModesOptions,
  quantumOf,
} from './harmonic/normalModes.ts';
export { removeMotions, rigidMotions } from './harmonic/rigidMotions.ts';
export { vibrations } from './harmonic/vibrations.ts';
export {
  type MechanicsCheckOptions,
  netForce,
  netTorque,
  type ReversalError,
  timeReversalError,
  type TimestepRatio,
  timestepRatio,
} from './mechanicsChecks.ts';
export {
  matchBaselines,
  readBaselines,
  type RecordIdentity,
  requireNew,
  saveBaselines,
} from './harness/baselines.ts';
export { timeRatio, type TimeRatio } from '@mlffd/core';
export { type Comparison, compareTimes } from './harness/compareTimes.ts';
export { BaselineError } from './harness/errors.ts';
export { HARNESS_SCHEMA } from './harness/identity.ts';
export { readRecords, type RecordFileKind, writeRecords } from './harness/recordFile.ts';
export {
  type HarnessEvent,
  type HarnessOptions,
  type HarnessPlan,
  type HarnessResult,
  type LeftOut,
  planHarness,
  type PlannedRecord,
  runHarness,
} from './harness/runHarness.ts';
export {
  type EnergyConservation,
  type ForceReport,
  HARNESS_DEFAULTS,
  type HarnessRecord,
  type HarnessSettings,
  type HarnessSubject,
  type HarnessSystem,
  type ListLatency,
  type MemoryReport,
  type PauseReport,
  type Phase,
  type PhaseLatency,
  PHASES,
  type RelaxationReport,
  type Stability,
  type StepLatency,
  type SystemReport,
  type TemperatureReport,
} from './harness/types.ts';
export type { Descent, DescentMethod, DescentOptions } from './minimize/descent.ts';
export { fire } from './minimize/fire.ts';
export { lbfgs, type LbfgsOptions } from './minimize/lbfgs.ts';
export { minimize } from './minimize/minimize.ts';
export type {
  MinimizeEvent,
  MinimizeFrame,
  MinimizeOptions,
  MinimizeReason,
  MinimizeResult,
} from './minimize/types.ts';
export { type NveRun, runNve, type RunNveOptions } from './nve.ts';
export { freeCalculator, mdOverhead, type MdOverhead, type MdOverheadOptions } from './overhead.ts';
export { type MdRestart, readRestart, writeRestart } from './restart.ts';
export { runMd } from './run.ts';
export {
  appendTrajectory,
  type AppendTrajectoryOptions,
  createTrajectory,
  type CreateTrajectoryOptions,
  type TrajectoryOptions,
} from './trajectory/createTrajectory.ts';
export { TrajectoryWriter } from './trajectory/extxyzWriter.ts';
export type { TrajectoryFormat } from './trajectory/formats.ts';
export {
  openTrajectory,
  readTrajectory,
  type ReadTrajectoryOptions,
  streamTrajectory,
} from './trajectory/openTrajectory.ts';
export type { FrameReader, FrameWriter, TrajectoryFrame } from './trajectory/types.ts';
export {
  type BondComparison,
  type BondComparisons,
  bondCurve,
  type BondCurve,
  type BondCurveOptions,
  compareBonds,
  type CompareBondsOptions,
  type SkippedBond,
  type StretchRange,
} from './scans/bondStretch.ts';
export {
  compareDimers,
  type CompareDimersOptions,
  type CutoffJump,
  type DimerComparison,
  dimerCurve,
  type DimerCurve,
  type DimerOptions,
  type DimerRange,
} from './scans/dimers.ts';
export {
  compareEnergyVolume,
  energyVolume,
  type EnergyVolumeCurve,
  type EnergyVolumeDifference,
  type EnergyVolumeOptions,
} from './scans/energyVolume.ts';
export {
  type EquationOfState,
  type EquationOfStateKind,
  fitEquationOfState,
} from './scans/equationOfState.ts';
export type { Check, CheckContext, CheckProgress } from './validation/check.ts';
export { CHECKS } from './validation/checks/all.ts';
export {
  type CheckRecord,
  type StudentVerdicts,
  VALIDATION_SCHEMA,
  type ValidationResults,
} from './validation/results.ts';
export {
  type BudgetName,
  BUDGETS,
  validationSettings,
  type ValidationSettings,
} from './validation/settings.ts';
export type {
  CheckResult,
  Curve,
  FailureCode,
  FailureMode,
  Figure,
  FigureGoal,
  FigureStatus,
  KeyFrame,
  Plot,
  PlotAxis,
  PlotBar,
  Severity,
  StudentReference,
  TeacherInconsistency,
  ValidationStudent,
  ValidationSystem,
} from './validation/types.ts';
export {
  type FigureName,
  type UseCase,
  USE_CASE_NAMES,
  USE_CASES,
  type UseCaseName,
} from './validation/useCases.ts';
export { validate, type ValidateOptions, type ValidationEvent } from './validation/validate.ts';
export type { Verdict } from './validation/verdicts.ts';
