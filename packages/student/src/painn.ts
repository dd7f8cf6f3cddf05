import type { Graph, Tensor } from '@mlffd/graph';
import {
  add,
  gather,
  matmul,
  mul,
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
import { embeddingRows, normEpsilon, type PainnConfig, type StudentConfig } from './config.ts';
import {
  embedElectrons,
  mappedStructures,
  ONE_STRUCTURE,
} from './electronic/electronicEmbedding.ts';
import { ofNeighbors, rowsToAtoms, type EdgeTensors } from './edges.ts';
import { isolatedEnergies } from './isolatedAtoms.ts';
import { filterWeights, getWeight, Layer, readout, type Weights } from './layers.ts';
import { parameterSpecs, type ParameterSpec } from './parameters.ts';
import { filterBasis } from './radial.ts';

/** What `buildPainn` builds on. */
export interface PainnInputs {
  /** Tensor of a weight: a graph input to train, a constant to predict. Called once per tensor. */
  readonly parameter: (spec: ParameterSpec) => Tensor;
  readonly edges: EdgeTensors;
  /** Functions of the edges made elsewhere; default: made in the graph from the edge vectors. */
  readonly geometry?: EdgeGeometry;
  /**
   * Compute what depends on the element only once per row of the embedding instead of once per
   * atom: with constant weights that is folded into a table; default false.
   */
  readonly elementTable?: boolean;
  /**
   * Sum neighbours per radial function before the filter weights are applied, instead of making a
   * filter for each edge: less memory traffic where atoms have many more neighbours than there
   * are radial functions; default false.
   */
  readonly sumFirst?: boolean;
  /**
   * Atomic numbers that occur, where isolated atoms are at the baseline: the network is evaluated
   * for an isolated atom of each. Default: of every row of the embedding.
   */
  readonly elements?: readonly number[];
  /**
   * All atoms are of one structure, so that its charge and spin are [1, 1] and `edges.structures` is
   * not needed; default false.
   */
  readonly oneStructure?: boolean;
  /** Called with what each block hands on, in their order, for those who look inside. */
  readonly onBlock?: (block: BlockTensors) => void;
}

/** Results of `buildPainn`. */
export interface PainnOutputs {
  /** Output of the network per atom, [N, 1], dimensionless: energy is E0 + scale times this. */
  readonly atomEnergies: Tensor;
}

/** Scalar features [N, F] and vector features [N, 3, F]; undefined where they are still zero. */
interface State {
  readonly q: Tensor;
  readonly mu: Tensor | undefined;
}

/** What a block hands on; `mu` is undefined after the last one. */
export interface BlockTensors extends State {
  /** `interaction.0`, `mixing.0` ... */
  readonly name: string;
  /** Filters of an interaction, [M, C, F] each, zero at pads; a mixing has none. */
  readonly filters: readonly Tensor[];
}

/**
 * PaiNN on edge vectors: equations of schnetpack 2.1.1 (Schuett, Unke, Gastegger, ICML 2021, eqs.
 * 7-10), arranged so that few tensors have one row per edge.
 *
 * Products that depend on one atom are taken before the gather; sums over the neighbours of an
 * atom are batched matrix products with its unit vectors; what multiplies vector features that are
 * still zero, or makes ones that nobody reads, is left out.
 *
 * With `isolatedAtoms: 'baseline'`, the output for an isolated atom of the same element is
 * subtracted from that of each atom, in the graph, so that its gradient reaches the weights.
 *
 * With `charge` or `spin` it declares the inputs `ELECTRON_INPUTS` of the graph, [B, 1].
 */
export function buildPainn(graph: Graph, config: StudentConfig, inputs: PainnInputs): PainnOutputs {
  const weights = new Map(
    parameterSpecs(config).map((spec) => [spec.name, inputs.parameter(spec)]),
  );
  const { edges } = inputs;
  const geometry = inputs.geometry ?? graph.scope('edges', () => edgeGeometry(edges, config));
  const species = oneHotMap(edges.numbers, embeddingRows(config));
  const embedding = getWeight(weights, 'embedding.weight');
  const membership =
    inputs.oneStructure === true ? ONE_STRUCTURE : mappedStructures(edges.structures);
  const elementsOnly = graph.scope('embedding', () => gather(embedding, species));
  let state: State = {
    q: graph.scope('embedding', () =>
      embedElectrons(elementsOnly, { weights, config, membership }),
    ),
    mu: undefined,
  };
  for (let t = 0; t < config.interactions; t++) {
    const first = t === 0 && inputs.elementTable === true && state.q === elementsOnly;
    state = graph.scope(`interaction${t}`, () => {
      const context = new Layer(weights, `interactions.${t}.interatomic_context_net`);
      const messages = (q: Tensor): Tensor[] => context.parts(q, state.mu === undefined ? 2 : 3);
      const x = first
        ? messages(embedding).map((part) => gather(part, species))
        : messages(state.q);
      const filters = graph.scope('filter', () =>
        [0, 1, 2].map((part) => filterWeights(weights, config, { block: t, part })),
      );
      const sumFirst = inputs.sumFirst === true;
      const next = interact(state, x, { edges, geometry, filters, sumFirst });
      inputs.onBlock?.({
        ...next,
        name: `interaction.${t}`,
        filters: filters.slice(0, x.length).map((filter) => filterValues(geometry.basis, filter)),
      });
      return next;
    });
    state = graph.scope(`mixing${t}`, () =>
      mix(state, { weights, config, name: `mixing.${t}`, last: t === config.interactions - 1 }),
    );
    inputs.onBlock?.({ ...state, name: `mixing.${t}`, filters: [] });
  }
  const atomEnergies = graph.scope('readout', () => readout(state.q, weights));
  if (config.isolatedAtoms !== 'baseline') return { atomEnergies };
  const isolated = isolatedEnergies(weights, config, inputs.elements);
  return { atomEnergies: sub(atomEnergies, gather(isolated, species)) };
}

/** What a network needs to know of its edges. */
export interface EdgeGeometry {
  /** Unit vectors, [M, C, 3]. */
  readonly units: Tensor;
  /** Radial basis times cutoff, cutoff, [M, C, R + 1]. */
  readonly basis: Tensor;
}

function edgeGeometry({ vectors }: EdgeTensors, config: PainnConfig): EdgeGeometry {
  const distances = sqrt(reduceSum(mul(vectors, vectors), [2], { keepDims: true }));
  return {
    units: mul(vectors, reciprocal(distances)),
    basis: filterBasis(distances, config),
  };
}

interface MessageContext {
  readonly edges: EdgeTensors;
  readonly geometry: EdgeGeometry;
  readonly filters: readonly Tensor[];
  readonly sumFirst: boolean;
}

/**
 * q_i += sum_j W_q x_q,j and mu_i += sum_j (W_R x_R,j u_ij + W_mu x_mu,j mu_j) over neighbours j;
 * `x` are the parts of the context network's output, [N, F] each.
 */
function interact(state: State, x: readonly Tensor[], context: MessageContext): State {
  const { edges, geometry } = context;
  const sums = context.sumFirst ? sumThenFilter : filterThenSum;
  const { units, basis } = geometry;
  const dq = sums(ofNeighbors(x[0], edges), basis, context.filters[0]);
  const filterR = filterValues(basis, context.filters[1]);
  const messagesR = mul(ofNeighbors(x[1], edges), filterR);
  const radial = matmul(units, messagesR, { transA: true });
  const q = add(state.q, rowsToAtoms(dq, edges));
  if (state.mu === undefined) return { q, mu: rowsToAtoms(radial, edges) };
  const F = state.q.shape[1];
  const carried = mul(state.mu, reshape(x[2], ['N', 1, F]));
  const vector = edges.square
    ? channelwise(carried, basis, context.filters[2])
    : sums(gather(carried, edges.neighbors), basis, context.filters[2]);
  return { q, mu: add(state.mu, rowsToAtoms(add(radial, vector), edges)) };
}

/** Filters of all slots: basis times weights, [M, C, R + 1] -> [M, C, F]. */
function filterValues(basis: Tensor, weights: Tensor): Tensor {
  return basis.graph.scope('filter', () => matmul(basis, weights, { transB: true }));
}

/** sum_c W_cf y_c..f with W = basis times weights: [M, C, ..., F] -> [M, ..., F]. */
function filterThenSum(y: Tensor, basis: Tensor, weights: Tensor): Tensor {
  const filter = filterValues(basis, weights);
  const [rows, slots, F] = filter.shape;
  const spread = y.shape.length === 4 ? reshape(filter, [rows, slots, 1, F]) : filter;
  return reduceSum(mul(y, spread), [1]);
}

/**
 * The same in a square layout, y [N, 3, F], as a product of matrices [N, N] and [N, 3] for each
 * channel: no tensor of vectors has a row per edge.
 */
function channelwise(y: Tensor, basis: Tensor, weights: Tensor): Tensor {
  const [F, count] = weights.shape;
  const [N] = y.shape;
  const filter = basis.graph.scope('filter', () =>
    reshape(matmul(weights, reshape(basis, [-1, count]), { transB: true }), [F, N, N]),
  );
  const sums = matmul(filter, transpose(y, [2, 0, 1]));
  return transpose(sums, [1, 2, 0]);
}

/** The same as sum_r weights_fr (sum_c basis_cr y_c..f). */
function sumThenFilter(y: Tensor, basis: Tensor, weights: Tensor): Tensor {
  const [rows, slots, ...tail] = y.shape;
  const [F, count] = weights.shape;
  const sums = matmul(basis, reshape(y, [rows, slots, -1]), { transA: true });
  const spread = reshape(transpose(weights, [1, 0]), [count, ...tail.slice(1).map(() => 1), F]);
  return reduceSum(mul(reshape(sums, [rows, count, ...tail]), spread), [1]);
}

interface MixContext {
  readonly weights: Weights;
  readonly config: StudentConfig;
  readonly name: string;
  /** Nothing reads the vector features any more. */
  readonly last: boolean;
}

/** Mixes channels of one atom: q += a_ss + a_sv <V, W>, mu += a_vv W, with [V; W] = M mu. */
function mix(state: State, context: MixContext): State {
  const { weights, config, name, last } = context;
  const mu = state.mu;
  if (mu === undefined) throw new RangeError('mixing needs vector features');
  const F = mu.shape[2] as number;
  const channels = getWeight(weights, `${name}.mu_channel_mix.weight`);
  const V = matmul(mu, slice(channels, 0, 0, F), { transB: true });
  const W = matmul(mu, slice(channels, 0, F, 2 * F), { transB: true });
  const { graph } = mu;
  const norm = sqrt(add(reduceSum(mul(V, V), [1]), graph.scalar(normEpsilon(config))));
  const net = `${name}.intraatomic_context_net`;
  const weight = getWeight(weights, `${net}.0.weight`);
  const hidden = silu(
    add(
      add(
        matmul(state.q, slice(weight, 1, 0, F), { transB: true }),
        getWeight(weights, `${net}.0.bias`),
      ),
      matmul(norm, slice(weight, 1, F, 2 * F), { transB: true }),
    ),
  );
  const dot = reduceSum(mul(V, W), [1]);
  const z = new Layer(weights, net);
  const [ss, vv, sv] = z.output(hidden, 3);
  return {
    q: add(state.q, add(ss, mul(sv, dot))),
    mu: last ? undefined : add(mu, mul(reshape(vv, ['N', 1, F]), W)),
  };
}
