import { add, concat, gather, grad, mul, neg, reduceSum, reshape, slice, sub } from '@mlffd/graph';
import type { Dim, Graph, Tensor } from '@mlffd/graph';
import { edgeForces, edgeVirials } from '@mlffd/student';
import type { EdgeTensors, PairTensors } from '@mlffd/student';
import { LOSS_TERMS, lossParts, penaltyOf } from './lossConfig.ts';
import type { LossConfig, LossTerm } from './lossConfig.ts';
import { penalize } from './penalty.ts';
import type { Residual } from './penalty.ts';

/** Names of the graph inputs that hold labels, in units of the baseline's scale. */
export const LABEL_INPUTS = {
  /** 1 / N, [B, 1]. */
  inverseAtoms: 'inverse_atoms',
  /** (E - E0) / N, [B, 1]. */
  energy: 'energy',
  /** Weight of each structure's energy in the mean; 0 where the label is missing, [B, 1]. */
  energyWeight: 'energy_weight',
  /** [N, 3], or [3, B*N] where structures have a slot for every pair. */
  forces: 'forces',
  /** Weight of each component, [N, 1], or [1, B*N]. */
  forceWeight: 'force_weight',
  /** 1 / V, [B, 1]; 0 without a volume. */
  inverseVolume: 'inverse_volume',
  /** Voigt xx yy zz yz xz xy, [B, 6]. */
  stress: 'stress',
  /** Weight of each component, [B, 1]. */
  stressWeight: 'stress_weight',
  /** Direction v that the Hessian is multiplied with, with the axes of the forces. */
  directions: 'hessian_directions',
  /** H v, with the same axes. */
  products: 'hessian_products',
  /** Weight of each component of H v, with the axes of the forces' weight. */
  productWeight: 'hessian_weight',
  /** Energy of each atom above the baseline, with the axes of the forces' weight. */
  nodeEnergies: 'node_energies',
  /** Weight of each atom's energy, with the same axes. */
  nodeWeight: 'node_weight',
} as const;

/** Names of the graph inputs that hold the weight of a term in the present stage, [1]. */
export const FACTOR_INPUTS: Readonly<Record<LossTerm, string>> = {
  energy: 'energy_factor',
  forces: 'forces_factor',
  stress: 'stress_factor',
  hessian: 'hessian_factor',
  nodeEnergies: 'node_energies_factor',
};

/** Terms of the loss, each a scalar [1]. */
export interface LossTensors {
  readonly energy?: Tensor;
  readonly forces?: Tensor;
  readonly stress?: Tensor;
  readonly hessian?: Tensor;
  readonly nodeEnergies?: Tensor;
  /** Their sum with the weights that are fed. */
  readonly total: Tensor;
}

/** What of a model on rows of edges the physical quantities are made of. */
export interface ModelTensors {
  /** [N, 1], in units of the scale. */
  readonly atomEnergies: Tensor;
  readonly edges: EdgeTensors;
}

/** The same of a model on pairs. */
export interface PairModelTensors {
  /** [B, N], in units of the scale. */
  readonly atomEnergies: Tensor;
  readonly pairs: PairTensors;
}

/** Physical quantities that are compared with labels, made where they are asked for. */
export interface Quantities {
  /** Of each structure, [B, 1], in units of the scale. */
  readonly energies: () => Tensor;
  /** Of each atom, in units of the scale, with the axes of the weights in `forceShape`. */
  readonly nodeEnergies: () => Tensor;
  /** With the axes of their labels in `forceShape`. */
  readonly forces: () => Tensor;
  /** [B, 6]; undefined for structures that cannot have any. */
  readonly stress: ((inverseVolume: Tensor) => Tensor) | undefined;
  /** Second derivatives of the energy times a direction, with the axes of the forces. */
  readonly products: (directions: Tensor) => Tensor;
  /** Shape of the forces and of the weight of each atom. */
  readonly forceShape: readonly [forces: readonly Dim[], weights: readonly Dim[]];
}

/** Quantities of structures whose edges lie in rows: forces [N, 3]. */
export function edgeQuantities(model: ModelTensors): Quantities {
  const { edges } = model;
  let derivatives: Tensor | undefined;
  const once = (): Tensor => (derivatives ??= edgeDerivatives(model));
  return {
    energies: () => edges.structures.transpose(model.atomEnergies),
    nodeEnergies: () => model.atomEnergies,
    forces: () => edgeForces(once(), edges),
    stress: (inverseVolume) => stressTensor(once(), edges, inverseVolume),
    products: (directions) => edgeProducts(once(), edges, directions),
    forceShape: [
      ['N', 3],
      ['N', 1],
    ],
  };
}

/** Quantities of open structures with a slot for every pair: forces [3, B*N]. */
export function pairQuantities({ atomEnergies, pairs }: PairModelTensors): Quantities {
  let known: Tensor | undefined;
  const slopes = (): Tensor =>
    (known ??= grad(reduceSum(atomEnergies, [0, 1]), [pairs.positions])[0]);
  return {
    energies: () => reduceSum(atomEnergies, [1], { keepDims: true }),
    nodeEnergies: () => reshape(atomEnergies, [1, 'B*N']),
    forces: () => neg(reshape(slopes(), [3, 'B*N'])),
    stress: undefined,
    products: (directions) => {
      const seed = reshape(directions, [3, 'B', 'N']);
      const [products] = grad(slopes(), [pairs.positions], seed);
      return reshape(products, [3, 'B*N']);
    },
    forceShape: [
      [3, 'B*N'],
      [1, 'B*N'],
    ],
  };
}

/** Derivatives of the summed energy with respect to the edge vectors, [M, C, 3]. */
export function edgeDerivatives({ atomEnergies, edges }: ModelTensors): Tensor {
  const total = reduceSum(atomEnergies, [0, 1]);
  return grad(total, [edges.vectors])[0];
}

/**
 * H v of each atom, [N, 3]: r_ij moves with v_j - v_i, and the sum of dE/dr_ij (v_j - v_i) has the
 * derivatives that the forces' sum over edges takes to -H v.
 *
 * @param directions v, [N, 3]
 */
export function edgeProducts(derivatives: Tensor, edges: EdgeTensors, directions: Tensor): Tensor {
  const own = edges.owners === undefined ? directions : gather(directions, edges.owners);
  const rows = own.shape[0];
  const seed = sub(gather(directions, edges.neighbors), reshape(own, [rows, 1, 3]));
  const [changes] = grad(derivatives, [edges.vectors], seed);
  return neg(edgeForces(changes, edges));
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
 * stress: sum over six components; Hessian: sum over 3N components of w_i h(H v - (H v)_ref), where
 * H v is exact: the derivative of the forces' graph along v; node energies: sum over atoms of
 * w_i h(E_i - E_i,ref). `penalize` says what h is. The graph has the terms to which `loss` gives a
 * weight; the weights themselves are fed, so that stages need no other graph.
 */
export function buildLoss(graph: Graph, quantities: Quantities, loss: LossConfig): LossTensors {
  const parts = lossParts(loss);
  const weighted = (term: LossTerm, residual: Residual, weight: Tensor): Tensor => {
    const penalty = penalize(residual, penaltyOf(loss, term));
    return reshape(reduceSum(mul(penalty, weight), [0, 1]), [1]);
  };
  const terms: Partial<Record<LossTerm, Tensor>> = {};
  if (parts.energy) {
    const inverseAtoms = graph.input(LABEL_INPUTS.inverseAtoms, ['B', 1]);
    const perAtom = mul(quantities.energies(), inverseAtoms);
    const values = sub(perAtom, graph.input(LABEL_INPUTS.energy, ['B', 1]));
    const weight = graph.input(LABEL_INPUTS.energyWeight, ['B', 1]);
    terms.energy = weighted('energy', { values, axis: 1, components: 1 }, weight);
  }
  if (parts.forces) {
    const [shape, weightShape] = quantities.forceShape;
    const values = sub(quantities.forces(), graph.input(LABEL_INPUTS.forces, shape));
    const weight = graph.input(LABEL_INPUTS.forceWeight, weightShape);
    terms.forces = weighted('forces', { values, axis: shape.indexOf(3), components: 3 }, weight);
  }
  if (parts.stress && quantities.stress !== undefined) {
    const stress = quantities.stress(graph.input(LABEL_INPUTS.inverseVolume, ['B', 1]));
    const values = sub(stress, graph.input(LABEL_INPUTS.stress, ['B', 6]));
    const weight = graph.input(LABEL_INPUTS.stressWeight, ['B', 1]);
    terms.stress = weighted('stress', { values, axis: 1, components: 6 }, weight);
  }
  if (parts.hessian === true) {
    const [shape, weightShape] = quantities.forceShape;
    const products = quantities.products(graph.input(LABEL_INPUTS.directions, shape));
    const values = sub(products, graph.input(LABEL_INPUTS.products, shape));
    const weight = graph.input(LABEL_INPUTS.productWeight, weightShape);
    terms.hessian = weighted('hessian', { values, axis: shape.indexOf(3), components: 3 }, weight);
  }
  if (parts.nodeEnergies === true) {
    const [, shape] = quantities.forceShape;
    const target = graph.input(LABEL_INPUTS.nodeEnergies, shape);
    const values = sub(quantities.nodeEnergies(), target);
    const weight = graph.input(LABEL_INPUTS.nodeWeight, shape);
    const axis = shape.indexOf(1);
    terms.nodeEnergies = weighted('nodeEnergies', { values, axis, components: 1 }, weight);
  }
  const scaled = LOSS_TERMS.flatMap((name) => {
    const term = terms[name];
    return term === undefined ? [] : [mul(graph.input(FACTOR_INPUTS[name], [1]), term)];
  });
  return { ...terms, total: scaled.reduce((sum, term) => add(sum, term)) };
}
