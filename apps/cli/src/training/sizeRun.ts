import { join } from 'node:path';
import type { Dataset } from '@mlffd/data';
import type { Gate } from '@mlffd/report';
import type { Student, StudentConfig as StudentModel } from '@mlffd/student';
import type { CurvePoint, TrainConfigInput } from '@mlffd/train';
import { gateResults } from '../output/verdict.ts';
import type { StageResult, StageRunner } from '../pipeline/stage.ts';
import { budgetStage, type Reference } from './budgetStage.ts';
import { openData, type DataOutput } from './dataStage.ts';
import type { DataSource } from './dataSource.ts';
import { trainerConfig, type Verb } from './definition.ts';
import { dynamicsStage, readEnergySeries, type EnergySeries } from './dynamicsStage.ts';
import { fitStage, readFitCurve } from './fitStage.ts';
import { trainGates } from './gates.ts';
import type { SizeFigures } from './results.ts';
import { speedStage } from './speedStage.ts';
import { readTestSeries, testStage, type TestSeries } from './testStage.ts';
import type { TrainRunConfig } from './trainConfig.ts';

/** What every student of a run is made from. */
export interface RunMeans {
  readonly config: TrainRunConfig;
  readonly verb: Verb;
  readonly start?: { readonly student: Student; readonly hash: string } | undefined;
  readonly source: DataSource;
  readonly data: StageResult<DataOutput>;
  readonly reference?: Reference | undefined;
  readonly workers?: number | undefined;
}

/** One student to train and judge. */
export interface SizeTask {
  readonly name: string;
  readonly runner: StageRunner;
  readonly model: StudentModel;
  /** Structures to train on; default the training side. */
  readonly train?: readonly number[];
  readonly measure: Measure;
}

/** What is measured besides the errors. */
export interface Measure {
  readonly dynamics: boolean;
  readonly speed: boolean;
  readonly budget: boolean;
}

/** A student with everything that was found about it. */
export interface SizeResult {
  readonly figures: SizeFigures;
  readonly gates: readonly Gate[];
  /** Folder of the student, without its card. */
  readonly folder: string;
  readonly trainer: TrainConfigInput;
  readonly curve: readonly CurvePoint[];
  readonly series: TestSeries;
  readonly energy: EnergySeries | undefined;
}

/** What the configuration asks to be measured of each student. */
export function measureOf({ config, reference }: Pick<RunMeans, 'config' | 'reference'>): Measure {
  return { dynamics: config.dynamics !== false, speed: true, budget: reference !== undefined };
}

/** Stages that `runSize` goes through. */
export const stagesOf = ({ dynamics, speed, budget }: Measure): number =>
  2 + Number(dynamics) + Number(speed) + Number(budget);

/** Trains a student and measures it; what is finished is not done again. */
export async function runSize(means: RunMeans, task: SizeTask): Promise<SizeResult> {
  const { config, verb, source, data, reference } = means;
  const { runner, measure, name } = task;
  const open = (): Promise<Dataset> => openData(source, data);
  const train = task.train ?? data.output.train;
  const trainer = scaled(
    trainerConfig({
      config,
      model: task.model,
      verb,
      labels: data.output.facts.labels,
      structures: data.output.train.length,
    }),
    data.output.train.length / train.length,
  );
  const fitted = await runner.run(
    fitStage({
      trainer,
      verb,
      start: means.start,
      data: data.output,
      train,
      open,
      workers: means.workers,
    }),
  );
  const folder = join(fitted.folder, fitted.output.student);
  const shared = {
    student: { folder, hash: fitted.output.hash },
    data: data.output,
    seed: config.seed,
    open,
  };
  const tested = await runner.run(testStage({ ...shared, train }));
  const { side, metrics, seen, skipped } = tested.output;
  const moved =
    config.dynamics === false || !measure.dynamics
      ? null
      : await runner.run(dynamicsStage({ ...shared, dynamics: config.dynamics }));
  const timed = measure.speed
    ? await runner.run(speedStage({ ...shared, calls: config.benchmark.calls }))
    : null;
  const budget =
    measure.budget && reference !== undefined
      ? await runner.run(budgetStage({ ...shared, metrics, side, reference }))
      : null;
  const dynamics = moved?.output ?? null;
  const speed = timed?.output ?? null;
  const gates = trainGates(config, { side, metrics, dynamics, speed });
  const results = gateResults(gates);
  const { parameters, model, structures, epochs, steps, reason, best, hash } = fitted.output;
  return {
    figures: {
      student: name,
      verdict: results.every(({ passed }) => passed) ? 'pass' : 'fail',
      gates: results,
      judged_on: side,
      parameters,
      model,
      force_mae_meV_A: metrics.force_mae_meV_A,
      force_rmse_meV_A: metrics.force_rmse_meV_A,
      force_r2: metrics.force_r2,
      accuracy: metrics.accuracy,
      energy_mae_meV_atom: metrics.energy_mae_meV_atom,
      stress_mae_GPa: metrics.stress_mae_GPa,
      microseconds_per_call: speed?.median ?? null,
      test: metrics,
      seen,
      skipped,
      dynamics,
      speed,
      error_budget: budget?.output ?? null,
      training: { structures, epochs, steps, reason, best, seconds: fitted.seconds },
      hash,
    },
    gates,
    folder,
    trainer,
    curve: readFitCurve(fitted.folder, fitted.output),
    series: readTestSeries(tested.folder, tested.output),
    energy: moved === null ? undefined : readEnergySeries(moved.folder, moved.output),
  };
}

/** As many steps on fewer structures: otherwise a learning curve would show the length of training. */
function scaled(trainer: TrainConfigInput, factor: number): TrainConfigInput {
  if (trainer.epochs === undefined || factor === 1) return trainer;
  const every = trainer.validation?.every ?? 1;
  return {
    ...trainer,
    epochs: Math.round(trainer.epochs * factor),
    validation: { ...trainer.validation, every: Math.max(1, Math.round(every * factor)) },
  };
}
