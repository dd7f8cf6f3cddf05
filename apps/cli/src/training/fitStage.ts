import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AbortedError, readTextFile, sha256, writeFileAtomic, type Atoms } from '@mlffd/core';
import { structuresOf, trainingDomainOf, type Dataset } from '@mlffd/data';
import {
  countParameters,
  saveStudent,
  trainedElements,
  type Student,
  type StudentConfig as StudentModel,
} from '@mlffd/student';
import { parseTrainConfig, Trainer, type CurvePoint, type TrainConfigInput } from '@mlffd/train';
import type { Stage, StageContext } from '../pipeline/stage.ts';
import type { DataOutput } from './dataStage.ts';
import type { Verb } from './definition.ts';
import { FitReporter } from './fitEvents.ts';
import { newElements, readyStart, requireKnownElements } from './startFrom.ts';

/** A trained student. */
export interface FitOutput {
  /** Folder of the student, inside the stage's folder. */
  readonly student: string;
  /** SHA-256 of the weights file. */
  readonly hash: string;
  readonly parameters: number;
  readonly model: StudentModel;
  readonly epochs: number;
  readonly steps: number;
  /** Structures that it was trained on. */
  readonly structures: number;
  readonly reason: string;
  /** Value of `validation.metric`. */
  readonly best: number | null;
  /** JSON file with the learning curve. */
  readonly curve: string;
}

/** One training. */
export interface FitTask {
  readonly trainer: TrainConfigInput;
  readonly verb: Verb;
  readonly start?: { readonly student: Student; readonly hash: string } | undefined;
  readonly data: DataOutput;
  /** Structures to train on; default the training side. */
  readonly train?: readonly number[];
  readonly open: () => Promise<Dataset>;
  readonly workers?: number | undefined;
}

const CURVE = 'curve.json';
/** Held-out structures that the student's folder keeps answers of. */
const VECTORS = 4;

/** Trains a student and saves it; goes on from the last checkpoint. */
export function fitStage(task: FitTask): Stage<FitOutput> {
  const { data, verb, start } = task;
  const { workers, stream, maxSeconds, checkpoint, logEvery, ...definition } = parseTrainConfig(
    task.trainer,
  );
  const train = task.train ?? data.train;
  return {
    name: 'train',
    version: 1,
    inputs: {
      dataset: data.hash,
      train: sha256(JSON.stringify(train)),
      validation: sha256(JSON.stringify(data.validation)),
      definition: JSON.parse(JSON.stringify(definition)) as unknown,
      verb,
      start: start?.hash ?? null,
    },
    summarize: ({ parameters, epochs, steps, reason }) =>
      `${parameters.toLocaleString('en')} parameters, ${epochs} epochs, ${steps} steps` +
      (reason === 'completed' ? '' : ` (${reason})`),
    run: (context) =>
      fit(
        { ...task, train },
        {
          ...{ workers: task.workers ?? workers, stream, maxSeconds, checkpoint, logEvery },
          context,
        },
      ),
  };
}

/** How a training is executed. */
interface Execution {
  readonly workers: number;
  readonly stream: boolean;
  readonly maxSeconds: number;
  readonly context: StageContext;
}

type WholeTask = FitTask & { readonly train: readonly number[] };

async function fit(task: WholeTask, execution: Execution): Promise<FitOutput> {
  const { context } = execution;
  if (task.verb !== 'train' && task.start !== undefined) greet(task, task.start.student, context);
  const dataset = await task.open();
  try {
    const trainer = await openTrainer(task, dataset, execution);
    const result = await trainer.run();
    if (result.reason === 'time') throw outOfTime(trainer.folder, execution.maxSeconds);
    const folder = join(context.folder, 'student');
    const domain = await trainingDomainOf(structuresOf(dataset, task.train), {
      signal: context.signal,
    });
    await saveStudent(
      folder,
      { ...result.student, domain },
      {
        testStructures: vectorsOf(dataset, task.data, trainedElements(result.student.baseline)),
      },
    );
    writeFileAtomic(join(context.folder, CURVE), JSON.stringify(result.curve));
    return {
      student: 'student',
      hash: sha256(readFileSync(join(folder, 'model.safetensors'))),
      parameters: countParameters(result.student.config),
      model: result.student.config,
      epochs: result.epochs,
      steps: result.steps,
      structures: task.train.length,
      reason: result.reason,
      best: result.bestMetric,
      curve: CURVE,
    };
  } finally {
    dataset.close();
  }
}

/** Structures that were held out, of elements that the student knows. */
function vectorsOf(dataset: Dataset, data: DataOutput, known: readonly number[]): Atoms[] {
  return [...data.test, ...data.validation, ...data.train]
    .filter((index) => dataset.numbers(index).every((z) => known.includes(z)))
    .slice(0, VECTORS)
    .map((index) => dataset.get(index).atoms);
}

async function openTrainer(
  task: WholeTask,
  dataset: Dataset,
  { context, workers, stream, maxSeconds }: Execution,
): Promise<Trainer> {
  const folder = join(context.folder, 'training');
  const { trainer: config, data } = task;
  const options = {
    dataset,
    split: { train: task.train, validation: data.validation },
    signal: context.signal,
    onEvent: new FitReporter(context, config.epochs).onEvent,
  };
  return Trainer.open({
    ...options,
    folder,
    config: { ...config, workers, stream, maxSeconds },
    initial: () => initialOf(task, dataset, context),
  });
}

async function initialOf(
  { start, verb, train }: WholeTask,
  dataset: Dataset,
  context: StageContext,
): Promise<Student | undefined> {
  if (start === undefined || verb === 'train') return undefined;
  return readyStart({ student: start.student, verb, dataset, train, context });
}

function greet({ verb, data }: WholeTask, student: Student, context: StageContext): void {
  const { elements } = data.facts;
  if (verb === 'finetune') {
    requireKnownElements(student, elements);
    return;
  }
  const fresh = newElements(student, elements);
  if (fresh.length === 0) return;
  context.note(`new to the student: ${fresh.join(', ')}; its weights for them are random`);
}

/** The learning curve that a finished stage left. */
export function readFitCurve(folder: string, { curve }: FitOutput): readonly CurvePoint[] {
  return JSON.parse(readTextFile(join(folder, curve))) as CurvePoint[];
}

function outOfTime(folder: string, seconds: number): AbortedError {
  return new AbortedError('run/time', `The time limit of ${seconds} s is over.`, {
    where: folder,
    expected: 'the end of training',
    hint: 'Run the same command again to go on, or raise training.maxSeconds.',
  });
}
