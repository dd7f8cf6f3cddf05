import { join } from 'node:path';
import { isMlffdError, readTextFile, writeFileAtomic, type Atoms } from '@mlffd/core';
import type { Dataset } from '@mlffd/data';
import { runNve, type NveRun } from '@mlffd/md';
import { StudentCalculator } from '@mlffd/student';
import { ConfigError } from '../config/load.ts';
import type { Stage, StageContext } from '../pipeline/stage.ts';
import type { DataOutput } from './dataStage.ts';
import { typicalStructure, type StudentPlace } from './testStage.ts';
import type { DynamicsConfig } from './trainConfig.ts';

/** A run at constant energy, and how it went. */
export interface DynamicsOutput {
  readonly structure: string;
  readonly atoms: number;
  readonly temperature_K: number;
  readonly picoseconds: number;
  readonly timestep_fs: number;
  /** `unstable`: it broke off; the drift is of no use then. */
  readonly state: 'stable' | 'unstable';
  /** Why it broke off. */
  readonly reason: string | null;
  /** Slope of the total energy with its 95 % band, meV/atom/ps. */
  readonly slope: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Root mean square fluctuation about the line, meV/atom. */
  readonly rms_meV_atom: number | null;
  /** JSON file with time (ps) and total energy less its start (meV/atom). */
  readonly series: string | null;
}

/** Series behind the plot of a run at constant energy. */
export interface EnergySeries {
  /** ps. */
  readonly time: readonly number[];
  /** Total energy less its start, meV/atom. */
  readonly energy: readonly number[];
}

const SERIES = 'energy.json';
const PLOT_POINTS = 2000;
/** Samples that a slope with its band takes. */
const LEAST_SAMPLES = 20;
/** Steps of thermal equilibration before. */
const EQUILIBRATION = 500;
const FRICTION = 0.02;
const ROOM = 300;
const HYDROGEN = 1;

/** Runs dynamics at constant energy with a student, from a structure that was held out. */
export function dynamicsStage(task: {
  readonly student: StudentPlace;
  readonly data: DataOutput;
  readonly dynamics: DynamicsConfig;
  readonly seed: number;
  readonly open: () => Promise<Dataset>;
}): Stage<DynamicsOutput> {
  const { student, data, dynamics, seed, open } = task;
  return {
    name: 'dynamics',
    version: 1,
    inputs: {
      student: student.hash,
      dataset: data.hash,
      split: data.splitHash,
      dynamics: JSON.parse(JSON.stringify(dynamics)) as unknown,
      seed,
    },
    summarize: driftText,
    run: async (context) => {
      const dataset = await open();
      const calculator = await StudentCalculator.load(student.folder);
      try {
        const index = structureIndex(dataset, data, dynamics.structure);
        const { atoms, meta } = dataset.get(index);
        return await nve(
          { calculator, atoms, id: meta.id, seed, context },
          conditions(task, atoms),
        );
      } finally {
        dataset.close();
        await calculator.dispose();
      }
    },
  };
}

/** `drift 2.1e-4 meV/atom/ps (-1e-4 to 5e-4)`, or that it broke off. */
export function driftText({ state, reason, slope, low, high }: DynamicsOutput): string {
  if (state === 'unstable') return `unstable: ${reason ?? ''}`;
  const text = (value: number | null): string => value?.toExponential(1) ?? '-';
  return `drift ${text(slope)} meV/atom/ps (${text(low)} to ${text(high)})`;
}

/** The series that a finished stage left. */
export function readEnergySeries(
  folder: string,
  { series }: DynamicsOutput,
): EnergySeries | undefined {
  if (series === null) return undefined;
  return JSON.parse(readTextFile(join(folder, series))) as EnergySeries;
}

function structureIndex(dataset: Dataset, data: DataOutput, id: string | undefined): number {
  if (id === undefined) return typicalStructure(dataset, data);
  const index = dataset.metas.findIndex((meta) => meta.id === id);
  if (index >= 0) return index;
  throw new ConfigError('config/no-structure', `The dataset has no structure '${id}'.`, {
    where: 'dynamics.structure',
    expected: `an id, as ${dataset.meta(typicalStructure(dataset, data)).id}`,
    found: id,
  });
}

interface Conditions {
  readonly temperature: number;
  readonly timestep: number;
  readonly steps: number;
}

function conditions(
  { dynamics, data }: { readonly dynamics: DynamicsConfig; readonly data: DataOutput },
  { numbers }: Atoms,
): Conditions {
  const temperature = dynamics.temperature ?? data.facts.temperatures?.[1] ?? ROOM;
  const timestep = dynamics.timestep ?? (numbers.includes(HYDROGEN) ? 0.5 : 1);
  const steps = Math.max(LEAST_SAMPLES, Math.ceil((1000 * dynamics.picoseconds) / timestep));
  return { temperature, timestep, steps };
}

interface NveTask {
  readonly calculator: StudentCalculator;
  readonly atoms: Atoms;
  readonly id: string;
  readonly seed: number;
  readonly context: StageContext;
}

async function nve(task: NveTask, at: Conditions): Promise<DynamicsOutput> {
  const { calculator, atoms, id, seed, context } = task;
  const { temperature, timestep, steps } = at;
  const about = {
    structure: id,
    atoms: atoms.numbers.length,
    temperature_K: temperature,
    picoseconds: (steps * timestep) / 1000,
    timestep_fs: timestep,
  };
  try {
    const run = await runNve({
      calculator,
      atoms,
      temperature,
      seed,
      timestep,
      steps,
      stride: Math.max(1, Math.floor(steps / PLOT_POINTS)),
      equilibration: { steps: EQUILIBRATION, friction: FRICTION },
      // A strained start may be hot for a while; only what explodes becomes so hot.
      guards: { maxTemperature: Math.max(20_000, 20 * temperature) },
      signal: context.signal,
      onEvent: (event) => {
        if (event.type === 'progress') {
          context.progress({ done: event.step, total: event.steps, unit: 'MD steps' });
        }
      },
    });
    const { slope, low, high, rms } = run;
    writeFileAtomic(join(context.folder, SERIES), JSON.stringify(seriesOf(run, about.atoms)));
    const drift = { slope, low, high, rms_meV_atom: rms, series: SERIES };
    return { ...about, state: 'stable', reason: null, ...drift };
  } catch (error) {
    if (!isMlffdError(error) || error.name !== 'MdError') throw error;
    context.note(`the dynamics broke off: ${error.message}`, 'warning');
    const none = { slope: null, low: null, high: null, rms_meV_atom: null, series: null };
    return { ...about, state: 'unstable', reason: error.message, ...none };
  }
}

function seriesOf({ times, totalEnergies }: NveRun, atoms: number): EnergySeries {
  const [start] = totalEnergies;
  return {
    time: Array.from(times, (time) => time / 1000),
    energy: Array.from(totalEnergies, (energy) => (1000 * (energy - start)) / atoms),
  };
}
