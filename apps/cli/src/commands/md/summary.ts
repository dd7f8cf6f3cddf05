import { ATOMIC_MASSES, type Atoms, BAR } from '@mlffd/core';
import { type MeanEstimate, meanWithBand, type NveSlope, nveSlope } from '@mlffd/md';
import type { Energies } from './energies.ts';
import type { MdLogEvent } from './eventLog.ts';
import type { MdRun } from './runFile.ts';
import type { SessionResult } from './session.ts';

/** Fewer samples have no band. */
const LEAST_SAMPLES = 20;
/** Part of a run that averages leave out: it starts from a structure that is not thermal. */
const SKIPPED = 0.2;
/** g/cm^3 for amu/Angstrom^3. */
const DENSITY = 1.66053904;

/** A mean with its 95 % band. */
export type Mean = Pick<MeanEstimate, 'mean' | 'low' | 'high' | 'deviation'>;

/** Breaches of one limit. */
interface GuardCount {
  readonly guard: string;
  readonly breaches: number;
  /** Of the first. */
  readonly message: string;
}

/** `summary.json`: how a run went; null where it was too short to tell. */
export interface MdSummary {
  readonly format: 'mlffd-md-summary';
  readonly version: 1;
  /** `done`: to the last step; `guard`: a guard stopped it. */
  readonly end: 'done' | 'guard';
  readonly stopped: Extract<MdLogEvent, { type: 'stopped' }> | null;
  /** Steps done. */
  readonly steps: number;
  readonly picoseconds: number;
  readonly atoms: number;
  /** Part of the run, from its start, that averages leave out. */
  readonly skipped: number;
  /** K. */
  readonly temperature: Mean | null;
  /** Potential energy, eV. */
  readonly potential: Mean | null;
  /** Conserved quantity (in NVE the total energy), meV/atom/ps. */
  readonly drift: Pick<NveSlope, 'slope' | 'low' | 'high' | 'rms'> | null;
  /** bar; under a barostat. */
  readonly pressure?: Mean | null;
  /** Angstrom^3. */
  readonly volume?: Mean | null;
  /** g/cm^3. */
  readonly density?: number | null;
  /** Of the last session. */
  readonly ns_per_day: number | null;
  readonly steps_per_second: number | null;
  readonly guards: readonly GuardCount[];
  /** How often a teacher took over. */
  readonly teacher_takeovers: number;
}

/** What a summary is made of. */
export interface SummaryInput {
  readonly run: MdRun;
  /** Of the restart, where there is one. */
  readonly atoms: Pick<Atoms, 'numbers'> | undefined;
  readonly energies: Energies;
  readonly events: readonly MdLogEvent[];
  /** Absent where nothing was left to do. */
  readonly session: SessionResult | undefined;
  /** Step that the run is at. */
  readonly step: number;
}

/** How a run went. */
export function summarize(input: SummaryInput): MdSummary {
  const { run, atoms, energies, events, session, step } = input;
  const timestep = outerTimestep(run);
  const stopped = events.findLast((event) => event.type === 'stopped') ?? null;
  const { volume_A3: volumes, pressure_bar: pressures } = energies;
  const volume = meanOf(volumes);
  const rate = session === undefined ? NaN : session.stepsDone / session.seconds;
  const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    format: 'mlffd-md-summary',
    version: 1,
    end: stopped === null ? 'done' : 'guard',
    stopped,
    steps: step,
    picoseconds: (step * timestep) / 1000,
    atoms: run.about.atoms,
    skipped: SKIPPED,
    temperature: meanOf(energies.temperature_K),
    potential: meanOf(energies.potential_eV),
    drift: driftOf(energies, run.about.atoms),
    ...(volumes === undefined
      ? {}
      : {
          volume,
          pressure: meanOf(pressures),
          density:
            volume === null || atoms === undefined
              ? null
              : (DENSITY * totalMass(atoms)) / volume.mean,
        }),
    ns_per_day: finite(0.0864 * timestep * rate),
    steps_per_second: finite(rate),
    guards: guardsOf(events),
    teacher_takeovers: events.filter((event) => event.type === 'teacher' && event.calls).length,
  };
}

/** Length of a step of the run, fs: with multiple time steps that between two calls of the teacher. */
export function outerTimestep({ definition }: Pick<MdRun, 'definition'>): number {
  return definition.motion.timestep * (definition.substeps ?? 1);
}

function meanOf(values: readonly number[] | undefined): Mean | null {
  const kept = (values ?? []).slice(Math.floor(SKIPPED * (values?.length ?? 0)));
  if (kept.length < LEAST_SAMPLES) return null;
  const { mean, low, high, deviation } = meanWithBand(kept);
  return { mean, low, high, deviation };
}

function driftOf({ time_fs, conserved_eV }: Energies, atoms: number): MdSummary['drift'] {
  if (time_fs.length < LEAST_SAMPLES) return null;
  const { slope, low, high, rms } = nveSlope({ times: time_fs, energies: conserved_eV, atoms });
  return { slope, low, high, rms };
}

function guardsOf(events: readonly MdLogEvent[]): GuardCount[] {
  const counts = new Map<string, { guard: string; breaches: number; message: string }>();
  for (const event of events) {
    if (event.type !== 'guard') continue;
    const { guard, message } = event;
    const one = counts.get(guard) ?? { guard, breaches: 0, message };
    one.breaches += event.breaches;
    counts.set(guard, one);
  }
  return [...counts.values()];
}

function totalMass({ numbers }: Pick<Atoms, 'numbers'>): number {
  let mass = 0;
  for (const z of numbers) mass += ATOMIC_MASSES[z];
  return mass;
}

/** bar. */
export const inBar = (pressure: number): number => pressure / BAR;
