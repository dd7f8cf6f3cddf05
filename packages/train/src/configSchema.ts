import { countParameters, parsePainnConfig } from '@mlffd/student';
import type { PainnConfig } from '@mlffd/student';
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { microBatchEdges } from './batching.ts';
import type { TrainConfig } from './config.ts';
import { TrainConfigError } from './errors.ts';

/** Typing errors up to this many letters get a suggestion. */
const SUGGESTION_DISTANCE = 4;

const positive = z.number().positive();
const notNegative = z.number().nonnegative();
const count = z.int().positive();
const countOrZero = z.int().nonnegative();
const fraction = z.number().min(0).max(1);
const decay = z.number().min(0).lt(1);

const warmupSteps = countOrZero.default(100);
const constant = z.strictObject({ type: z.literal('constant'), warmupSteps });
const cosine = z.strictObject({
  type: z.literal('cosine').default('cosine'),
  warmupSteps,
  final: fraction.default(0.01),
});
const plateau = z.strictObject({
  type: z.literal('plateau'),
  warmupSteps,
  factor: z.number().gt(0).lt(1).default(0.5),
  patience: countOrZero.default(10),
  final: fraction.default(0.001),
});

const model = z.strictObject({
  features: count,
  interactions: count,
  radialBasis: z.strictObject({ type: z.enum(['bessel', 'gaussian']), count }),
  cutoff: positive,
  cutoffFunction: z.enum(['cosine', 'polynomial']),
  sharedFilters: z.boolean().optional(),
  maxAtomicNumber: count.optional(),
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
  loss: z
    .strictObject({
      energy: notNegative.default(1),
      forces: notNegative.default(100),
      stress: notNegative.default(0),
      kind: z.enum(['mse', 'huber']).default('mse'),
      delta: positive.default(0.1),
    })
    .prefault({}),
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
  schedule: z.union([constant, plateau, cosine]).prefault({}),
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
      metric: z
        .enum([
          'energy_mae_meV_atom',
          'energy_rmse_meV_atom',
          'force_mae_meV_A',
          'force_rmse_meV_A',
          'stress_mae_GPa',
          'stress_rmse_GPa',
        ])
        .default('force_mae_meV_A'),
      patience: countOrZero.default(0),
    })
    .prefault({}),
  guard: z
    .strictObject({
      every: count.default(200),
      factor: z.number().gt(1).default(1000),
      learningRate: z.number().gt(0).max(1).default(0.5),
      rollbacks: countOrZero.default(5),
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
    const problems = parsed.error.issues.map((issue) => describe(issue));
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
  const painn = parsePainnConfig(data.model satisfies Loose<PainnConfig>, `${where}, model`);
  return {
    ...data,
    model: painn,
    // Part of the definition of a run: written out, so that it stays the same everywhere.
    microBatchEdges:
      data.microBatchEdges || microBatchEdges(painn.features, countParameters(painn)),
  };
}

type Loose<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Keys of every object in the schema, by path. */
const KNOWN_KEYS: readonly string[] = collectKeys(shape);

function collectKeys(object: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(object).flatMap(([key, type]) => {
    let inner = type;
    while (inner instanceof z.ZodPrefault || inner instanceof z.ZodDefault) inner = inner.unwrap();
    if (inner instanceof z.ZodObject) return [key, ...collectKeys(inner.shape)];
    if (inner instanceof z.ZodUnion) return [key, ...collectKeys(plateau.shape)];
    return [key];
  });
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code === 'invalid_union') {
    // The longest list of complaints belongs to the wrong branch.
    const [branch] = issue.errors.toSorted((a, b) => a.length - b.length);
    return branch
      .map((inner) => describe({ ...inner, path: [...issue.path, ...inner.path] }))
      .join('; ');
  }
  if (issue.code !== 'unrecognized_keys') return `"${path}": ${issue.message}`;
  return issue.keys
    .map((key) => {
      const near = closest(key, [...KNOWN_KEYS]);
      const hint = distance(key, near) <= SUGGESTION_DISTANCE ? `, did you mean "${near}"?` : '';
      return `unknown key "${path === '' ? key : `${path}.${key}`}"${hint}`;
    })
    .join('; ');
}
