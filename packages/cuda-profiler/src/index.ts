export { latencyDistribution, type LatencyDistribution, type LatencyHistogram } from './latency.ts';
export {
  memoryGrowth,
  MEMORY_PARTS,
  type MemoryGrowth,
  type MemoryGrowthOptions,
  type MemoryPart,
} from './memory.ts';
export {
  profileCalculator,
  type CalculatorProfile,
  type ProfileOptions,
} from './profileCalculator.ts';
export { theilSen, type RobustSlope } from './theilSen.ts';
