export * from './portable.ts';
export {
  driftAttribution,
  type DriftAttributionOptions,
  type DriftVariant,
  type VariantDrift,
} from './driftAttribution.ts';
export {
  type MechanicsCheckOptions,
  netForce,
  netTorque,
  type ReversalError,
  timeReversalError,
  type TimestepRatio,
  timestepRatio,
} from './mechanicsChecks.ts';
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
  readTrajectory,
  streamTrajectory,
  type TrajectoryFrame,
  TrajectoryWriter,
} from './trajectory.ts';
