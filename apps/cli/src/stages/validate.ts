import { join } from 'node:path';
import { readTextFile, writeFileAtomic, type Atoms } from '@mlffd/core';
import { Dataset } from '@mlffd/data';
import { compareAlongTrajectory, runNve, type MdFrame } from '@mlffd/md';
import { StudentCalculator } from '@mlffd/student';
import { MetricsAccumulator, type Metrics } from '@mlffd/train';
import type { DistillConfig } from '../config/distillConfig.ts';
import type { NveFigures } from '../output/results.ts';
import type { Stage, StageContext } from '../pipeline/stage.ts';
import type { TeacherHandle } from '../pipeline/teacher.ts';
import type { LabelOutput } from './label.ts';
import type { SplitOutput } from './split.ts';
import type { TrainOutput } from './train.ts';

export interface ValidateOutput {
  /** On frames of the teacher's held-out trajectories. */
  readonly metrics: Metrics;
  readonly nve: NveFigures;
  /** Against the teacher, along the student's own trajectory. */
  readonly own: {
    readonly frames: number;
    readonly force_mae_meV_A: number;
    readonly force_rmse_meV_A: number;
    readonly accuracy: number;
  };
  /** JSON file with the series behind the plots. */
  readonly series: string;
}

/** What the plots of the report are drawn from. */
export interface ValidationSeries {
  /** Force components, eV/Angstrom. */
  readonly forces: { readonly teacher: readonly number[]; readonly student: readonly number[] };
  /** Energies, eV/atom, less the mean of the teacher's. */
  readonly energies: { readonly teacher: readonly number[]; readonly student: readonly number[] };
  /** Constant-energy run: time in ps, total energy relative to the start in meV/atom. */
  readonly nve: { readonly time: readonly number[]; readonly energy: readonly number[] };
  /** Radial distribution functions at the validation temperature. */
  readonly rdf?: {
    readonly distances: readonly number[];
    readonly teacher: readonly number[];
    readonly student: readonly number[];
  };
}

/** Longest series that is kept for a plot. */
const PLOT_POINTS = 2000;

/** Compares the student with the teacher where neither has been: held-out frames, own dynamics. */
export function validateStage(
  config: DistillConfig,
  system: Atoms,
  parts: {
    readonly teacher: TeacherHandle;
    readonly labels: { readonly folder: string; readonly output: LabelOutput };
    readonly split: { readonly output: SplitOutput };
    readonly trained: { readonly folder: string; readonly output: TrainOutput };
  },
): Stage<ValidateOutput> {
  const { teacher, labels, split, trained } = parts;
  return {
    name: 'validate',
    version: 1,
    inputs: {
      student: trained.output.hash,
      dataset: labels.output.hash,
      split: split.output.hash,
      teacher: teacher.fingerprint,
      system: { numbers: system.numbers, positions: system.positions, cell: system.cell },
      validation: config.validation,
      seed: config.seed,
    },
    summarize: ({ metrics, nve }) =>
      `force R2 ${metrics.force_r2?.toFixed(4) ?? '-'}, ` +
      `MAE ${metrics.force_mae_meV_A?.toFixed(1) ?? '-'} meV/A, ` +
      `NVE slope ${nve.slope.toExponential(1)} meV/atom/ps`,
    run: async (context) => {
      const student = await StudentCalculator.load(join(trained.folder, trained.output.student));
      const dataset = await Dataset.open(join(labels.folder, labels.output.file));
      try {
        const test = await onHeldOutFrames(student, dataset, split.output.test);
        const dynamics = await ownDynamics({ config, system, teacher, student, context });
        const series: ValidationSeries = { ...test.series, ...dynamics.series };
        writeFileAtomic(join(context.folder, 'series.json'), JSON.stringify(series));
        return {
          metrics: test.metrics,
          nve: dynamics.nve,
          own: dynamics.own,
          series: 'series.json',
        };
      } finally {
        dataset.close();
        await student.dispose();
      }
    },
  };
}

/** The series that a finished stage left. */
export function readSeries(folder: string, output: ValidateOutput): ValidationSeries {
  return JSON.parse(readTextFile(join(folder, output.series))) as ValidationSeries;
}

async function onHeldOutFrames(
  student: StudentCalculator,
  dataset: Dataset,
  indices: readonly number[],
): Promise<{ metrics: Metrics; series: Pick<ValidationSeries, 'forces' | 'energies'> }> {
  const metrics = new MetricsAccumulator();
  const forces: { teacher: number[]; student: number[] } = { teacher: [], student: [] };
  const energies: { teacher: number[]; student: number[] } = { teacher: [], student: [] };
  for (const index of indices) {
    const labelled = dataset.get(index);
    const wanted = (['energy', 'forces', 'stress'] as const).filter((name) => name in labelled);
    const predicted = await student.calculate(labelled.atoms, wanted);
    metrics.add({ numbers: labelled.atoms.numbers, ...labelled }, predicted);
    const atoms = labelled.atoms.numbers.length;
    if (labelled.energy !== undefined && predicted.energy !== undefined) {
      energies.teacher.push(labelled.energy / atoms);
      energies.student.push(predicted.energy / atoms);
    }
    if (labelled.forces !== undefined && predicted.forces !== undefined) {
      forces.teacher.push(...labelled.forces);
      forces.student.push(...predicted.forces);
    }
  }
  const mean = energies.teacher.reduce((sum, value) => sum + value, 0) / energies.teacher.length;
  const centred = (values: readonly number[]): number[] => values.map((value) => value - mean);
  return {
    metrics: metrics.result(),
    series: {
      forces,
      energies: { teacher: centred(energies.teacher), student: centred(energies.student) },
    },
  };
}

interface DynamicsTask {
  readonly config: DistillConfig;
  readonly system: Atoms;
  readonly teacher: TeacherHandle;
  readonly student: StudentCalculator;
  readonly context: StageContext;
}

/** Steps of thermal equilibration before the run at constant energy. */
const EQUILIBRATION = 500;

async function ownDynamics(task: DynamicsTask): Promise<{
  nve: NveFigures;
  own: ValidateOutput['own'];
  series: Pick<ValidationSeries, 'nve' | 'rdf'>;
}> {
  const { config, system, teacher, student, context } = task;
  const { temperature, picoseconds, timestep, teacherFrames } = config.validation;
  const steps = Math.ceil((1000 * picoseconds) / timestep);
  const stride = Math.max(1, Math.floor(steps / PLOT_POINTS));
  const every = Math.max(1, Math.floor(steps / stride / teacherFrames)) * stride;
  const frames: MdFrame[] = [];
  const run = await runNve({
    calculator: student,
    atoms: system,
    temperature,
    seed: config.seed,
    timestep,
    steps,
    stride,
    equilibration: { steps: EQUILIBRATION, friction: 0.02 },
    signal: context.signal,
    onFrame: (frame) => {
      if (frame.step > 0 && frame.step % every === 0) frames.push(frame);
    },
    onEvent: (event) => {
      if (event.type === 'progress') {
        context.progress({ done: event.step, total: event.steps, unit: 'steps' });
      }
    },
  });
  context.note(`asking the teacher about ${frames.length} frames of the student's own trajectory`);
  const calculator = await teacher.pool();
  const errors = await compareAlongTrajectory({
    teacher: calculator,
    student,
    frames,
    signal: context.signal,
  });
  const start = run.totalEnergies[0];
  const atoms = system.numbers.length;
  return {
    nve: {
      atoms,
      temperature_K: temperature,
      picoseconds: (steps * timestep) / 1000,
      timestep_fs: timestep,
      slope: run.slope,
      low: run.low,
      high: run.high,
      rms_meV_atom: run.rms,
    },
    own: {
      frames: frames.length,
      force_mae_meV_A: 1000 * errors.forceMae,
      force_rmse_meV_A: 1000 * errors.forceRmse,
      accuracy: errors.forceAccuracy,
    },
    series: {
      nve: {
        time: Array.from(run.times, (time) => time / 1000),
        energy: Array.from(run.totalEnergies, (energy) => (1000 * (energy - start)) / atoms),
      },
    },
  };
}
