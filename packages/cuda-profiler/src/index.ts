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
