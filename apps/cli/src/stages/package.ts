import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemError, writeFileAtomic } from '@mlffd/core';
import { modelCard } from '@mlffd/report';
import { loadStudent } from '@mlffd/student';
import type { TeacherFloor } from '@mlffd/teachers';
import type { DistillConfig } from '../config/distillConfig.ts';
import { domainText } from '../output/domainText.ts';
import { distillReport, symbolsOf } from '../output/report.ts';
import type { DistillResults } from '../output/results.ts';
import { describeTeacher, type StudentsTeacher } from '../output/teacherCards.ts';
import { floorText } from '../output/teacherFloor.ts';
import { gateResults, gatesOf } from '../output/verdict.ts';
import { versions } from '../output/versions.ts';
import { machine } from '../pipeline/machine.ts';
import type { OnEvent } from '../pipeline/progress.ts';
import type { StageResult } from '../pipeline/stage.ts';
import type { BenchmarkOutput } from './benchmark.ts';
import type { GenerateOutput } from './generate.ts';
import type { LabelOutput } from './label.ts';
import type { SplitOutput } from './split.ts';
import { readCurve, studentModel, type TrainOutput } from './train.ts';
import { readSeries, type ValidateOutput } from './validate.ts';

/** Everything that a finished run left. */
interface FinishedStages {
  readonly generated: StageResult<GenerateOutput>;
  readonly labels: StageResult<LabelOutput>;
  readonly split: StageResult<SplitOutput>;
  readonly trained: StageResult<TrainOutput>;
  readonly validated: StageResult<ValidateOutput>;
  readonly benchmarked: StageResult<BenchmarkOutput>;
  readonly audited: StageResult<TeacherFloor>;
}

export interface PackageOptions {
  readonly config: DistillConfig;
  /** The run folder. */
  readonly folder: string;
  readonly stages: FinishedStages;
  readonly hashes: DistillResults['hashes'];
  readonly onEvent: OnEvent;
}

/**
 * Puts the student with its card, the report and the results into the run folder.
 *
 * It is quick and always done again, so that a file which was deleted or changed comes back.
 */
export async function packageRun(options: PackageOptions): Promise<DistillResults> {
  const { config, folder, stages, onEvent } = options;
  const started = performance.now();
  onEvent({ type: 'stage-started', stage: 'package', index: 8, of: 8 });
  const results = resultsOf(options);
  const teacher = await describeTeacher(config.teacher);
  const { validated, trained } = stages;
  const report = await distillReport({
    config,
    teacher: teacher.name,
    results,
    gates: gatesOf(config.gates, measuredIn(stages)),
    curve: readCurve(trained.folder, trained.output),
    series: readSeries(validated.folder, validated.output),
  });
  copyStudent(options, results, teacher);
  writeFileAtomic(join(folder, 'report.html'), report);
  writeFileAtomic(join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  onEvent({
    type: 'stage-finished',
    stage: 'package',
    seconds: (performance.now() - started) / 1000,
    summary: 'report.html, results.json, student',
  });
  return results;
}

const measuredIn = ({ validated, benchmarked }: FinishedStages) => ({
  metrics: validated.output.metrics,
  nve: validated.output.nve,
  speed: benchmarked.output.rows,
});

function resultsOf({ config, stages, hashes }: PackageOptions): DistillResults {
  const { labels, split, trained, validated, benchmarked, audited } = stages;
  const { metrics, nve, own } = validated.output;
  const gates = gateResults(gatesOf(config.gates, measuredIn(stages)));
  const seconds = Object.fromEntries(
    Object.values(stages).map((stage: StageResult<unknown>) => [stage.name, stage.seconds]),
  );
  return {
    name: config.name,
    verdict: gates.every(({ passed }) => passed) ? 'pass' : 'fail',
    gates,
    force_mae_meV_A: figure(metrics.force_mae_meV_A),
    force_rmse_meV_A: figure(metrics.force_rmse_meV_A),
    force_r2: figure(metrics.force_r2),
    accuracy: figure(metrics.accuracy),
    energy_mae_meV_atom: figure(metrics.energy_mae_meV_atom),
    stress_mae_GPa: metrics.stress_mae_GPa,
    nve_slope_meV_atom_ps: nve.slope,
    nve_band_meV_atom_ps: [nve.low, nve.high],
    speedup_vs_teacher: Object.fromEntries(
      benchmarked.output.rows.map(({ atoms, speedup }) => [String(atoms), speedup]),
    ),
    test: metrics,
    own_trajectory: own,
    nve,
    speed: benchmarked.output.rows,
    teacher_floor: audited.output,
    student: {
      parameters: trained.output.parameters,
      config: studentModel(config.student),
    },
    data: {
      structures: labels.output.structures,
      training: split.output.train.length,
      validation: split.output.validation.length,
      test: split.output.test.length,
      elements: symbolsOf(labels.output.elements),
    },
    seed: config.seed,
    seconds,
    seconds_total: Object.values(seconds).reduce((sum, value) => sum + value, 0),
    versions: versions(),
    hashes,
    machine: machine(),
  };
}

/** Held-out frames carry energy and forces, so a metric that is missing is a fault, not a value. */
function figure(value: number | null): number {
  if (value === null) throw new TypeError('a metric of the held-out frames is missing');
  return value;
}

function copyStudent(
  { config, folder, stages }: PackageOptions,
  results: DistillResults,
  teacher: StudentsTeacher,
): void {
  const { trained } = stages;
  const source = join(trained.folder, trained.output.student);
  const target = join(folder, 'student');
  const student = loadStudent(source);
  const card = modelCard({
    name: config.name,
    summary:
      `A PaiNN student of ${teacher.name} for ${results.data.elements.join(', ')}: ` +
      `${results.student.parameters.toLocaleString('en')} parameters, ` +
      `force MAE ${results.force_mae_meV_A.toFixed(1)} meV/Å against the teacher.`,
    license: teacher.studentLicense,
    architecture: {
      name: 'PaiNN',
      parameters: results.student.parameters,
      cutoff: student.config.cutoff,
      settings: {
        features: student.config.features,
        interactions: student.config.interactions,
        'radial basis': `${student.config.radialBasis.type}, ${String(student.config.radialBasis.count)}`,
        'cutoff function': student.config.cutoffFunction,
      },
    },
    elements: results.data.elements,
    teacher,
    training: {
      dataset: config.name,
      structures: results.data.structures,
      split: {
        train: results.data.training,
        validation: results.data.validation,
        test: results.data.test,
      },
      description:
        'Random displacements and strains of the start structures, and frames of molecular dynamics with the teacher. Held-out frames are from trajectories of their own.',
      settings: {
        epochs: trained.output.epochs,
        'batch size': config.training.batchSize,
        'learning rate': config.training.learningRate,
        seed: config.seed,
      },
      duration: trained.seconds,
      hardware: `${results.machine.cpu}, ${String(results.machine.cores)} cores`,
    },
    metrics: [
      { name: 'Force MAE', value: results.force_mae_meV_A, unit: 'meV/Å', on: 'held-out frames' },
      { name: 'Force R²', value: results.force_r2, on: 'held-out frames' },
      { name: 'Accuracy', value: results.accuracy, on: 'held-out frames' },
      {
        name: 'Energy MAE',
        value: results.energy_mae_meV_atom,
        unit: 'meV/atom',
        on: 'held-out frames',
      },
      ...(results.stress_mae_GPa === null
        ? []
        : [
            {
              name: 'Stress MAE',
              value: results.stress_mae_GPa,
              unit: 'GPa',
              on: 'held-out frames',
            },
          ]),
      {
        name: 'Energy drift',
        value: results.nve_slope_meV_atom_ps,
        unit: 'meV/atom/ps',
        on: `NVE ${String(results.nve.picoseconds)} ps, ${String(results.nve.temperature_K)} K`,
      },
    ],
    intendedUse: [
      `Molecular dynamics of ${config.systems.map(({ name }) => name).join(', ')} and supercells of them, at the temperatures and strains of the training data.`,
    ],
    limitations: [
      'It knows nothing beyond its training data: other compositions, phases, surfaces and defects are extrapolation.',
      `It inherits the errors of ${teacher.name}.`,
      `${teacher.name} itself has ${floorText(results.teacher_floor)}: no student is better than that.`,
      ...domainText(student.domain),
    ],
    provenance: { ...results.hashes, seed: config.seed },
  });
  try {
    mkdirSync(target, { recursive: true });
    for (const name of readdirSync(source)) {
      if (name !== 'README.md') copyFileSync(join(source, name), join(target, name));
    }
  } catch (cause) {
    throw fileSystemError('write', target, cause);
  }
  writeFileAtomic(join(target, 'README.md'), card);
}
