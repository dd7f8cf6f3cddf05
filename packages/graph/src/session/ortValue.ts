import { Tensor as OrtTensor } from 'onnxruntime-node';
import { FeedError } from '../errors.ts';
import { formatShape } from '../shape.ts';

/** Element arrays that ONNX Runtime takes and gives. */
export type OrtData =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | BigUint64Array;

/** A tensor on its way into or out of a session: row-major. */
export interface OrtValue {
  readonly data: OrtData;
  readonly dims: readonly number[];
}

/** What a model says about an input or output. */
export interface ValueInfo {
  readonly name: string;
  /** Element type as ONNX Runtime names it: `float32`, `int64`, `bool` ... */
  readonly type: string;
  /** Fixed sizes and names of free ones. */
  readonly shape: readonly (number | string)[];
}

type OrtType = OrtTensor.Type;

function typeOf(data: OrtData): OrtType | undefined {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Uint16Array) return 'uint16';
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Uint32Array) return 'uint32';
  return data instanceof BigUint64Array ? 'uint64' : undefined;
}

function feedError(code: string, info: ValueInfo, found: string, hint?: string): FeedError {
  const expected = `${formatShape(info.shape)} ${info.type}`;
  return new FeedError(code, `input ${info.name}: expected ${expected}, found ${found}`, {
    ...{ expected, found, where: info.name },
    ...(hint === undefined ? {} : { hint }),
  });
}

/**
 * Checks one feed against the model's input and wraps it, without a copy.
 *
 * `sizes` collects what free sizes turn out to be, so that inputs that share one must agree.
 */
export function toOrtTensor(
  info: ValueInfo,
  value: OrtValue | undefined,
  sizes: Map<string, { size: number; from: string }>,
): OrtTensor {
  if (value === undefined) {
    throw feedError('graph/session-feed-missing', info, 'nothing', `Feed ${info.name}.`);
  }
  const { data, dims } = value;
  const type = typeOf(data);
  const bool = info.type === 'bool' && type === 'uint8';
  if (type === undefined || (type !== info.type && !bool)) {
    const hint = info.type === 'int64' ? 'Use a BigInt64Array.' : undefined;
    throw feedError('graph/session-feed-type', info, type ?? 'no typed array', hint);
  }
  if (dims.length !== info.shape.length) {
    throw feedError('graph/session-feed-rank', info, formatShape(dims));
  }
  let length = 1;
  for (let axis = 0; axis < dims.length; axis++) {
    const size = dims[axis];
    const declared = info.shape[axis];
    length *= size;
    if (typeof declared === 'number') {
      if (declared !== size) throw feedError('graph/session-feed-shape', info, formatShape(dims));
      continue;
    }
    const known = sizes.get(declared);
    if (known === undefined) sizes.set(declared, { size, from: info.name });
    else if (known.size !== size && declared !== '') {
      const hint = `${declared} is ${known.size} in input ${known.from}.`;
      throw feedError('graph/session-feed-shape', info, formatShape(dims), hint);
    }
  }
  if (length !== data.length) {
    const found = `${formatShape(dims)} with ${data.length} values`;
    throw feedError(
      'graph/session-feed-length',
      info,
      found,
      `${length} values belong to that shape.`,
    );
  }
  return new OrtTensor(bool ? 'bool' : type, data as Uint8Array, dims);
}
