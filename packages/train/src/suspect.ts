import type { Engine, LabelWeights } from './engine.ts';
import { LOSS_TERMS, weightedSum } from './lossConfig.ts';
import type { LossTerm } from './lossConfig.ts';

/** The structure that contributes most to the loss of a batch. */
export interface Suspect {
  /** Number in the training set. */
  readonly index: number;
  /** Its part of the loss; may be NaN. */
  readonly loss: number;
  /** The term that most of it comes from. */
  readonly term: LossTerm;
}

/** Computes the loss of each structure of a batch alone, with the weights that it has in the batch. */
export async function findSuspect(
  engine: Engine,
  batch: Int32Array,
  weights: LabelWeights,
): Promise<Suspect> {
  let worst: Suspect | undefined;
  for (const index of batch) {
    const terms = await engine.gradient([Int32Array.of(index)], weights);
    const loss = weightedSum(weights.factors, terms);
    if (worst !== undefined && !(sizeOf(loss) > sizeOf(worst.loss))) continue;
    const parts = LOSS_TERMS.map((term) =>
      sizeOf((weights.factors[term] ?? 0) * (terms[term] ?? 0)),
    );
    worst = { index, loss, term: LOSS_TERMS[parts.indexOf(Math.max(...parts))] };
  }
  if (worst === undefined) throw new RangeError('a batch without structures');
  return worst;
}

/** What is not a number is worse than any. */
function sizeOf(loss: number): number {
  return Number.isNaN(loss) ? Infinity : loss;
}
