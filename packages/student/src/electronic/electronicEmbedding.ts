import type { Dim, IndexMap, Tensor } from '@mlffd/graph';
import {
  add,
  broadcastTo,
  concat,
  exp,
  gather,
  less,
  matmul,
  mul,
  reciprocal,
  reduceSum,
  reshape,
  softplus,
  sub,
  where,
} from '@mlffd/graph';
import type { StudentConfig } from '../config.ts';
import { getWeight, type Weights } from '../layers.ts';
import { ELECTRON_INPUTS, electronProperties, type ElectronProperty } from './electronInputs.ts';

/** Which atoms belong to which structure, in one of the arrangements of a graph. */
export interface Membership {
  /** Number of structures. */
  readonly structures: Dim;
  /** What each atom's structure has: [B, K] -> [N, K], or what broadcasts to that. */
  readonly perAtom: (x: Tensor) => Tensor;
  /** Sum over the atoms of each structure: [N, K] -> [B, K]. */
  readonly sum: (x: Tensor) => Tensor;
}

/** All atoms are of one structure. */
export const ONE_STRUCTURE: Membership = {
  structures: 1,
  perAtom: (x) => x,
  sum: (x) => reduceSum(x, [0], { keepDims: true }),
};

/** Atoms of several structures, one after the other. */
export function mappedStructures(structures: IndexMap): Membership {
  return {
    structures: structures.rows,
    perAtom: (x) => gather(x, structures),
    sum: (x) => structures.transpose(x),
  };
}

/** B structures with room for N atoms each; `present` [1, B, N] is 0 for atoms that only fill up. */
export function filledStructures(present: Tensor): Membership {
  return {
    structures: 'B',
    perAtom: (x) => {
      const [, K] = x.shape;
      return reshape(broadcastTo(reshape(x, ['B', 1, K]), ['B', 'N', K]), ['B*N', K]);
    },
    sum: (x) => {
      const [, K] = x.shape;
      const real = mul(reshape(x, ['B', 'N', K]), reshape(present, ['B', 'N', 1]));
      return reduceSum(real, [1]);
    },
  };
}

/**
 * Adds what the total charge and the number of unpaired electrons say to the features of atoms
 * [N, F]. It declares the inputs of the graph (`ELECTRON_INPUTS`) that the configuration asks for.
 *
 * As schnetpack 2.1.1's ElectronicEmbedding, after SpookyNet (Unke et al., Nat. Commun. 12, 7273,
 * 2021, eqs. 10-11): atom i of structure b gets the part a_i = exp(w_i) / sum_b exp(w) of a vector
 * V e_b, with w_i = (Wq x_i + c) . (K min(e_b, 1)) / sqrt(F), and then a residual network of its own;
 * e is (q, 0) for a charge q > 0, (0, -q) for one below, and the number of unpaired electrons. The
 * second property asks with the features that the first has changed. Where e is zero nothing is added,
 * as no layer but that of w has a bias.
 *
 * schnetpack takes the exponentials' shares of a whole batch first, and divides by their sum over the
 * structure plus 1e-8. Here structures of a batch know nothing of each other. The largest w is not
 * taken off before the exponential: w is far below its limit of 88, unless training diverges.
 */
export function embedElectrons(
  x: Tensor,
  context: { weights: Weights; config: StudentConfig; membership: Membership },
): Tensor {
  const { graph } = x;
  let features = x;
  electronProperties(context.config).forEach((property, k) => {
    const { structures } = context.membership;
    const values = graph.input(ELECTRON_INPUTS[property], [structures, 1]);
    features = graph.scope(property, () => {
      const name = `electronic_embeddings.${k}`;
      const amounts = signed(values, property);
      return add(features, embedding(features, amounts, { ...context, name }));
    });
  });
  return features;
}

/** [B, 2]: positive and negative part of charges; [B, 1]: size of spins. */
function signed(values: Tensor, property: ElectronProperty): Tensor {
  const zero = values.graph.scalar(0);
  const positive = where(less(zero, values), values, zero);
  const negative = sub(positive, values);
  return property === 'charge' ? concat([positive, negative], 1) : add(positive, negative);
}

/** What one property adds to features [N, F]; `amounts` [B, 1 or 2]. */
function embedding(
  x: Tensor,
  amounts: Tensor,
  context: { weights: Weights; membership: Membership; name: string },
): Tensor {
  const { graph } = x;
  const { weights, membership, name } = context;
  const get = (layer: string): Tensor => getWeight(weights, `${name}.${layer}`);
  const F = x.shape[1] as number;
  const one = graph.scalar(1);
  const keys = mul(where(less(amounts, one), amounts, one), graph.scalar(1 / Math.sqrt(F)));
  // Keys are combinations of one or two vectors: their products with the queries of all atoms.
  const key = get('linear_k.weight');
  const products = add(
    matmul(x, matmul(key, get('linear_q.weight'), { transA: true }), { transB: true }),
    matmul(reshape(get('linear_q.bias'), [1, F]), key),
  );
  const shares = exp(reduceSum(mul(products, membership.perAtom(keys)), [1], { keepDims: true }));
  const values = matmul(amounts, get('linear_v.weight'), { transB: true });
  const parts = mul(values, reciprocal(membership.sum(shares)));
  const y = mul(shares, membership.perAtom(parts));
  const dense = (input: Tensor, layer: string): Tensor =>
    matmul(shiftedSoftplus(input), get(`resblock.${layer}.weight`), { transB: true });
  const change = dense(dense(y, 'residual.stack.0.linear1'), 'residual.stack.0.linear2');
  return dense(add(y, change), 'linear');
}

/** ln(1 + e^x) - ln 2, zero at zero. */
function shiftedSoftplus(x: Tensor): Tensor {
  return sub(softplus(x), x.graph.scalar(Math.LN2));
}
