import type { Atoms, Growth, LatencyDistribution, Machine, MemorySeries } from '@mlffd/core';

/** A structure to run. */
export interface HarnessSystem {
  /** Unique among the systems of a run; letters, digits, dots and dashes are best. */
  readonly name: string;
  readonly atoms: Atoms;
  /** Where the coordinates come from. */
  readonly source?: string;
  /**
   * Go to the next minimum of the calculator first. Default: only where a force is above 10
   * eV/Angstrom, which no structure at room temperature has.
   */
  readonly relax?: boolean;
}

/** What is run of each system, the same for all; part of the identity of a record. */
export interface HarnessSettings {
  /** fs; default 0.5. */
  readonly timestep: number;
  /** Length of the run at constant energy, ps; default 10. */
  readonly picoseconds: number;
  /** K; default 300. */
  readonly temperature: number;
  /** Langevin dynamics before the run, ps; default 0.5. */
  readonly equilibration: number;
  /** Steps of the run that no timing counts; default 50, at most a fifth of the run. */
  readonly warmup: number;
  /** How far a bond may be from its reference, Angstrom; default 0.5. */
  readonly bondLimit: number;
  /** Of velocities and noise; default 0. */
  readonly seed: number;
}

/** Settings where none are given. */
export const HARNESS_DEFAULTS: HarnessSettings = {
  timestep: 0.5,
  picoseconds: 10,
  temperature: 300,
  equilibration: 0.5,
  warmup: 50,
  bondLimit: 0.5,
  seed: 0,
};

/** What is measured: a calculator by its name and by what decides about its answers and its speed. */
export interface HarnessSubject {
  readonly name: string;
  /** Hash of weights or parameters. */
  readonly hash: string;
  /** Back end, threads and whatever else timings depend on. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** Parts of a step; they add up to it. */
export const PHASES = ['integrator', 'model', 'output', 'driver'] as const;

/**
 * Part of a step: `integrator` moves atoms; `model` is the call of the calculator, its neighbour list
 * included; `output` copies and writes a frame, on the steps that have one; `driver` is the rest: guards,
 * progress, turns of the event loop.
 */
export type Phase = (typeof PHASES)[number];

/** Share of a phase. */
export interface PhaseLatency {
  /** Part of the time of all steps, 0 to 1. */
  readonly share: number;
  /** ms, on the steps that have the phase; null where none has. */
  readonly latency: LatencyDistribution | null;
}

/** Pauses of the garbage collector. */
export interface PauseReport {
  readonly count: number;
  /** ms. */
  readonly total: number;
  /** ms. */
  readonly longest: number;
  /** Pauses by kind: `minor`, `major`, `incremental`, `weak`. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Part of the time of all steps, 0 to 1. */
  readonly share: number;
  /** Steps with a pause. */
  readonly steps: number;
  /** Part of the steps beyond the 99th percentile that have a pause, 0 to 1. */
  readonly slowSteps: number;
}

/** How long steps took. */
export interface StepLatency {
  /**
   * `run`: steps of the run. `free-flight`: where the run fell apart too early, steps in which the calculator is
   * asked but its forces are not followed; see `freeFlight`.
   */
  readonly basis: 'run' | 'free-flight';
  /** Timed steps; the warm-up is not among them. */
  readonly steps: number;
  /** ms. */
  readonly step: LatencyDistribution;
  readonly phases: Readonly<Record<Phase, PhaseLatency>>;
  readonly pauses: PauseReport;
  /** Means over equal stretches of the run, ms, in order: what comparisons resample. */
  readonly blocks: readonly number[];
  /** What taking the times costs, ms per step; within the step, not taken off. */
  readonly measuring: number;
}

/** The neighbour list alone, on steps of the same system. */
export interface ListLatency {
  /** Angstrom. */
  readonly cutoff: number;
  /** Angstrom. */
  readonly skin: number;
  /** Searches; all other updates only test what the last search found. */
  readonly rebuilds: number;
  /** ms per update. */
  readonly latency: LatencyDistribution;
}

/** How long a run stayed sound. */
export interface Stability {
  /** Length of the sound part, ps. */
  readonly picoseconds: number;
  /** True where the run ended first: the time is a lower bound. */
  readonly censored: boolean;
  /** What ended it: `broken-bond`, or the code of an error; null where nothing did. */
  readonly reason: string | null;
  /** The same as a sentence. */
  readonly message: string | null;
  /** Bonds that were watched; with 0 only guards decide. */
  readonly bonds: number;
  /** In which part it ended. */
  readonly during: 'relaxation' | 'equilibration' | 'run' | null;
}

/** Drift of the total energy. */
export interface EnergyConservation {
  /** meV/atom/ps. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** Around the line, meV/atom. */
  readonly rms: number;
  /** |slope| times the length of the run over the standard deviation of the kinetic energy. */
  readonly driftOverFluctuation: number;
  /** ps; of the values below, some 200 of the run. */
  readonly times: readonly number[];
  /** Total energy less its start, meV/atom. */
  readonly values: readonly number[];
}

/** Temperature of the run, K. */
export interface TemperatureReport {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly deviation: number;
  readonly canonicalDeviation: number;
  /** K, at the times of the energies. */
  readonly values: readonly number[];
}

/** Memory of the process over the run. */
export interface MemoryReport {
  /** Bytes per step after the first fifth of the run. */
  readonly growth: Readonly<Record<MemorySeries, Growth>>;
  /** Bytes, of the last sample less the first. */
  readonly difference: Readonly<Record<MemorySeries, number>>;
  /** Largest resident set, bytes. */
  readonly peak: number;
}

/** Errors against a teacher along the run, eV/Angstrom and eV/atom. */
export interface ForceReport {
  readonly teacher: string;
  readonly frames: number;
  readonly forceMae: number;
  readonly forceRmse: number;
  readonly forceMax: number;
  readonly energyMae: number;
  /** ps. */
  readonly times: readonly number[];
  /** Of each frame, eV/Angstrom. */
  readonly rmse: readonly number[];
}

/** Minimisation before the run. */
export interface RelaxationReport {
  readonly steps: number;
  readonly converged: boolean;
  /** eV/Angstrom, afterwards. */
  readonly maxForce: number;
}

/** The system as a record keeps it. */
export interface SystemReport {
  readonly name: string;
  readonly atoms: number;
  /** Hill order: `C6H12N2O2`. */
  readonly formula: string;
  readonly periodic: boolean;
  /** g/cm^3; null without a volume. */
  readonly density: number | null;
  readonly source: string;
  /** Hash of elements, positions, cell and charge as they were given. */
  readonly hash: string;
}

/** All that was measured of one system. */
export interface HarnessRecord {
  readonly schema: number;
  /** What a baseline must have in common with a run to be compared: machine, subject, system, settings. */
  readonly key: string;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly subject: HarnessSubject;
  readonly system: SystemReport;
  readonly settings: HarnessSettings;
  readonly relaxation: RelaxationReport | null;
  readonly stability: Stability;
  readonly energy: EnergyConservation | null;
  readonly temperature: TemperatureReport | null;
  readonly latency: StepLatency | null;
  /** At the mean time of a step; null where no step was timed. */
  readonly nsPerDay: number | null;
  readonly list: ListLatency | null;
  readonly memory: MemoryReport | null;
  readonly forces: ForceReport | null;
}
