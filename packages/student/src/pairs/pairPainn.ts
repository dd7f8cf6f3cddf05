import type { Dim, Graph, Tensor } from '@mlffd/graph';
import {
  add,
  concat,
  gather,
  matmul,
  mul,
  multiplyDims,
  oneHotMap,
  reciprocal,
  reduceSum,
  reshape,
  silu,
  slice,
  sqrt,
  sub,
  transpose,
} from '@mlffd/graph';
import { embeddingRows, normEpsilon, type PainnConfig, type StudentConfig } from '../config.ts';
import { embedElectrons, filledStructures } from '../electronic/electronicEmbedding.ts';
import { isolatedEnergies } from '../isolatedAtoms.ts';
import { filterWeights, getWeight } from '../layers.ts';
import { parameterSpecs, type ParameterSpec } from '../parameters.ts';
import { filterBasis } from '../radial.ts';
import type { PairTensors } from './pairTensors.ts';

/** What `buildPairPainn` builds on. */
export interface PairPainnInputs {
  /** Tensor of a weight: a graph input to train, a constant to predict. Called once per tensor. */
  readonly parameter: (spec: ParameterSpec) => Tensor;
  readonly pairs: PairTensors;
  /** As in `PainnInputs`. */
  readonly elements?: readonly number[];
}

/** Scalar features [F, B*N] and vector features [F, 3, B, N]; undefined where they are still zero. */
interface State {
  readonly q: Tensor;
  readonly mu: Tensor | undefined;
}

const ATOMS: Dim = 'B*N';

/**
 * PaiNN on open structures with a slot for every pair of atoms: the same equations as `buildPainn`,
 * with features before atoms.
 *
 * A filter is then a matrix [N, N] for each feature, and a sum over neighbours its product with the
 * features: neither messages nor vectors are ever stored per edge. The sum over unit vectors is one
 * of these products, too, as u_ij = (r_j - r_i) / d_ij: sum_j W_ij x_j u_ij is sum_j (W_ij / d_ij)
 * (x_j r_j) less r_i sum_j (W_ij / d_ij) x_j. Filters are symmetric, W_ij = W_ji, so that they can
 * stand on the right, where nothing needs to be transposed.
 *
 * Energies of the atoms [B, N], dimensionless, zero for those that only fill up. Inputs of the graph
 * for `charge` and `spin` are declared here, as in `buildPainn`.
 */
export function buildPairPainn(
  graph: Graph,
  config: StudentConfig,
  inputs: PairPainnInputs,
): Tensor {
  const { pairs } = inputs;
  const weights = new Weights(config, inputs.parameter);
  const geometry = graph.scope('pairs', () => pairGeometry(pairs, config));
  const species = oneHotMap(pairs.numbers, embeddingRows(config));
  const q = graph.scope('embedding', () => {
    const embedding = gather(getWeight(weights.tensors, 'embedding.weight'), species);
    const features = embedElectrons(embedding, {
      weights: weights.tensors,
      config,
      membership: filledStructures(pairs.present),
    });
    return transpose(features, [1, 0]);
  });
  let state: State = { q, mu: undefined };
  for (let t = 0; t < config.interactions; t++) {
    const context = { config, weights, geometry, block: t };
    state = graph.scope(`interaction${t}`, () => interact(state, context));
    state = graph.scope(`mixing${t}`, () => mix(state, context));
  }
  const outputs = graph.scope('readout', () =>
    weights.dense('outnet.1', silu(weights.dense('outnet.0', state.q))),
  );
  let energies = reshape(outputs, ['B', 'N']);
  if (config.isolatedAtoms === 'baseline') {
    const isolated = isolatedEnergies(weights.tensors, config, inputs.elements);
    energies = sub(energies, reshape(gather(isolated, species), ['B', 'N']));
  }
  return mul(energies, reshape(pairs.present, ['B', 'N']));
}

/** Parameters by name, and the products with them: W x + b with x [in, columns]. */
class Weights {
  readonly tensors: ReadonlyMap<string, Tensor>;

  constructor(config: PainnConfig, parameter: (spec: ParameterSpec) => Tensor) {
    this.tensors = new Map(parameterSpecs(config).map((spec) => [spec.name, parameter(spec)]));
  }

  /** Rows `start` to `end` of the layer, or all. */
  dense(name: string, x: Tensor, start = 0, end?: number): Tensor {
    const weight = getWeight(this.tensors, `${name}.weight`);
    const rows = end ?? (weight.shape[0] as number);
    const bias = reshape(slice(getWeight(this.tensors, `${name}.bias`), 0, start, rows), [-1, 1]);
    return add(matmul(slice(weight, 0, start, rows), x), bias);
  }
}

/** What a network needs to know of the pairs. */
interface PairGeometry {
  /** Radial basis times cutoff, cutoff, [R + 1, B*N*N]. */
  readonly basis: Tensor;
  /** The same over the distance, 1/Angstrom. */
  readonly basisOverDistance: Tensor;
  /** Angstrom, [1, 3, B, N]. */
  readonly positions: Tensor;
  /** Positions and ones, [1, 4, B, N]. */
  readonly moments: Tensor;
}

function pairGeometry(
  { positions, present, apart }: PairTensors,
  config: PainnConfig,
): PairGeometry {
  const differences = sub(
    reshape(positions, [3, 'B', 1, 'N']),
    reshape(positions, [3, 'B', 'N', 1]),
  );
  const squares = add(reduceSum(mul(differences, differences), [0]), apart);
  const distances = reshape(sqrt(squares), [1, 'B*N*N']);
  const basis = filterBasis(distances, config, 0);
  return {
    basis,
    basisOverDistance: mul(basis, reciprocal(distances)),
    positions: reshape(positions, [1, 3, 'B', 'N']),
    moments: reshape(concat([positions, present], 0), [1, 4, 'B', 'N']),
  };
}

interface BlockContext {
  readonly config: StudentConfig;
  readonly weights: Weights;
  readonly geometry: PairGeometry;
  readonly block: number;
}

/** Messages of one block; see `interact` of painn.ts. */
function interact(state: State, { config, weights, geometry, block }: BlockContext): State {
  const F = config.features;
  const name = `interactions.${block}.interatomic_context_net`;
  const hidden = silu(weights.dense(`${name}.0`, state.q));
  const x = (part: number): Tensor => weights.dense(`${name}.1`, hidden, part * F, (part + 1) * F);
  const matrices = multiplyDims(F, 'B');
  /** sum_j y[f, :, b, j] W[f, b, j, i] for y [F, rows, B, N]. */
  const sums = (y: Tensor, part: number, basis: Tensor): Tensor => {
    const rows = y.shape[1];
    const filter = basis.graph.scope('filter', () =>
      matmul(filterWeights(weights.tensors, config, { block, part }), basis),
    );
    const product = matmul(
      reshape(transpose(y, [0, 2, 1, 3]), [matrices, rows, 'N']),
      reshape(filter, [matrices, 'N', 'N']),
    );
    return transpose(reshape(product, [F, 'B', rows, 'N']), [0, 2, 1, 3]);
  };
  const perAtom = (y: Tensor): Tensor => reshape(y, [F, 1, 'B', 'N']);
  const dq = sums(perAtom(x(0)), 0, geometry.basis);
  const moments = sums(mul(perAtom(x(1)), geometry.moments), 1, geometry.basisOverDistance);
  const radial = sub(slice(moments, 1, 0, 3), mul(slice(moments, 1, 3, 4), geometry.positions));
  const q = add(state.q, reshape(dq, [F, ATOMS]));
  if (state.mu === undefined) return { q, mu: radial };
  const carried = sums(mul(state.mu, perAtom(x(2))), 2, geometry.basis);
  return { q, mu: add(state.mu, add(radial, carried)) };
}

/** Mixing of the channels of one atom; see `mix` of painn.ts. */
function mix(state: State, { config, weights, block }: BlockContext): State {
  const { mu } = state;
  if (mu === undefined) throw new RangeError('mixing needs vector features');
  const F = config.features;
  const name = `mixing.${block}`;
  const channels = getWeight(weights.tensors, `${name}.mu_channel_mix.weight`);
  const flat = reshape(mu, [F, '3*B*N']);
  const mixed = (start: number): Tensor =>
    reshape(matmul(slice(channels, 0, start, start + F), flat), mu.shape);
  const V = mixed(0);
  const W = mixed(F);
  const overAxes = (y: Tensor): Tensor => reshape(reduceSum(y, [1]), [F, ATOMS]);
  const norm = sqrt(add(overAxes(mul(V, V)), mu.graph.scalar(normEpsilon(config))));
  const net = `${name}.intraatomic_context_net`;
  const hidden = silu(weights.dense(`${net}.0`, concat([state.q, norm], 0)));
  const z = (part: number): Tensor => weights.dense(`${net}.1`, hidden, part * F, (part + 1) * F);
  const q = add(state.q, add(z(0), mul(z(2), overAxes(mul(V, W)))));
  // Nothing reads the vector features after the last block.
  if (block === config.interactions - 1) return { q, mu: undefined };
  return { q, mu: add(mu, mul(reshape(z(1), [F, 1, 'B', 'N']), W)) };
}
