import { z } from 'zod';
import type { ValidationConfig } from './config.ts';
import { DEFAULT_DELTA, DEFAULT_KIND, LOSS_KINDS } from './lossConfig.ts';
import type { LossConfig, LossTerm, StageConfig } from './lossConfig.ts';

const notNegative = z.number().nonnegative();
const kind = z.enum(LOSS_KINDS);
const delta = z.number().positive();

const perTerm = {
  energy: notNegative.optional(),
  forces: notNegative.optional(),
  stress: notNegative.optional(),
  hessian: notNegative.optional(),
  nodeEnergies: notNegative.optional(),
};

/** Schema of a loss, in full or in its short form with one `kind` for all terms. */
export const lossSchema: z.ZodType<LossConfig> = z.strictObject({
  energy: notNegative.default(1),
  forces: notNegative.default(100),
  stress: notNegative.default(0),
  // Without a default: descriptions of runs without them stay as they were.
  hessian: notNegative.optional(),
  nodeEnergies: notNegative.optional(),
  kind: z
    .union([
      z.strictObject({
        energy: kind.default(DEFAULT_KIND),
        forces: kind.default(DEFAULT_KIND),
        stress: kind.default(DEFAULT_KIND),
        hessian: kind.optional(),
        nodeEnergies: kind.optional(),
      }),
      kind,
    ])
    .default(DEFAULT_KIND),
  delta: z
    .union([
      z.strictObject({
        energy: delta.default(DEFAULT_DELTA),
        forces: delta.default(DEFAULT_DELTA),
        stress: delta.default(DEFAULT_DELTA),
        hessian: delta.optional(),
        nodeEnergies: delta.optional(),
      }),
      delta,
    ])
    .default(DEFAULT_DELTA),
  groupWeights: z.record(z.string(), notNegative).optional(),
});

/** A stage as it is written down: with some of the weights. */
type WrittenStage = Omit<StageConfig, 'loss'> & {
  readonly loss: Readonly<Partial<Record<LossTerm, number | undefined>>>;
};

/** Schema of a stage; weights that are not given are filled in from the loss. */
export const stageSchema: z.ZodType<WrittenStage> = z.strictObject({
  until: z.number().gt(0).max(1).optional(),
  loss: z.strictObject(perTerm).prefault({}),
  learningRate: z.number().positive().optional(),
  restart: z.boolean().default(false),
});

/** Schema of what a run is judged by. */
export const metricSchema: z.ZodType<ValidationConfig['metric']> = z.union([
  z.strictObject({
    energy: notNegative.default(0),
    forces: notNegative.default(0),
    stress: notNegative.default(0),
  }),
  z.enum([
    'energy_mae_meV_atom',
    'energy_rmse_meV_atom',
    'force_mae_meV_A',
    'force_rmse_meV_A',
    'stress_mae_GPa',
    'stress_rmse_GPa',
  ]),
]);
