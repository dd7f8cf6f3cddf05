import {
  add,
  concat,
  grad,
  less,
  mul,
  neg,
  reduceSum,
  reshape,
  slice,
  sub,
  where,
} from '@mlffd/graph';
import type { Graph, Tensor } from '@mlffd/graph';
import { edgeForces, edgeVirials } from '@mlffd/student';
import type { EdgeTensors } from '@mlffd/student';
import type { LossConfig } from './config.ts';

/** Names of the graph inputs that hold labels, in units of the baseline's scale. */
export const LABEL_INPUTS = {
  /** 1 / N, [B, 1]. */
  inverseAtoms: 'inverse_atoms',
  /** (E - E0) / N, [B, 1]. */
  energy: 'energy',
  /** Weight of each structure's energy in the mean; 0 where the label is missing, [B, 1]. */
  energyWeight: 'energy_weight',
  /** [N, 3] */
  forces: 'forces',
  /** Weight of each component, [N, 1]. */
  forceWeight: 'force_weight',
  /** 1 / V, [B, 1]; 0 without a volume. */
  inverseVolume: 'inverse_volume',
  /** Voigt xx yy zz yz xz xy, [B, 6]. */
  stress: 'stress',
  /** Weight of each component, [B, 1]. */
  stressWeight: 'stress_weight',
} as const;

/** Terms of the loss, each a scalar [1]. */
export interface LossTensors {
  readonly energy?: Tensor;
  readonly forces?: Tensor;
  readonly stress?: Tensor;
  /** Their sum with the weights of the configuration. */
  readonly total: Tensor;
}

/** Which terms a graph has: those with a weight. */
export type LossParts = Readonly<Record<'energy' | 'forces' | 'stress', boolean>>;

/** Terms that a configuration gives a weight. */
export function lossParts(loss: LossConfig): LossParts {
  return { energy: loss.energy > 0, forces: loss.forces > 0, stress: loss.stress > 0 };
}

/** What of a model the physical quantities are made of. */
export interface ModelTensors {
  /** [N, 1], in units of the scale. */
  readonly atomEnergies: Tensor;
  readonly edges: EdgeTensors;
}

/** Derivatives of the summed energy with respect to the edge vectors, [M, C, 3]. */
export function edgeDerivatives({ atomEnergies, edges }: ModelTensors): Tensor {
  const total = reduceSum(atomEnergies, [0, 1]);
  return grad(total, [edges.vectors])[0];
}

/** Stress of each structure, Voigt xx yy zz yz xz xy, [B, 6], from the derivatives and 1 / V [B, 1]. */
export function stressTensor(
  derivatives: Tensor,
  edges: EdgeTensors,
  inverseVolume: Tensor,
): Tensor {
  const virials = reshape(edgeVirials(derivatives, edges), ['N', 9]);
  const sums = edges.structures.transpose(virials);
  const column = (k: number): Tensor => slice(sums, 1, k, k + 1);
  const half = sums.graph.scalar(0.5);
  const symmetric = (a: number, b: number): Tensor => mul(half, add(column(a), column(b)));
  const voigt = [
    column(0),
    column(4),
    column(8),
    symmetric(5, 7),
    symmetric(2, 6),
    symmetric(1, 3),
  ];
  return mul(concat(voigt, 1), inverseVolume);
}

/**
 * Loss of a (micro-)batch: weighted sums of residuals, with weights that are fed per label, so that
 * the sum over micro-batches is the mean over the batch and a missing label counts exactly nothing.
 *
 * Energy: sum_b w_b h((E_b - E_ref) / N_b); forces: sum over 3N components of w_i h(F - F_ref);
 * stress: sum over six components. h(x) = x^2 (`mse`), or beyond delta 2 delta |x| - delta^2
 * (`huber`).
 */
export function buildLoss(graph: Graph, model: ModelTensors, loss: LossConfig): LossTensors {
  const parts = lossParts(loss);
  const { edges } = model;
  const penalty = (x: Tensor): Tensor => (loss.kind === 'mse' ? mul(x, x) : huber(x, loss.delta));
  const weighted = (residual: Tensor, weight: Tensor): Tensor =>
    reshape(reduceSum(mul(penalty(residual), weight), [0, 1]), [1]);
  const terms: { energy?: Tensor; forces?: Tensor; stress?: Tensor } = {};
  if (parts.energy) {
    const sums = edges.structures.transpose(model.atomEnergies);
    const perAtom = mul(sums, graph.input(LABEL_INPUTS.inverseAtoms, ['B', 1]));
    const residual = sub(perAtom, graph.input(LABEL_INPUTS.energy, ['B', 1]));
    terms.energy = weighted(residual, graph.input(LABEL_INPUTS.energyWeight, ['B', 1]));
  }
  if (parts.forces || parts.stress) {
    const derivatives = edgeDerivatives(model);
    if (parts.forces) {
      const forces = edgeForces(derivatives, edges);
      const residual = sub(forces, graph.input(LABEL_INPUTS.forces, ['N', 3]));
      terms.forces = weighted(residual, graph.input(LABEL_INPUTS.forceWeight, ['N', 1]));
    }
    if (parts.stress) {
      const inverseVolume = graph.input(LABEL_INPUTS.inverseVolume, ['B', 1]);
      const stress = stressTensor(derivatives, edges, inverseVolume);
      const residual = sub(stress, graph.input(LABEL_INPUTS.stress, ['B', 6]));
      terms.stress = weighted(residual, graph.input(LABEL_INPUTS.stressWeight, ['B', 1]));
    }
  }
  const scaled = (['energy', 'forces', 'stress'] as const).flatMap((name) => {
    const term = terms[name];
    return term === undefined ? [] : [mul(graph.scalar(loss[name]), term)];
  });
  return { ...terms, total: scaled.reduce((sum, term) => add(sum, term)) };
}

function huber(x: Tensor, delta: number): Tensor {
  const { graph } = x;
  const zero = graph.scalar(0);
  const size = where(less(x, zero), neg(x), x);
  const linear = sub(mul(graph.scalar(2 * delta), size), graph.scalar(delta * delta));
  return where(less(size, graph.scalar(delta)), mul(x, x), linear);
}
