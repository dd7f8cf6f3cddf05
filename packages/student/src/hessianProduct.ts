import type { Tensor } from '@mlffd/graph';
import { gather, grad, Graph, neg, optimize, reshape, sub, toOnnx } from '@mlffd/graph';
import { declareEdges, edgeForces } from './edges.ts';
import { networkOutputs, type InferenceOptions, type Network } from './inference.ts';

/** Inputs of a product model beside those of `EDGE_INPUTS`. */
export const PRODUCT_INPUTS = {
  /** Direction v, [N, 3]. */
  directions: 'directions',
} as const;

/** Outputs of a product model, in units of the baseline's scale. */
export const PRODUCT_OUTPUTS = {
  /** [N, 3], 1/Angstrom. */
  forces: 'forces',
  /** H v, with the second derivatives H of the energy, [N, 3], 1/Angstrom^2. */
  products: 'hessian_products',
} as const;

/**
 * Graph of forces and of the exact product of the Hessian with a direction, with the weights as
 * constants: two ways back through the network, whatever the number of atoms. Without the repulsion
 * of nuclei that a student with `zbl` adds outside of its network.
 */
export function hessianProductGraph(
  network: Network,
  options: Pick<InferenceOptions, 'dense'> = {},
): Record<(typeof PRODUCT_OUTPUTS)[keyof typeof PRODUCT_OUTPUTS], Tensor> {
  const graph = new Graph();
  const edges = declareEdges(graph, options);
  const atomEnergies = networkOutputs(network, graph, { edges });
  const [derivatives] = grad(atomEnergies, [edges.vectors]);
  const directions = graph.input(PRODUCT_INPUTS.directions, ['N', 3]);
  const own = edges.owners === undefined ? directions : gather(directions, edges.owners);
  // r_ij moves with v_j - v_i, and forces are minus the derivatives with respect to positions.
  const seed = sub(gather(directions, edges.neighbors), reshape(own, [own.shape[0], 1, 3]));
  const [changes] = grad(derivatives, [edges.vectors], seed);
  return {
    forces: edgeForces(derivatives, edges),
    hessian_products: neg(edgeForces(changes, edges)),
  };
}

/** ONNX model of `hessianProductGraph`. */
export function buildHessianProductModel(
  network: Network,
  options: Pick<InferenceOptions, 'dense'> = {},
): Uint8Array {
  const outputs = optimize(hessianProductGraph(network, options));
  return toOnnx({ outputs, name: 'painn-hessian-product' });
}
