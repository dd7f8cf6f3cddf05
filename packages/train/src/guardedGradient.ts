import { globalNorm } from './adamw.ts';
import { gradientPieces } from './batching.ts';
import type { TrainConfig } from './config.ts';
import { divergence } from './divergence.ts';
import type { Engine, LabelWeights, LossTerms } from './engine.ts';
import { hessianDirection, NO_TURN } from './hessianTurn.ts';
import type { HessianTurn } from './hessianTurn.ts';
import { weightedSum } from './lossConfig.ts';
import type { LossFactors } from './lossConfig.ts';
import type { ParameterLayout } from './parameterLayout.ts';
import type { SharedSet } from './sharedSet.ts';
import { firstNotFinite } from './stepHealth.ts';
import { findSuspect } from './suspect.ts';
import type { Suspect } from './suspect.ts';

/** What a gradient is computed and judged with. */
export interface GradientContext {
  readonly engine: Engine;
  readonly train: SharedSet;
  readonly layout: ParameterLayout;
  readonly config: Pick<TrainConfig, 'guard' | 'microBatchEdges'>;
  /** Weights of the terms. */
  readonly factors: LossFactors;
  /** Which structures carry the Hessian term; undefined where the loss has none. */
  readonly turn: HessianTurn | undefined;
  /** Running mean of the loss. */
  readonly average: number | null;
  /** Whether a structure may be left out of the step. */
  readonly mayLeaveOut: (index: number) => boolean;
}

/** Loss of a batch, whose gradient is in the engine. */
export interface BatchLoss {
  readonly terms: LossTerms;
  readonly loss: number;
  /** Norm of the whole gradient. */
  readonly gradientNorm: number;
}

/** A loss that may be trained on, or why not. */
export interface GuardedLoss extends BatchLoss {
  /** Why the whole batch, or the batch with `suspect`, must not be trained on. */
  readonly reason?: string;
  readonly suspect?: Suspect;
  /** Whether the step may be taken, if need be without the suspect. */
  readonly usable: boolean;
}

/**
 * Gradient of a batch. When it would make training diverge, the structure with the largest loss is
 * looked for, and left out if the rest of the batch is sound without it.
 */
export async function guardedGradient(
  batch: Int32Array,
  context: GradientContext,
): Promise<GuardedLoss> {
  const { engine, layout, mayLeaveOut } = context;
  const whole = await batchLoss(batch, context);
  const problem = problemOf(whole, context);
  if (problem === undefined) return { ...whole, usable: true };
  const parameter = firstNotFinite(layout, engine.sum);
  const suspect = await findSuspect(engine, batch, labelWeights(batch, context));
  const where = parameter === undefined ? '' : `, first in ${parameter}`;
  const found = { reason: `${problem}${where}`, suspect };
  if (batch.length > 1 && mayLeaveOut(suspect.index)) {
    const rest = await batchLoss(
      batch.filter((index) => index !== suspect.index),
      context,
    );
    if (problemOf(rest, context) === undefined) return { ...rest, ...found, usable: true };
  }
  return { ...whole, ...found, usable: false };
}

async function batchLoss(batch: Int32Array, context: GradientContext): Promise<BatchLoss> {
  const { engine, train, config, factors } = context;
  // Those with the Hessian term apart: they need another model, of which the others have no use.
  const carriers = batch.filter((k) => carriesHessian(k, context));
  const others = carriers.length === 0 ? batch : batch.filter((k) => !carriers.includes(k));
  const edges = config.microBatchEdges;
  const pieces = [
    ...gradientPieces(carriers, train.columns, edges),
    ...gradientPieces(others, train.columns, edges),
  ];
  const terms = await engine.gradient(pieces, labelWeights(batch, context));
  return { terms, loss: weightedSum(factors, terms), gradientNorm: globalNorm(engine.sum) };
}

function carriesHessian(k: number, { train, turn }: GradientContext): boolean {
  return turn !== undefined && hessianDirection(turn, k, train.directionCount(k)) !== NO_TURN;
}

function problemOf(step: BatchLoss, { average, config }: GradientContext): string | undefined {
  return divergence(step, average, config.guard.factor);
}

/** Mean over a batch: one over the number of its labelled values of each kind, 0 when there are none. */
function labelWeights(batch: Int32Array, context: GradientContext): LabelWeights {
  const { train: set, factors, turn } = context;
  let products = 0;
  let energies = 0;
  let forces = 0;
  let stresses = 0;
  let nodes = 0;
  for (const k of batch) {
    if (set.hasEnergy(k)) energies += 1;
    if (set.hasForces(k)) forces += 3 * set.columns.atoms[k];
    if (set.hasStress(k)) stresses += 6;
    if (factors.nodeEnergies !== undefined && set.hasNodeEnergies(k)) nodes += set.columns.atoms[k];
    if (carriesHessian(k, context)) products += 3 * set.columns.atoms[k];
  }
  const inverse = (count: number): number => (count === 0 ? 0 : 1 / count);
  return {
    energy: inverse(energies),
    forces: inverse(forces),
    stress: inverse(stresses),
    factors,
    ...(turn === undefined || products === 0 ? {} : { hessian: { weight: 1 / products, turn } }),
    ...(nodes === 0 ? {} : { nodeEnergies: 1 / nodes }),
  };
}
