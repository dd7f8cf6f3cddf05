export { type LatencyDistribution, latencyDistribution, type LatencyHistogram } from './latency.ts';
export {
  type Growth,
  MEMORY_SERIES,
  memoryGrowth,
  type MemoryGrowthOptions,
  type MemorySample,
  type MemorySeries,
  sampleMemory,
} from './memory.ts';
export {
  type CalculatorProfile,
  profileCalculator,
  type ProfileEvent,
  type ProfileOptions,
} from './profileCalculator.ts';
export { type RobustSlope, theilSenSlope } from './theilSen.ts';
