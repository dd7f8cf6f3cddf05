import type { Dim } from '../dim.ts';
import { GraphError } from '../errors.ts';
import type { Operator } from '../operator.ts';
import type { DType, Tensor } from '../tensor.ts';

export interface InputAttributes {
  readonly name: string;
  readonly shape: readonly Dim[];
  readonly dtype: DType;
}

export interface ConstantAttributes {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: { readonly key: string; readonly data: Float32Array | Float64Array };
}

/** A value that is fed; the interpreter and the writer know it. */
export const INPUT: Operator<InputAttributes> = {
  name: 'Input',
  infer: (_inputs, { shape, dtype }) => ({ shape, dtype }),
  gradient: () => [],
  lower: () => undefined,
  evaluate: (_inputs, node) => {
    throw new GraphError('graph/missing-feed', `input ${node.attrs.name} was not fed`, {
      expected: `a value for ${node.attrs.name}`,
    });
  },
};

/** A fixed value; the writer makes it an initializer. */
export const CONSTANT: Operator<ConstantAttributes> = {
  name: 'Constant',
  infer: (_inputs, { shape, dtype }) => ({ shape, dtype }),
  gradient: () => [],
  lower: () => undefined,
  evaluate: (_inputs, node) => ({
    shape: node.attrs.shape,
    data: Float64Array.from(node.attrs.values.data),
  }),
};

/** Data of a constant, undefined for any other tensor. */
export function constantData(tensor: Tensor): Float32Array | Float64Array | undefined {
  if (tensor.op !== CONSTANT.name) return undefined;
  return (tensor.attrs as ConstantAttributes).values.data;
}

/** The value that all elements of a float constant share, undefined where there is none. */
export function uniformValue(tensor: Tensor): number | undefined {
  const data = tensor.dtype === 'float32' ? constantData(tensor) : undefined;
  if (data === undefined || data.length === 0) return undefined;
  const [first] = data;
  return data.every((value) => Object.is(value, first)) ? first : undefined;
}

/** Name under which an input is fed. */
export function inputName(tensor: Tensor): string {
  return (tensor.attrs as InputAttributes).name;
}
