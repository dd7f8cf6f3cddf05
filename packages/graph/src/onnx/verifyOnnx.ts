import { UnsafeModelError } from '../errors.ts';
import { decodeModel } from './model.ts';
import type { GraphProto, NodeProto } from './schema.ts';

/** What {@link verifyOnnx} accepts. */
export interface VerifyOnnxOptions {
  /** Accept ScatterElements with a reduction, which is right but slow (default true). */
  readonly allowScatterElements?: boolean;
  /** Name of the model in error messages, such as its path. */
  readonly where?: string;
}

const decoder = new TextDecoder();

function reductionOf(node: NodeProto): string {
  const attribute = node.attribute.find(({ name }) => name === 'reduction');
  return attribute === undefined ? 'none' : decoder.decode(attribute.s);
}

/** All nodes, those of control flow bodies included. */
function* allNodes(nodes: readonly NodeProto[]): Generator<NodeProto> {
  for (const node of nodes) {
    yield node;
    for (const { g, graphs } of node.attribute) {
      for (const body of g === undefined ? graphs : [g, ...graphs]) yield* nodesOf(body);
    }
  }
}

function nodesOf(graph: GraphProto): Generator<NodeProto> {
  return allNodes(graph.node);
}

/**
 * Refuses models that ONNX Runtime computes silently wrong.
 *
 * ScatterND with a reduction races on the CPU provider as soon as more than one thread adds about
 * 200,000 elements (onnxruntime issues 18048 and 23396).
 *
 * @throws {@link ModelFormatError} for bytes that are no model, {@link UnsafeModelError} for a
 * model with such a node.
 */
export function verifyOnnx(bytes: Uint8Array, options: VerifyOnnxOptions = {}): void {
  const { allowScatterElements = true, where = 'model' } = options;
  const model = decodeModel(bytes, where);
  const refused = ['ScatterND', ...(allowScatterElements ? [] : ['ScatterElements'])];
  const bodies = [model.graph?.node ?? [], ...model.functions.map((body) => body.node)];
  for (const node of bodies.flatMap((body) => [...allNodes(body)])) {
    if (!refused.includes(node.opType) || reductionOf(node) === 'none') continue;
    const race = node.opType === 'ScatterND';
    throw new UnsafeModelError(
      race ? 'graph/onnx-scatter-nd' : 'graph/onnx-scatter-elements',
      `${where}: node ${node.name || node.output[0]} is ${node.opType}(reduction=${reductionOf(node)})`,
      {
        expected: 'sums as Gather and ReduceSum, or as a matrix product',
        found: `${node.opType} with reduction ${reductionOf(node)}`,
        where: node.name || node.output[0],
        hint: race
          ? 'Export with scatter_add (ScatterElements): ScatterND sums are wrong on several threads.'
          : 'Use gather with an IndexMap: ScatterElements sums are several times slower.',
      },
    );
  }
}
