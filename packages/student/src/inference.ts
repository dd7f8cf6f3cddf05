import type { Tensor } from '@mlffd/graph';
import { grad, Graph, optimize, reshape, toOnnx } from '@mlffd/graph';
import { readoutWidth, type StudentConfig } from './config.ts';
import { declareEdges, type EdgeTensors } from './edges.ts';
import { buildPainn, type EdgeGeometry } from './painn.ts';
import { checkParameters, type Parameters } from './parameters.ts';

/** Outputs of an inference model. */
export const INFERENCE_OUTPUTS = {
  /** Network output per atom, [N], dimensionless. */
  atomEnergies: 'atom_energies',
  /** Derivative of their sum with respect to the edge vectors, [M, C, 3], 1/Angstrom. */
  edgeGradients: 'edge_gradients',
} as const;

/** Inputs of a function model beside those of `EDGE_INPUTS`, of which it has no vectors. */
export const FUNCTION_INPUTS = {
  /** Unit vectors, [M, C, 3]; any value at pads. */
  units: 'edge_units',
  /** Radial basis times cutoff, cutoff, [M, C, count + 1]; zero at pads. */
  basis: 'edge_basis',
} as const;

/** Input for the weights of the last layer, where they are one (see `InferenceOptions`). */
export const HEAD_INPUT = 'head';

/** Outputs of a function model. */
export const FUNCTION_OUTPUTS = {
  /** As in `INFERENCE_OUTPUTS`. */
  atomEnergies: 'atom_energies',
  /** Derivative with respect to the unit vectors, [M, C, 3]. */
  unitGradients: 'unit_gradients',
  /** Derivative with respect to the basis, [M, C, count + 1]. */
  basisGradients: 'basis_gradients',
} as const;

/** Choices of `inferenceGraph` and `buildInferenceModel`. */
export interface InferenceOptions {
  /** For layouts with one row per atom only; default false: any layout. */
  readonly dense?: boolean;
  /** For square layouts only (see `EdgeBatch.square`), without `sumFirst`; default false. */
  readonly square?: boolean;
  /** For rows with many more slots than radial functions (see `PainnInputs`); default false. */
  readonly sumFirst?: boolean;
}

/** Choices of `functionGraph`. */
export interface FunctionOptions extends InferenceOptions {
  /**
   * The weights of the last layer are an input, `HEAD_INPUT` [1, d], and it has no bias; default
   * false: they are those of the network.
   */
  readonly head?: boolean;
}

/** What a model is made of. */
export interface Network {
  readonly config: StudentConfig;
  readonly parameters: Parameters;
}

/** Names of the last layer's tensors. */
const LAST_WEIGHT = 'outnet.1.weight';
const LAST_BIAS = 'outnet.1.bias';

/** The input `HEAD_INPUT` of a graph. */
export function declareHead(graph: Graph, { config }: Network): Tensor {
  return graph.input(HEAD_INPUT, [1, readoutWidth(config)]);
}

/**
 * Outputs of a network with constant weights on declared edges, [N, 1]. A `head` takes the place of
 * the last layer's weights; then there is no bias.
 */
export function networkOutputs(
  { config, parameters }: Network,
  graph: Graph,
  inputs: { edges: EdgeTensors; geometry?: EdgeGeometry; sumFirst?: boolean; head?: Tensor },
): Tensor {
  checkParameters(config, parameters);
  const { head, ...rest } = inputs;
  const { atomEnergies } = buildPainn(graph, config, {
    parameter: ({ name, shape }) => {
      if (head !== undefined && name === LAST_WEIGHT) return head;
      if (head !== undefined && name === LAST_BIAS) return graph.constant([0], shape);
      return graph.constant(parameters.get(name) ?? [], shape);
    },
    elementTable: true,
    oneStructure: true,
    ...rest,
  });
  return atomEnergies;
}

/** Outputs [N, 1] as [N]. */
function energiesOfAtoms(energies: Tensor): Tensor {
  return energies.graph.scope('readout', () => reshape(energies, ['N']));
}

/**
 * Graph of per-atom outputs and their derivatives with respect to the edge vectors, with the weights
 * as constants.
 */
export function inferenceGraph(
  network: Network,
  options: InferenceOptions = {},
): Record<(typeof INFERENCE_OUTPUTS)[keyof typeof INFERENCE_OUTPUTS], Tensor> {
  const graph = new Graph();
  const edges = declareEdges(graph, options);
  const energies = networkOutputs(network, graph, { edges, sumFirst: options.sumFirst === true });
  const [gradient] = grad(energies, [edges.vectors]);
  return { atom_energies: energiesOfAtoms(energies), edge_gradients: gradient };
}

/**
 * Graph of per-atom outputs and their derivatives with respect to unit vectors and radial functions
 * that are computed outside (see `EdgeFunctions`).
 */
export function functionGraph(
  network: Network,
  options: FunctionOptions = {},
): Record<(typeof FUNCTION_OUTPUTS)[keyof typeof FUNCTION_OUTPUTS], Tensor> {
  const graph = new Graph();
  const edges = declareEdges(graph, options);
  const [rows, slots] = edges.vectors.shape;
  const { count } = network.config.radialBasis;
  const declare = (name: string, columns: number): Tensor =>
    graph.scope('edges', () => graph.input(name, [rows, slots, columns]));
  const units = declare(FUNCTION_INPUTS.units, 3);
  const basis = declare(FUNCTION_INPUTS.basis, count + 1);
  const energies = networkOutputs(network, graph, {
    edges,
    geometry: { units, basis },
    sumFirst: options.sumFirst === true,
    ...(options.head === true ? { head: declareHead(graph, network) } : {}),
  });
  const [unitGradients, basisGradients] = grad(energies, [units, basis]);
  return {
    atom_energies: energiesOfAtoms(energies),
    unit_gradients: unitGradients,
    basis_gradients: basisGradients,
  };
}

/**
 * ONNX model of a student: edge vectors in, per-atom outputs and derivatives out (see
 * `EDGE_INPUTS`, `INFERENCE_OUTPUTS`). A student with `charge` or `spin` takes that, too
 * (`ELECTRON_INPUTS`, [1, 1]), and one structure at a time. Energies, forces and virial are sums over these that are
 * done in float64 outside.
 */
export function buildInferenceModel(
  network: Network,
  options: InferenceOptions & { readonly metadata?: Readonly<Record<string, string>> } = {},
): Uint8Array {
  const { metadata = {} } = options;
  return toOnnx({ outputs: optimize(inferenceGraph(network, options)), name: 'painn', metadata });
}

/** ONNX model of `functionGraph`. */
export function buildFunctionModel(network: Network, options: FunctionOptions = {}): Uint8Array {
  return toOnnx({ outputs: optimize(functionGraph(network, options)), name: 'painn' });
}
