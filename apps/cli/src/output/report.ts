import { symbolOf } from '@mlffd/core';
import {
  barChart,
  formatDuration,
  lineChart,
  parityPlot,
  renderReport,
  verdictOf,
  type Gate,
  type Section,
} from '@mlffd/report';
import type { CurvePoint } from '@mlffd/train';
import type { DistillConfig } from '../config/distillConfig.ts';
import type { ValidationSeries } from '../stages/validate.ts';
import { driftFigure, elementErrorFigure } from './sharedFigures.ts';
import type { DistillResults } from './results.ts';
import { floorSection } from './teacherFloor.ts';

/** What the report is drawn from. */
export interface ReportInput {
  readonly config: DistillConfig;
  readonly teacher: string;
  readonly results: DistillResults;
  readonly gates: readonly Gate[];
  readonly curve: readonly CurvePoint[];
  readonly series: ValidationSeries;
}

/** `report.html`: one page that a chemist can judge the student by. */
export async function distillReport(input: ReportInput): Promise<string> {
  const { config, teacher, results, gates } = input;
  return renderReport({
    kicker: 'MLFF Distiller',
    title: `${config.name}: ${teacher} distilled`,
    subtitle:
      `A PaiNN student with ${results.student.parameters.toLocaleString('en')} parameters for ` +
      `${results.data.elements.join(', ')}, trained on ${String(results.data.training)} structures ` +
      `and judged on ${String(results.data.test)} frames of trajectories that it never saw.`,
    verdict: verdictOf(gates),
    facts: [
      { label: 'Force MAE', value: results.force_mae_meV_A, unit: 'meV/Å' },
      { label: 'Accuracy', value: 100 * results.accuracy, unit: '%', format: { decimals: 1 } },
      { label: 'Energy MAE', value: results.energy_mae_meV_atom, unit: 'meV/atom' },
      ...(results.stress_mae_GPa === null
        ? []
        : [{ label: 'Stress MAE', value: results.stress_mae_GPa, unit: 'GPa' }]),
      ...results.speed.map((row) => ({
        label: `Speed at ${String(row.atoms)} atoms`,
        value: row.speedup,
        unit: '× teacher',
      })),
    ],
    sections: [
      goals(gates),
      await accuracy(input),
      floorSection(results.teacher_floor, results.force_mae_meV_A),
      await dynamics(input),
      await speed(input),
      await training(input),
      provenance(input),
    ],
    data: results,
    footer: [
      `${results.machine.cpu}, ${String(results.machine.cores)} cores, Node ${results.versions.node}`,
    ],
  });
}

function goals(gates: readonly Gate[]): Section {
  return {
    title: 'Goals',
    gates: { caption: 'What the student has to reach, and what was measured.', gates },
  };
}

async function accuracy({ results, series }: ReportInput): Promise<Section> {
  const { test } = results;
  const elements = Object.entries(test.by_element);
  return {
    title: 'Agreement with the teacher',
    text:
      'All frames are from trajectories of the teacher that were held out as a whole, at temperatures and ' +
      'strains of their own. Accuracy is 1 − MAE / mean |F|, both over force components.',
    figures: [
      {
        svg: await parityPlot({
          title: 'Forces',
          quantity: 'Force component',
          unit: 'eV/Å',
          teacher: series.forces.teacher,
          student: series.forces.student,
          errorUnit: { unit: 'meV/Å', factor: 1000 },
        }),
        caption: 'Force components on held-out frames.',
      },
      {
        svg: await parityPlot({
          title: 'Energies',
          quantity: 'Energy less its mean',
          unit: 'eV/atom',
          teacher: series.energies.teacher,
          student: series.energies.student,
          errorUnit: { unit: 'meV/atom', factor: 1000 },
        }),
        caption: 'Energies per atom on held-out frames.',
      },
      await elementErrorFigure(elements),
    ],
    tables: [
      {
        caption: 'Force errors by the size of the force.',
        columns: [
          { label: '|F|', unit: 'eV/Å' },
          { label: 'Atoms', format: { significant: 7 } },
          { label: 'MAE', unit: 'meV/Å' },
          { label: 'RMSE', unit: 'meV/Å' },
          { label: 'Largest', unit: 'meV/Å' },
          { label: 'Cosine', format: { decimals: 4 } },
        ],
        rows: test.by_force
          .filter(({ atoms }) => atoms > 0)
          .map((bucket) => [
            bucket.high_eV_A === null
              ? `> ${String(bucket.low_eV_A)}`
              : `${String(bucket.low_eV_A)} to ${String(bucket.high_eV_A)}`,
            bucket.atoms,
            bucket.force_mae_meV_A,
            bucket.force_rmse_meV_A,
            bucket.force_max_meV_A,
            bucket.force_cosine,
          ]),
      },
    ],
  };
}

async function dynamics({ results, series }: ReportInput): Promise<Section> {
  const { nve, own_trajectory: own } = results;
  return {
    title: 'Dynamics',
    text:
      `${String(nve.picoseconds)} ps at constant energy with the student: ${String(nve.atoms)} atoms, started at ` +
      `${String(nve.temperature_K)} K, time step ${String(nve.timestep_fs)} fs. The teacher was asked about ` +
      `${String(own.frames)} frames that the student's own dynamics went through.`,
    facts: [
      { label: 'Slope', value: nve.slope, unit: 'meV/atom/ps' },
      { label: 'Fluctuation', value: nve.rms_meV_atom, unit: 'meV/atom' },
      {
        label: 'Force MAE on own trajectory',
        value: own.force_mae_meV_A,
        unit: 'meV/Å',
      },
    ],
    figures: [await driftFigure({ x: series.nve.time, y: series.nve.energy }, nve)],
  };
}

async function speed({ results, teacher }: ReportInput): Promise<Section> {
  return {
    title: 'Speed',
    text: 'Median time of a call for energy and forces, one thread each, positions moving between calls, teacher and student in turn in the same run.',
    figures: [
      {
        wide: true,
        svg: await barChart({
          title: 'Time of a call',
          width: 960,
          value: { label: 'Time', unit: 'ms', scale: 'log' },
          bars: results.speed.flatMap((row) => [
            {
              label: `${String(row.atoms)} atoms`,
              series: teacher,
              value: row.teacher_ms,
              reference: true,
            },
            { label: `${String(row.atoms)} atoms`, series: 'student', value: row.student_ms },
          ]),
        }),
        caption: 'Teacher and student on the same structures.',
      },
    ],
    tables: [
      {
        caption: 'Times of a call.',
        columns: [
          { label: 'Atoms', format: { significant: 7 } },
          { label: teacher, unit: 'ms' },
          { label: 'Student', unit: 'ms' },
          { label: 'Ratio' },
        ],
        rows: results.speed.map((row) => [row.atoms, row.teacher_ms, row.student_ms, row.speedup]),
      },
    ],
  };
}

async function training({ curve, results }: ReportInput): Promise<Section> {
  const validated = curve.filter(({ validation }) => validation !== null);
  return {
    title: 'Training',
    figures: [
      {
        svg: await lineChart({
          title: 'Loss',
          x: { label: 'Epoch' },
          y: { label: 'Loss', scale: 'log' },
          series: [
            {
              name: 'training',
              x: curve.map(({ epoch }) => epoch),
              y: curve.map(({ loss }) => loss),
            },
          ],
        }),
        caption: 'Weighted loss, mean over the steps of an epoch, in units of the force scale.',
      },
      {
        svg: await lineChart({
          title: 'Validation',
          x: { label: 'Epoch' },
          y: { label: 'Force MAE', unit: 'meV/Å', scale: 'log' },
          series: [
            {
              name: 'validation',
              x: validated.map(({ epoch }) => epoch),
              y: validated.map(({ validation }) => validation?.force_mae_meV_A ?? NaN),
            },
          ],
        }),
        caption: 'Averaged weights on groups that are not trained on.',
      },
    ],
    tables: [
      {
        caption: 'Structures.',
        columns: [{ label: 'Set' }, { label: 'Structures', format: { significant: 9 } }],
        rows: [
          ['training', results.data.training],
          ['validation', results.data.validation],
          ['held out', results.data.test],
        ],
      },
    ],
  };
}

function provenance({ results }: ReportInput): Section {
  return {
    title: 'Where the numbers come from',
    text: 'The same configuration, seed and versions give the same figures; only times differ.',
    tables: [
      {
        caption: 'Time of each stage.',
        columns: [{ label: 'Stage' }, { label: 'Time', align: 'right' }],
        rows: Object.entries(results.seconds).map(([stage, seconds]) => [
          stage,
          formatDuration(seconds),
        ]),
      },
      {
        caption: 'Identity of the run.',
        columns: [{ label: 'What' }, { label: 'Value' }],
        rows: [
          ['seed', String(results.seed)],
          ...Object.entries(results.hashes).map(([name, hash]) => [`${name} (SHA-256)`, hash]),
          ...Object.entries(results.versions).map(([name, version]) => [name, version]),
        ],
      },
    ],
  };
}

/** Symbols of atomic numbers. */
export const symbolsOf = (numbers: readonly number[]): string[] => numbers.map(symbolOf);
