import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelFormatError } from '../errors.ts';
import type { Dim } from '../dim.ts';
import type { OnnxAttribute } from '../operator.ts';
import type { DType } from '../tensor.ts';
import type {
  AttributeProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from './schema.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './schema.ts';

const DATA_TYPES = { float32: DataType.FLOAT, int64: DataType.INT64, bool: DataType.BOOL } as const;

const encoder = new TextEncoder();

function attributeProto(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === 'string') {
    const s = encoder.encode(value);
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  }
  const ints = value.map(BigInt);
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints });
}

/** A node of an ONNX graph. */
export function nodeProto(node: {
  readonly name: string;
  readonly type: string;
  readonly domain?: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}): NodeProto {
  return create(NodeProtoSchema, {
    name: node.name,
    opType: node.type,
    ...(node.domain === undefined ? {} : { domain: node.domain }),
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes).map(([name, value]) => attributeProto(name, value)),
  });
}

function rawData(data: ArrayLike<number>, dtype: DType): Uint8Array {
  if (dtype === 'bool') return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
  const values =
    dtype === 'float32' ? Float32Array.from(data) : BigInt64Array.from(Array.from(data, BigInt));
  return new Uint8Array(values.buffer);
}

/** An initializer: little-endian raw data. */
export function tensorProto(
  name: string,
  dtype: DType,
  value: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: DATA_TYPES[dtype],
    dims: value.shape.map(BigInt),
    rawData: rawData(value.data, dtype),
  });
}

/** Name, type and shape of a graph's input or output; symbolic sizes become parameters. */
export function valueInfoProto(name: string, dtype: DType, shape: readonly Dim[]): ValueInfoProto {
  const dim = shape.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: { case: 'tensorType', value: { elemType: DATA_TYPES[dtype], shape: { dim } } },
    },
  });
}

/** Bytes of a model. */
export function encodeModel(model: ModelProto): Uint8Array {
  return toBinary(ModelProtoSchema, model);
}

/**
 * Model of some bytes.
 *
 * @throws {@link ModelFormatError} where they are no ONNX model.
 */
export function decodeModel(bytes: Uint8Array, where = 'model'): ModelProto {
  const expected = 'the bytes of an ONNX model';
  const hint = 'Check that the file is complete and really an .onnx file.';
  if (bytes.length === 0) {
    throw new ModelFormatError('graph/onnx-empty', `${where} is empty`, {
      ...{ expected, found: '0 bytes', where, hint },
    });
  }
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new ModelFormatError('graph/onnx-corrupt', `${where} is truncated or not an ONNX model`, {
      ...{ expected, found: `${bytes.length} bytes that do not decode`, where, hint, cause },
    });
  }
  if (model.graph === undefined || model.irVersion === 0n) {
    throw new ModelFormatError('graph/onnx-no-graph', `${where} has no graph`, {
      ...{ expected, found: `${bytes.length} bytes without graph or IR version`, where, hint },
    });
  }
  return model;
}
