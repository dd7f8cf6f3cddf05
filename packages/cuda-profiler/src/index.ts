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
export {
  type CalculatorProfile,
  profileCalculator,
  type ProfileEvent,
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
