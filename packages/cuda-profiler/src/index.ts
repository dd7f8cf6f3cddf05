export {
  type Growth,
  type LatencyDistribution,
  latencyDistribution,
  type LatencyHistogram,
  MEMORY_SERIES,
  memoryGrowth,
  type MemoryGrowthOptions,
  type MemorySample,
  type MemorySeries,
  type RobustSlope,
  sampleMemory,
  theilSenSlope,
} from '@mlffd/core';
export { type Allocation, allocationPerCall } from './calls/allocation.ts';
export { type CallPhase, CallRecorder, type CallTrack } from './calls/callRecorder.ts';
export {
  type CallReport,
  describeCalls,
  type LatencyDrift,
  type PhaseReport,
} from './calls/describeCalls.ts';
export { type RecordingOverhead, recordingOverhead } from './calls/overhead.ts';
export { type EnergyReport, PowerMeter } from './calls/powerMeter.ts';
export { findWarmup, type Warmup } from './calls/warmup.ts';
export { type Collection, type Collector, collectorOf } from './memory/collector.ts';
export { detectLeaks, LEAK_TRACKS, type LeakReport, type TrackGrowth } from './memory/leaks.ts';
export { MEMORY_TRACKS, type MemoryName, MemoryTrack } from './memory/memoryTrack.ts';
export { type MemoryWatch, watchMemory, type WatchMemoryOptions } from './memory/watchMemory.ts';
export type { CallEvents, ProfileEvent } from './options.ts';
export {
  type CalculatorProfile,
  profileCalculator,
  type ProfileOptions,
} from './profileCalculator.ts';
export { DeviceError } from './devices/errors.ts';
export type {
  Gpu,
  GpuClocks,
  GpuProcess,
  GpuReport,
  GpuSource,
  GpuSourceFailure,
  GpuState,
  Mig,
  MigDevice,
} from './devices/gpu.ts';
export type { Cpu, Host, HostMemory, ReadHostOptions } from './devices/host/readHost.ts';
export { readHost } from './devices/host/readHost.ts';
export type { HostLimits } from './devices/host/limits.ts';
export type { WebAssemblyFacts } from './devices/host/webAssembly.ts';
export {
  probeProviders,
  type ProbeProvidersOptions,
  type ProviderFailure,
  type ProviderProbe,
  type RuntimeProbe,
} from './devices/providers/probeProviders.ts';
export {
  openPowerSource,
  type PowerSource,
  type PowerSourceOptions,
} from './devices/powerSource.ts';
export { readGpus, type ReadGpusOptions } from './devices/readGpus.ts';
export {
  type DeviceSample,
  sampleDevices,
  type SampleDevicesOptions,
  type Sampling,
} from './devices/sampleDevices.ts';
export { isThrottled, type ThrottleReason } from './devices/throttle.ts';
export type { ReadTraceOptions } from './traces/chromeTrace.ts';
export { blockOf, NO_BLOCK } from './traces/blocks.ts';
export {
  type Hotspot,
  type HotspotOptions,
  type Hotspots,
  hotspots,
  UNCOVERED,
} from './traces/hotspots.ts';
export { type BandwidthOptions, measureBandwidth } from './traces/measureBandwidth.ts';
export { type OperatorCost, operatorCost } from './traces/operatorCost.ts';
export { parseTrace, readTrace } from './traces/readTrace.ts';
export {
  type MachinePeaks,
  type Roofline,
  roofline,
  type RooflinePoint,
} from './traces/roofline.ts';
export { type RunOptions, type Runs, runsOf, type TraceRun } from './traces/runs.ts';
export {
  type Alignment,
  insertTrace,
  type ProgramSpan,
  type SpanTraceOptions,
  traceOfSpans,
} from './traces/spans.ts';
export type {
  Trace,
  TraceArgs,
  TraceEvent,
  TracePhase,
  TraceSource,
  TraceTrack,
} from './traces/trace.ts';
export { chromeTrace, writeChromeTrace } from './traces/writeChromeTrace.ts';
export { type Banded, type CostLaw, type CostPoint, fitCostLaw } from './cost/costLaw.ts';
export {
  compareProfiles,
  type ProfileComparison,
  requireSameMachine,
} from './profile/compareProfiles.ts';
export { ProfileError } from './profile/errors.ts';
export { readProfile, writeProfile } from './profile/profileFile.ts';
export { findProfile, type ProfileKey, profilePath } from './profile/profileFolder.ts';
export { type ProfilePage, profileReport } from './profile/profileReport.ts';
export {
  edgesOf,
  profileSystems,
  type ProfileSystemsEvent,
  type ProfileTask,
} from './profile/profileSystems.ts';
export {
  type HotspotRow,
  type HotspotTable,
  type MemoryReport,
  PROFILE_SCHEMA,
  type ProfileRecord,
  type ProfileSubject,
  type ProfileSystem,
  type SystemProfile,
} from './profile/types.ts';
