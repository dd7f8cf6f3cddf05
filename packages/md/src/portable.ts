// What runs in Node and in browsers: nothing here, nor what it imports, imports a module of Node.
export { angleDistributions, type AngleOptions } from './angles.ts';
export { cellRescaling, type CellRescalingOptions } from './barostats/cellRescaling.ts';
export { mtk, type MtkOptions } from './barostats/mtk.ts';
export {
  type AtomPair,
  BondGraph,
  type BondOptions,
  type DirectedBond,
  type Fragment,
  type Joint,
  jointAt,
  reversedBond,
  type Undivided,
} from './bondGraph.ts';
export {
  type Bond,
  BondMonitor,
  type BondMonitorOptions,
  type NewContact,
  type StrainedBond,
  type StretchedBond,
} from './bonds.ts';
export {
  compareAlongTrajectory,
  type CompareOptions,
  firstPassageTime,
  type FrameErrors,
  type TrajectoryErrors,
  type TrajectoryPoint,
} from './compare.ts';
export {
  type DisplacementCurve,
  type DisplacementOptions,
  meanSquareDisplacement,
  type MeanSquareDisplacement,
} from './diffusion.ts';
export {
  distanceHistogram,
  type DistanceOptions,
  type Histogram,
  radialDistribution,
  wassersteinDistance,
} from './distributions.ts';
export {
  distanceHistograms,
  distributionDistances,
  type DistributionSet,
  type DistributionSetOptions,
  plainHistogram,
  type PlainHistogram,
  radialDistributions,
} from './distributionSets.ts';
export { MdError, type MdErrorDetails } from './errors.ts';
export type { MdEvent } from './events.ts';
export {
  ForceErrorAccumulator,
  type ForceErrorSummary,
  type ForceBucketErrors,
  type ForcePair,
  type GroupForceErrors,
  type WorstForce,
} from './forceErrors.ts';
export type { MdFrame } from './frame.ts';
export type { GuardAction, GuardLimits, GuardName } from './guards/limits.ts';
export type { GuardMemory } from './guards/memory.ts';
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
export { nveSlope, type NveSlope, type NveSlopeOptions } from './nveSlope.ts';
export type {
  FreshStart,
  MdResult,
  Resume,
  RunMdOptions,
  RunSettings,
  TeacherCall,
} from './options.ts';
export { respa, type RespaOptions } from './respa.ts';
export {
  curveDifference,
  type CurveDifference,
  curveFeatures,
  type CurveFeatures,
  type CurveOptions,
  type CurvePoint,
  type ScanCurve,
} from './scans/curve.ts';
export { Simulation, type SimulationOptions } from './simulation.ts';
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
export { initialVelocities, type InitialVelocitiesOptions } from './velocities.ts';
export { velocityVerlet } from './velocityVerlet.ts';
export { vibrationalDensity, type VibrationalDensityOptions } from './vibrations.ts';
