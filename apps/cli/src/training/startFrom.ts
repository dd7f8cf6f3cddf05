import { setImmediate } from 'node:timers/promises';
import { numberOf, symbolOf } from '@mlffd/core';
import type { Dataset } from '@mlffd/data';
import {
  loadStudent,
  parsePainnConfig,
  StudentCalculator,
  trainedElements,
  type Student,
} from '@mlffd/student';
import { BaselineFit, differences } from '@mlffd/train';
import { ConfigError } from '../config/load.ts';
import { stopped, type StageContext } from '../pipeline/stage.ts';
import { writtenModel, type Verb } from './definition.ts';
import type { TrainRunConfig } from './trainConfig.ts';

/** Ridge of the fit, as the trainer's default. */
const RIDGE = 1e-8;
/** Structures between two looks at the signal. */
const STRIDE = 16;

/**
 * Reads the student that a run begins with, and makes sure that the configuration fits it.
 *
 * @throws ConfigError showing the keys of the model that differ
 */
export function loadStart(folder: string, config: TrainRunConfig): Student {
  const student = loadStudent(folder);
  const found = parsePainnConfig(student.config);
  const wanted = parsePainnConfig({ ...found, ...writtenModel(config.student) });
  const changes = differences(found, wanted);
  if (changes.length === 0) return student;
  throw new ConfigError(
    'config/other-model',
    `The student in ${folder} is another model; what differs (student -> configuration):\n` +
      changes.map((change) => `  ${change}`).join('\n'),
    {
      where: 'student',
      expected: 'the model of the student, or no key `student` at all',
      found: changes.join('; '),
      hint: 'Remove these keys: the weights of a student fit its own model only. For another model use `mlffd train`.',
    },
  );
}

/** @throws ConfigError when a student that is to be tuned has never seen an element */
export function requireKnownElements(student: Student, present: readonly string[]): void {
  const unknown = newElements(student, present);
  if (unknown.length === 0) return;
  const known = trainedElements(student.baseline).map(symbolOf).join(', ');
  throw new ConfigError(
    'config/unknown-element',
    `The student was never trained on ${unknown.join(', ')}.`,
    {
      where: 'dataset',
      expected: `elements of the student: ${known}`,
      found: present.join(', '),
      hint: 'Leave these structures out (`mlffd data filter --elements ...`), or use `mlffd init-from`, which takes new elements.',
    },
  );
}

/** Elements that a student has not seen. */
export function newElements({ baseline }: Student, present: readonly string[]): string[] {
  const known = trainedElements(baseline);
  return present.filter((symbol) => !known.includes(numberOf(symbol)));
}

/** What a start is made ready with. */
export interface StartTask {
  readonly student: Student;
  readonly verb: Exclude<Verb, 'train'>;
  readonly dataset: Dataset;
  readonly train: readonly number[];
  readonly context: StageContext;
}

/**
 * The student as training starts with it.
 *
 * `finetune` keeps it as it is. `init-from` keeps weights and scale, as the forces of the network are
 * in units of it, and fits the reference energies anew to what the network leaves of the new labels:
 * another method has another zero of energy, and new elements have none yet.
 */
export async function readyStart(task: StartTask): Promise<Student> {
  const { student, verb, dataset, train, context } = task;
  if (verb === 'finetune') return student;
  const { energies, scale } = student.baseline;
  const rows = energies.length;
  const blank = {
    energies: new Float64Array(rows),
    scale,
    elements: Array.from({ length: rows - 1 }, (_, k) => k + 1),
  };
  const network = await StudentCalculator.fromStudent({ ...student, baseline: blank });
  const fit = new BaselineFit(rows);
  let labelled = 0;
  try {
    for (const [done, index] of train.entries()) {
      if (done % STRIDE === 0) {
        await setImmediate();
        if (context.signal.aborted) throw stopped();
        context.progress({
          done,
          total: train.length,
          unit: 'structures',
          detail: 'fitting the reference energies anew',
        });
      }
      const { atoms, energy } = dataset.get(index);
      const results = await network.calculate(atoms, ['energy']);
      if (energy !== undefined) labelled++;
      const left = energy === undefined ? undefined : energy - (results.energy ?? 0);
      fit.add({ atoms, energy: left });
    }
  } finally {
    await network.dispose();
  }
  const fitted = fit.solve(RIDGE);
  const elements = fitted.elements;
  if (labelled === 0) return { ...student, baseline: { energies, scale, elements } };
  return { ...student, baseline: { energies: fitted.energies, scale, elements } };
}
