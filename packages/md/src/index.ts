export { cellRescaling, type CellRescalingOptions } from './barostats/cellRescaling.ts';
export { mtk, type MtkOptions } from './barostats/mtk.ts';
export { type Bond, BondMonitor, type BondMonitorOptions, type StrainedBond } from './bonds.ts';
export {
  compareAlongTrajectory,
  type CompareOptions,
  firstPassageTime,
  type FrameErrors,
  type TrajectoryErrors,
  type TrajectoryPoint,
} from './compare.ts';
export {
  distanceHistogram,
  type DistanceOptions,
  type Histogram,
  radialDistribution,
  wassersteinDistance,
} from './distributions.ts';
export {
  driftAttribution,
  type DriftAttributionOptions,
  type DriftVariant,
  type VariantDrift,
} from './driftAttribution.ts';
export { MdError, type MdErrorDetails } from './errors.ts';
export type { MdEvent } from './events.ts';
export type { MdFrame } from './frame.ts';
export type { GuardLimits } from './guards.ts';
export type { Integrator, IntegratorSettings, Stepper } from './integrator.ts';
export {
  defaultDegreesOfFreedom,
  kineticEnergy,
  kineticStress,
  removeDrift,
  temperatureOf,
  totalMomentum,
} from './kinetics.ts';
export { langevin, type LangevinOptions, type NormalSource } from './langevin.ts';
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
export { nveSlope, type NveSlope, type NveSlopeOptions } from './nveSlope.ts';
export type { FreshStart, MdResult, Resume, RunMdOptions, RunSettings } from './options.ts';
export { freeCalculator, mdOverhead, type MdOverhead, type MdOverheadOptions } from './overhead.ts';
export { type MdRestart, readRestart, writeRestart } from './restart.ts';
export { runMd } from './run.ts';
export type { MdState } from './state.ts';
export {
  type MeanEstimate,
  meanWithBand,
  temperatureStatistics,
  type TemperatureStatistics,
} from './statistics.ts';
export { bussi, type BussiOptions } from './thermostats/bussi.ts';
export {
  type ChainSettings,
  noseHooverChain,
  type NoseHooverOptions,
} from './thermostats/noseHoover.ts';
export type { SuzukiYoshidaStages } from './thermostats/suzukiYoshida.ts';
export type { RescalingNoise } from './thermostats/velocityRescaling.ts';
export {
  readTrajectory,
  streamTrajectory,
  type TrajectoryFrame,
  TrajectoryWriter,
} from './trajectory.ts';
export { initialVelocities, type InitialVelocitiesOptions } from './velocities.ts';
export { velocityVerlet } from './velocityVerlet.ts';
export { vibrationalDensity, type VibrationalDensityOptions } from './vibrations.ts';
