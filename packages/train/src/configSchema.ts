import { countParameters, parsePainnConfig } from '@mlffd/student';
import type { StudentConfig } from '@mlffd/student';
import { z } from 'zod';
import { microBatchEdges } from './batching.ts';
import type { TrainConfig } from './config.ts';
import { TrainConfigError } from './errors.ts';
import { DEFAULT_SHARE } from './hessianTurn.ts';
import { LABEL_TERMS, LOSS_TERMS } from './lossConfig.ts';
import type { StageConfig } from './lossConfig.ts';
import { lossSchema, metricSchema, stageSchema } from './lossSchema.ts';
import { collectKeys, describeIssue } from './schemaMessages.ts';
import { scheduleSchema } from './scheduleSchema.ts';
import { stageProblem, wholeLoss } from './stages.ts';

const positive = z.number().positive();
const notNegative = z.number().nonnegative();
const count = z.int().positive();
const countOrZero = z.int().nonnegative();
const decay = z.number().min(0).lt(1);

const model = z.strictObject({
  features: count,
  interactions: count,
  radialBasis: z.strictObject({ type: z.enum(['bessel', 'gaussian']), count }),
  cutoff: positive,
  cutoffFunction: z.enum(['cosine', 'polynomial']),
  sharedFilters: z.boolean().optional(),
  maxAtomicNumber: count.optional(),
  zbl: z.boolean().optional(),
  zblReach: positive.max(1).optional(),
  isolatedAtoms: z.enum(['baseline', 'network']).optional(),
  charge: z.boolean().optional(),
  spin: z.boolean().optional(),
  normSoftening: positive.max(10).optional(),
});

const shape = {
  model,
  seed: countOrZero.default(0),
  epochs: count.optional(),
  steps: count.optional(),
  batchSize: count.default(16),
  maxAtoms: countOrZero.default(0),
  maxEdges: countOrZero.default(0),
  microBatchEdges: countOrZero.default(0),
  loss: lossSchema.prefault({}),
  hessian: z.strictObject({ share: z.number().gt(0).max(1).default(DEFAULT_SHARE) }).optional(),
  stages: z.array(stageSchema).default([]),
  optimizer: z
    .strictObject({
      learningRate: positive.default(1e-3),
      weightDecay: notNegative.default(0),
      beta1: decay.default(0.9),
      beta2: decay.default(0.999),
      epsilon: positive.default(1e-8),
      amsgrad: z.boolean().default(false),
      clipNorm: positive.default(10),
    })
    .prefault({}),
  schedule: scheduleSchema.prefault({}),
  ema: z.strictObject({ decay: decay.default(0.999) }).prefault({}),
  baseline: z
    .strictObject({
      ridge: notNegative.default(1e-8),
      energies: z.record(z.string(), z.number()).optional(),
    })
    .prefault({}),
  maxForce: notNegative.default(0),
  validation: z
    .strictObject({
      every: count.default(1),
      metric: metricSchema.default('force_mae_meV_A'),
      patience: countOrZero.default(0),
    })
    .prefault({}),
  guard: z
    .strictObject({
      every: count.default(200),
      factor: z.number().gt(1).default(1000),
      learningRate: z.number().gt(0).max(1).default(0.5),
      rollbacks: countOrZero.default(5),
      outliers: countOrZero.default(10),
    })
    .prefault({}),
  checkpoint: z
    .strictObject({ everySteps: countOrZero.default(0), everySeconds: notNegative.default(300) })
    .prefault({}),
  workers: count.default(1),
  stream: z.boolean().default(false),
  maxSeconds: notNegative.default(0),
  logEvery: count.default(50),
};

const schema = z.strictObject(shape);

/** JSON Schema (draft 2020-12) of a training configuration, for editors and documentation. */
export function trainConfigJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input' });
}

/**
 * Checks a value of unknown origin (a parsed file) and returns it with every default written out.
 *
 * @throws TrainConfigError naming each key that is unknown or has an unusable value
 * @throws StudentConfigError for the hyper-parameters of the student
 */
export function parseTrainConfig(value: unknown, where = 'training configuration'): TrainConfig {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => describeIssue(issue, KNOWN_KEYS));
    throw new TrainConfigError('train/config', `${where}: ${problems.join('; ')}`, {
      expected: 'the keys and values of the training schema',
      found: problems.join('; '),
      where,
      hint: 'Correct or remove these keys.',
    });
  }
  const { data } = parsed;
  if ((data.epochs === undefined) === (data.steps === undefined)) {
    throw new TrainConfigError('train/config', `${where}: the length of training is not clear`, {
      expected: 'either "epochs" or "steps"',
      found: data.epochs === undefined ? 'neither' : 'both',
      where,
      hint: 'Give exactly one of the two.',
    });
  }
  const stages = data.stages.map(({ loss, ...stage }): StageConfig => {
    // A term that is not given is that of the loss.
    const given = LOSS_TERMS.map((term) => [term, loss[term] ?? data.loss[term]]);
    const weights: unknown = Object.fromEntries(given.filter(([, weight]) => weight !== undefined));
    return { ...stage, loss: weights as StageConfig['loss'] };
  });
  const { metric } = data.validation;
  const problem =
    stageProblem(stages) ??
    (typeof metric === 'object' && Object.values(metric).every((weight) => weight === 0)
      ? '"validation.metric": every weight is 0'
      : undefined);
  if (problem !== undefined) {
    throw new TrainConfigError('train/config', `${where}: ${problem}`, {
      expected: 'stages in order, each up to a larger part of the run, and some weight above 0',
      found: problem,
      where,
      hint: 'Give every stage but the last an "until" between 0 and 1.',
    });
  }
  const painn = parsePainnConfig(data.model satisfies Loose<StudentConfig>, `${where}, model`);
  const whole = wholeLoss({ loss: data.loss, stages });
  const hessian = whole.hessian ?? 0;
  const nodes = whole.nodeEnergies ?? 0;
  if (hessian > 0 && nodes === 0 && LABEL_TERMS.every((term) => whole[term] === 0)) {
    throw new TrainConfigError('train/config', `${where}: products of the Hessian alone`, {
      expected: 'a weight above 0 for energy, forces or stress beside "loss.hessian"',
      found: 'none',
      where,
      hint: 'Second derivatives say nothing about forces and energies: train on these, too.',
    });
  }
  return {
    ...data,
    stages,
    model: painn,
    ...(hessian > 0 && data.hessian === undefined ? { hessian: { share: DEFAULT_SHARE } } : {}),
    // Part of the definition of a run: written out, so that it stays the same everywhere.
    microBatchEdges:
      data.microBatchEdges || microBatchEdges(painn.features, countParameters(painn)),
  };
}

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Keys of every object in the schema. */
const KNOWN_KEYS: readonly string[] = collectKeys(schema);
