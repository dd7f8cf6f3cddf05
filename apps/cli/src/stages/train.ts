import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFile, sha256, writeFileAtomic } from '@mlffd/core';
import { Dataset, structuresOf, trainingDomainOf } from '@mlffd/data';
import {
  PRESETS,
  countParameters,
  saveStudent,
  type StudentConfig as StudentModel,
} from '@mlffd/student';
import { Trainer, type CurvePoint, type TrainConfigInput, type TrainEvent } from '@mlffd/train';
import type { DistillConfig, StudentConfig } from '../config/distillConfig.ts';
import type { Stage, StageContext } from '../pipeline/stage.ts';
import type { LabelOutput } from './label.ts';
import type { SplitOutput } from './split.ts';

export interface TrainOutput {
  /** Folder of the student, inside the stage's folder. */
  readonly student: string;
  /** SHA-256 of the weights file. */
  readonly hash: string;
  readonly parameters: number;
  readonly epochs: number;
  readonly steps: number;
  readonly reason: string;
  readonly best: number | null;
  /** JSON file with the learning curve. */
  readonly curve: string;
}

/** Trains the student and saves it; goes on from the last checkpoint. */
export function trainStage(
  config: DistillConfig,
  labels: { readonly folder: string; readonly output: LabelOutput },
  split: { readonly output: SplitOutput },
): Stage<TrainOutput> {
  const { workers, ...definition } = config.training;
  const model = studentModel(config.student);
  return {
    name: 'train',
    version: 1,
    inputs: {
      dataset: labels.output.hash,
      split: split.output.hash,
      model,
      training: definition,
      seed: config.seed,
    },
    summarize: (output) =>
      `${output.parameters.toLocaleString('en')} parameters, ${output.epochs} epochs` +
      (output.best === null ? '' : `, validation force MAE ${output.best.toFixed(1)} meV/A`),
    run: async (context) => {
      const dataset = await Dataset.open(join(labels.folder, labels.output.file));
      try {
        return await train({ config, model, dataset, split: split.output, workers, context });
      } finally {
        dataset.close();
      }
    },
  };
}

interface TrainTask {
  readonly config: DistillConfig;
  readonly model: StudentModel;
  readonly dataset: Dataset;
  readonly split: SplitOutput;
  readonly workers: number;
  readonly context: StageContext;
}

async function train(task: TrainTask): Promise<TrainOutput> {
  const { context, dataset, split, model } = task;
  const folder = join(context.folder, 'training');
  const options = {
    dataset,
    split: { train: split.train, validation: split.validation },
    signal: context.signal,
    onEvent: (event: TrainEvent) => {
      report(event, task);
    },
  };
  const trainer = await Trainer.open({ ...options, folder, config: trainConfig(task) });
  const result = await trainer.run();

  const student = join(context.folder, 'student');
  const domain = await trainingDomainOf(structuresOf(dataset, split.train), {
    signal: context.signal,
  });
  await saveStudent(
    student,
    { ...result.student, domain },
    {
      testStructures: [...split.test].slice(0, 4).map((index) => dataset.get(index).atoms),
    },
  );
  writeFileAtomic(join(context.folder, 'curve.json'), JSON.stringify(result.curve));
  return {
    student: 'student',
    hash: sha256(readFileSync(join(student, 'model.safetensors'))),
    parameters: countParameters(model),
    epochs: result.epochs,
    steps: result.steps,
    reason: result.reason,
    best: result.bestMetric,
    curve: 'curve.json',
  };
}

/** The learning curve that a finished stage left. */
export function readCurve(folder: string, output: TrainOutput): readonly CurvePoint[] {
  return JSON.parse(readTextFile(join(folder, output.curve))) as CurvePoint[];
}

/** Hyper-parameters of a student: those of the preset, with what the configuration overrides. */
export function studentModel(config: StudentConfig): StudentModel {
  const { preset = 'tiny', ...overrides } = config;
  return {
    ...PRESETS[preset as keyof typeof PRESETS],
    ...Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined)),
  };
}

function trainConfig({ config, model, workers }: TrainTask): TrainConfigInput {
  const { training, seed } = config;
  return {
    model,
    seed,
    epochs: training.epochs,
    batchSize: training.batchSize,
    loss: { ...training.weights, ...(training.kind === undefined ? {} : { kind: training.kind }) },
    ...(training.stages === undefined ? {} : { stages: training.stages }),
    optimizer: {
      learningRate: training.learningRate,
      weightDecay: training.weightDecay,
      clipNorm: training.gradientClip,
    },
    schedule: { type: 'cosine', warmupSteps: training.warmupSteps },
    ema: { decay: training.ema },
    validation: {
      patience: training.patience,
      // What a stage trades one for the other is judged by both.
      ...(training.stages === undefined ? {} : { metric: { energy: 1, forces: 1 } }),
    },
    checkpoint: { everySeconds: 20 },
    workers,
  };
}

function report(event: TrainEvent, { config, context }: TrainTask): void {
  const { epochs } = config.training;
  switch (event.type) {
    case 'epoch': {
      const { validation, epoch } = event.point;
      const mae = validation?.force_mae_meV_A;
      context.progress({
        done: epoch,
        total: epochs,
        unit: 'epochs',
        ...(typeof mae === 'number' ? { detail: `force MAE ${mae.toFixed(1)} meV/A` } : {}),
      });
      break;
    }
    case 'resumed':
      context.note(`going on from step ${event.step}`);
      break;
    case 'rollback':
      context.note(
        `diverged at step ${event.step}: back to ${event.to}, ${event.reason}`,
        'warning',
      );
      break;
    case 'checkpoint-rejected':
      context.note(`damaged checkpoint set aside: ${event.path}`, 'warning');
      break;
    case 'stage':
      if (event.stages > 1) {
        context.note(`stage ${event.stage + 1} of ${event.stages} from step ${event.step}`);
      }
      break;
    case 'outlier':
      context.note(
        `structure ${event.structure} left out of step ${event.step}: ${event.reason}`,
        'warning',
      );
      break;
    case 'warning':
      context.note(event.message, 'warning');
      break;
    default:
      break;
  }
}
