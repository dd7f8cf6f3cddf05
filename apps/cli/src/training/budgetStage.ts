import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Dataset, geometryHash } from '@mlffd/data';
import { StudentCalculator } from '@mlffd/student';
import { errorBudget, type ErrorBudget, MetricsAccumulator, type Metrics } from '@mlffd/train';
import { ConfigError } from '../config/load.ts';
import { stopped, type Stage, type StageContext } from '../pipeline/stage.ts';
import { importSource, type DataSource } from './dataSource.ts';
import type { DataOutput } from './dataStage.ts';
import { knows, type StudentPlace } from './testStage.ts';
import type { ReferenceConfig } from './trainConfig.ts';

/** Budgets of the force errors, meV/Angstrom; `null` where nobody knows the teacher's error. */
export interface BudgetOutput {
  /** Name of the better method. */
  readonly reference: string;
  /** Structures that all three were compared on; `null` where the teacher's error was given. */
  readonly structures: number | null;
  readonly force_rmse_meV_A: ErrorBudget | null;
  readonly force_mae_meV_A: ErrorBudget | null;
}

/** A better method: its labels, or how far the teacher is from it. */
export type Reference =
  | { readonly source: DataSource }
  | Exclude<ReferenceConfig, { readonly dataset: string }>;

/** Structures between two looks at the signal. */
const STRIDE = 16;

/** Adds up the errors of teacher and student, and measures the sum where labels allow. */
export function budgetStage(task: {
  readonly student: StudentPlace;
  readonly data: DataOutput;
  /** Student against the teacher, on the side that it is judged on. */
  readonly metrics: Metrics;
  readonly side: 'test' | 'validation';
  readonly reference: Reference;
  readonly open: () => Promise<Dataset>;
}): Stage<BudgetOutput> {
  const { student, data, metrics, reference } = task;
  return {
    name: 'budget',
    version: 1,
    inputs: {
      student: student.hash,
      dataset: data.hash,
      split: data.splitHash,
      reference: 'source' in reference ? reference.source.hash : { ...reference },
    },
    summarize: ({ force_rmse_meV_A: rmse, force_mae_meV_A: mae }) => {
      const budget = rmse ?? mae;
      const kind = rmse === null ? 'MAE' : 'RMSE';
      return budget === null ? 'no forces to compare' : `force ${kind}: ${budgetText(budget)}`;
    },
    run: async (context) => {
      if ('source' in reference) return measured({ ...task, source: reference.source }, context);
      const { forceMae, forceRmse } = reference;
      return {
        reference: 'the given reference',
        structures: null,
        force_rmse_meV_A: given(forceRmse, metrics.force_rmse_meV_A),
        force_mae_meV_A: given(forceMae, metrics.force_mae_meV_A),
      };
    },
  };
}

/** `sqrt(30.0^2 + 10.0^2) = 31.6 meV/A expected, 31.9 measured`. */
function budgetText({ teacher, student, predicted, measured }: ErrorBudget): string {
  const sum = `sqrt(${teacher.toFixed(1)}^2 + ${student.toFixed(1)}^2) = ${predicted.toFixed(1)} meV/A expected`;
  return measured === null ? sum : `${sum}, ${measured.toFixed(1)} measured`;
}

function given(teacher: number | undefined, student: number | null): ErrorBudget | null {
  return teacher === undefined || student === null ? null : errorBudget({ teacher, student });
}

interface MeasureTask {
  readonly student: StudentPlace;
  readonly data: DataOutput;
  readonly side: 'test' | 'validation';
  readonly source: DataSource;
  readonly open: () => Promise<Dataset>;
}

async function measured(task: MeasureTask, context: StageContext): Promise<BudgetOutput> {
  const { student, data, side, source } = task;
  const path = source.isStore ? source.path : join(context.folder, 'reference.h5');
  if (!source.isStore) {
    await importSource(source, path, {
      teacher: undefined,
      signal: context.signal,
      onStructure: (done) => {
        context.progress({ done, unit: 'structures' });
      },
    });
  }
  const better = await Dataset.open(path);
  const dataset = await task.open();
  const calculator = await StudentCalculator.load(student.folder);
  try {
    const known = await geometries(better, context);
    const [teacherError, studentError, total] = [0, 1, 2].map(() => new MetricsAccumulator());
    let structures = 0;
    for (const [k, index] of data[side].entries()) {
      if (k % STRIDE === 0) await turn(context, k, data[side].length);
      const { atoms, forces } = dataset.get(index);
      const match = known.get(geometryHash(atoms));
      const best = match === undefined ? undefined : better.get(match).forces;
      if (best === undefined || forces === undefined || !knows(calculator, atoms)) continue;
      const found = await calculator.calculate(atoms, ['forces']);
      const { numbers } = atoms;
      teacherError.add({ numbers, forces: best }, { forces });
      studentError.add({ numbers, forces }, found);
      total.add({ numbers, forces: best }, found);
      structures++;
    }
    if (structures === 0) throw noMatch(source.path, side);
    const figures = [teacherError, studentError, total].map((errors) => errors.result());
    const budget = (name: 'force_rmse_meV_A' | 'force_mae_meV_A'): ErrorBudget => {
      const [teacher, own, sum] = figures.map((metrics) => metrics[name] ?? NaN);
      return errorBudget({ teacher, student: own, measured: sum });
    };
    return {
      reference: better.provenance.teacher,
      structures,
      force_rmse_meV_A: budget('force_rmse_meV_A'),
      force_mae_meV_A: budget('force_mae_meV_A'),
    };
  } finally {
    better.close();
    dataset.close();
    await calculator.dispose();
  }
}

async function geometries(better: Dataset, context: StageContext): Promise<Map<string, number>> {
  const known = new Map<string, number>();
  for (let k = 0; k < better.length; k++) {
    if (k % STRIDE === 0) await turn(context, k, better.length);
    known.set(geometryHash(better.get(k).atoms), k);
  }
  return known;
}

async function turn(
  { signal, progress }: StageContext,
  done: number,
  total: number,
): Promise<void> {
  await setImmediate();
  if (signal.aborted) throw stopped();
  progress({ done, total, unit: 'structures' });
}

function noMatch(path: string, side: string): ConfigError {
  return new ConfigError(
    'config/reference-differs',
    `No structure of the ${side} set has forces in the reference.`,
    {
      where: path,
      expected: 'the same structures, bit for bit, with forces of the better method',
      found: 'other geometries, charges or spins',
      hint: 'Label the structures of the dataset itself with the better method, and keep their positions in double precision.',
    },
  );
}
