import type { Dim } from './dim.ts';
import { ShapeError } from './errors.ts';
import type { NDArray } from './ndarray.ts';
import { formatShape } from './shape.ts';
import type { DType, Tensor } from './tensor.ts';

/** ONNX attribute of a node: integers, strings, or a float written as `{ float }`. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** What an operator may use to write itself as ONNX nodes. */
export interface Lowering {
  /** ONNX name of a tensor's value. */
  name(tensor: Tensor): string;
  /** Adds a node and returns the name of its output: `output`, or a fresh name. */
  node(
    type: string,
    inputs: readonly string[],
    options?: {
      readonly output?: string;
      readonly domain?: string;
      readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
    },
  ): string;
  /** Name of a constant int64 vector. */
  ints(values: readonly number[]): string;
  /** Name of a constant float32 vector. */
  floats(values: readonly number[]): string;
  /** Name of an int64 vector that holds these sizes at run time. */
  sizes(shape: readonly Dim[]): string;
}

/** Numbers for symbolic sizes while the interpreter runs. */
export type SizeOf = (dim: Dim) => number;

/** Everything the package knows about one operator. */
export interface Operator<A extends object = object> {
  readonly name: string;
  /** Inputs may be swapped without changing the value. */
  readonly commutative?: boolean;
  /** Shape and type of the result; throws {@link ShapeError}. */
  infer(inputs: readonly Tensor[], attrs: A): { shape: readonly Dim[]; dtype: DType };
  /**
   * Gradient with respect to each input that `wanted` marks, given the gradient `g` of the result
   * (same shape as the result); undefined means zero. Absent: the operator has no gradient.
   */
  gradient?(
    node: Tensor<A>,
    g: Tensor,
    wanted: readonly boolean[],
  ): readonly (Tensor | undefined)[];
  /** Writes the node as ONNX; the last node's output must be `lowering.name(node)`. */
  lower(node: Tensor<A>, lowering: Lowering): void;
  /** Reference value in float64. */
  evaluate(inputs: readonly NDArray[], node: Tensor<A>, sizeOf: SizeOf): NDArray;
}

/** The error of a shape rule, naming operator, shapes and scope. */
export function shapeError(
  op: string,
  inputs: readonly Tensor[],
  expected: string,
  hint?: string,
): ShapeError {
  const scope = inputs.find((input) => input.graph.scopePath !== '')?.graph.scopePath;
  const found = inputs.map((input) => `${formatShape(input.shape)} ${input.dtype}`).join(', ');
  return new ShapeError(
    'graph/shape',
    `${op}: expected ${expected}, found ${found}${scope === undefined ? '' : ` in ${scope}`}`,
    {
      expected,
      found,
      where: scope === undefined ? op : `${op} in ${scope}`,
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

/** Throws unless every input is float32. */
export function requireFloat(op: string, inputs: readonly Tensor[]): void {
  if (inputs.some((input) => input.dtype !== 'float32')) {
    throw shapeError(op, inputs, 'float32 tensors');
  }
}
