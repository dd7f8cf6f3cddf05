import { describe, expect, test } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import {
  exp,
  Graph,
  ModelFormatError,
  toOnnx,
  UnsafeModelError,
  verifyOnnx,
} from '../src/index.ts';
import { decodeModel, encodeModel, nodeProto } from '../src/onnx/model.ts';
import type { NodeProto } from '../src/onnx/schema.ts';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
} from '../src/onnx/schema.ts';

const graph = new Graph();
const BYTES = toOnnx({ outputs: { y: exp(graph.input('x', [2])) }, name: 'small' });

function scatter(type: string, reduction?: string): NodeProto {
  return nodeProto({
    name: 'forces/scatter',
    type,
    inputs: ['a', 'b', 'c'],
    outputs: ['z'],
    attributes: reduction === undefined ? {} : { reduction },
  });
}

function modelWith(node: NodeProto, place: 'graph' | 'branch' | 'function'): Uint8Array {
  const model = decodeModel(BYTES);
  if (place === 'graph') model.graph?.node.push(node);
  if (place === 'function') {
    model.functions.push(create(FunctionProtoSchema, { name: 'f', node: [node] }));
  }
  if (place === 'branch') {
    const outer = nodeProto({
      name: 'if',
      type: 'If',
      inputs: ['q'],
      outputs: ['r'],
      attributes: {},
    });
    outer.attribute.push(
      create(AttributeProtoSchema, {
        name: 'then_branch',
        type: AttributeProto_AttributeType.GRAPH,
        g: create(GraphProtoSchema, { name: 'then', node: [node] }),
      }),
    );
    model.graph?.node.push(outer);
  }
  return encodeModel(model);
}

const check =
  (bytes: Uint8Array, options = {}) =>
  (): void => {
    verifyOnnx(bytes, options);
  };

describe('verifyOnnx', () => {
  test.each(['graph', 'branch', 'function'] as const)('refuses ScatterND(add) in a %s', (place) => {
    for (const reduction of ['add', 'mul', 'max']) {
      const run = check(modelWith(scatter('ScatterND', reduction), place), {
        where: 'teacher.onnx',
      });
      expect(run).toThrow(UnsafeModelError);
      expect(run).toThrow(`teacher.onnx: node forces/scatter is ScatterND(reduction=${reduction})`);
    }
  });

  test('accepts ScatterND that only writes', () => {
    expect(check(modelWith(scatter('ScatterND'), 'graph'))).not.toThrow();
    expect(check(modelWith(scatter('ScatterND', 'none'), 'graph'))).not.toThrow();
  });

  test('accepts ScatterElements(add) of others, not in our own models', () => {
    const bytes = modelWith(scatter('ScatterElements', 'add'), 'graph');
    expect(check(bytes)).not.toThrow();
    expect(check(bytes, { allowScatterElements: false })).toThrow(UnsafeModelError);
  });

  test('what this package writes has no scatter at all', () => {
    expect(check(BYTES, { allowScatterElements: false })).not.toThrow();
  });

  test.each([
    ['nothing', new Uint8Array(0), 'is empty'],
    ['half a model', BYTES.subarray(0, BYTES.length / 2), 'truncated or not an ONNX model'],
    ['text', new TextEncoder().encode('<html>404</html>'), 'not an ONNX model'],
    ['a message without a graph', Uint8Array.of(8, 10), 'has no graph'],
  ])('refuses %s', (_name, bytes, message) => {
    expect(check(bytes)).toThrow(ModelFormatError);
    expect(check(bytes)).toThrow(message);
  });

  test('every truncation is a typed error', () => {
    for (let length = 0; length < BYTES.length; length++) {
      try {
        verifyOnnx(BYTES.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(ModelFormatError);
      }
    }
  });
});
