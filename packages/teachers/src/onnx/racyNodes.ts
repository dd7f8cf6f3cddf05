import { FileFormatError } from '@mlffd/core';
import { messages, type OnnxFile } from './onnxFile.ts';

// Field numbers of onnx.GraphProto, FunctionProto, NodeProto and AttributeProto.
const GRAPH_NODE = 1;
const FUNCTION_NODE = 7;
const NODE_NAME = 3;
const NODE_OP_TYPE = 4;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_NAME = 1;
const ATTRIBUTE_STRING = 4;
const ATTRIBUTE_GRAPH = 6;
const ATTRIBUTE_GRAPHS = 11;

/** As far as it matters here. */
interface Node {
  readonly name: string;
  readonly operator: string;
  /** Of a ScatterND; `none` where it is not given. */
  readonly reduction: string;
}

/**
 * Refuses graphs that ONNX Runtime computes silently wrong: ScatterND with a reduction races on the
 * CPU as soon as several threads share the work (microsoft/onnxruntime issues 18048 and 23396).
 *
 * @throws FileFormatError `onnx/racy`, `onnx/corrupt`
 */
export function refuseRacyNodes({ graph, functions }: OnnxFile, where: string): void {
  for (const node of allNodes(graph, functions, where)) {
    if (node.operator !== 'ScatterND' || node.reduction === 'none') continue;
    const found = `ScatterND with reduction "${node.reduction}", node ${JSON.stringify(node.name)}`;
    throw new FileFormatError(
      'onnx/racy',
      `${where} adds with ScatterND, which is wrong on several threads`,
      {
        expected: 'sums as Gather and ReduceSum over edgesOut and edgesIn, or as ScatterElements',
        found,
        where,
        hint: 'Export it again with scatter_add, or with sums over the tables of edges.',
      },
    );
  }
}

function* allNodes(
  graph: Uint8Array,
  functions: readonly Uint8Array[],
  where: string,
): Generator<Node> {
  yield* nodesOf(graph, GRAPH_NODE, where);
  for (const body of functions) yield* nodesOf(body, FUNCTION_NODE, where);
}

/** Nodes of a graph or a function, those of control flow bodies included. */
function* nodesOf(body: Uint8Array, nodeField: number, where: string): Generator<Node> {
  for (const [field, bytes] of messages(body, where)) {
    if (field !== nodeField) continue;
    let name = '';
    let operator = '';
    let reduction = 'none';
    for (const [part, value] of messages(bytes, where)) {
      if (part === NODE_NAME) name = textOf(value);
      if (part === NODE_OP_TYPE) operator = textOf(value);
      if (part !== NODE_ATTRIBUTE) continue;
      let attribute = '';
      // An attribute that a function takes from its caller has no value here, and may be anything.
      let text = '';
      for (const [inner, content] of messages(value, where)) {
        if (inner === ATTRIBUTE_NAME) attribute = textOf(content);
        if (inner === ATTRIBUTE_STRING) text = textOf(content);
        if (inner === ATTRIBUTE_GRAPH || inner === ATTRIBUTE_GRAPHS) {
          yield* nodesOf(content, GRAPH_NODE, where);
        }
      }
      if (attribute === 'reduction') reduction = text;
    }
    yield { name, operator, reduction };
  }
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
