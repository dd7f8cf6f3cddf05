import { memoryGrowth, type MemorySample } from '@mlffd/core';
import type { TrajectoryPoint } from '../compare.ts';
import { defaultDegreesOfFreedom } from '../kinetics.ts';
import { MIN_SAMPLES } from '../lowFrequency.ts';
import { nveSlope } from '../nveSlope.ts';
import { standardDeviation, temperatureStatistics } from '../statistics.ts';
import type { EnergyConservation, MemoryReport, TemperatureReport } from './types.ts';

/** Most energies and temperatures that a record keeps. */
const KEPT_VALUES = 200;

/** What the frames of a run leave behind. */
export interface RunSeries {
  /** fs. */
  readonly times: number[];
  /** Total energies, eV. */
  readonly energies: number[];
  /** eV. */
  readonly kinetic: number[];
  /** K. */
  readonly temperatures: number[];
  /** Frames for the teacher. */
  readonly points: TrajectoryPoint[];
}

/** Drift and temperature of a run at constant energy; null where it has too few frames. */
export function conservationOf(
  { times, energies, kinetic, temperatures }: RunSeries,
  atoms: number,
): {
  readonly energy: EnergyConservation | null;
  readonly temperature: TemperatureReport | null;
} {
  if (times.length < MIN_SAMPLES) return { energy: null, temperature: null };
  const { slope, low, high, rms } = nveSlope({ times, energies, atoms });
  const drift = (Math.abs(slope) * atoms * (times[times.length - 1] - times[0])) / 1e6;
  const fluctuation = standardDeviation(Float64Array.from(kinetic));
  const ndof = defaultDegreesOfFreedom(atoms);
  const statistics = temperatureStatistics(temperatures, { ndof });
  const { mean, deviation, canonicalDeviation } = statistics;
  const every = Math.ceil(times.length / KEPT_VALUES);
  const thinned = (values: readonly number[]): number[] => values.filter((_, k) => k % every === 0);
  return {
    energy: {
      slope,
      low,
      high,
      rms,
      driftOverFluctuation: drift / fluctuation,
      times: thinned(times).map((time) => time / 1000),
      values: thinned(energies).map((energy) => (1000 * (energy - energies[0])) / atoms),
    },
    temperature: {
      mean,
      low: statistics.low,
      high: statistics.high,
      deviation,
      canonicalDeviation,
      values: thinned(temperatures),
    },
  };
}

/** Growth of memory over a run; null where it was too short for three samples. */
export function memoryReport(samples: readonly MemorySample[], steps: number): MemoryReport | null {
  const warmup = Math.floor(steps / 5);
  if (samples.filter(({ call }) => call >= warmup).length < 3) return null;
  const [first, last] = [samples[0], samples[samples.length - 1]];
  return {
    growth: memoryGrowth(samples, { warmup }),
    difference: {
      rss: last.rss - first.rss,
      heapUsed: last.heapUsed - first.heapUsed,
      external: last.external - first.external,
    },
    peak: samples.reduce((most, { rss }) => Math.max(most, rss), 0),
  };
}
