import type { Dim } from './dim.ts';
import type { Graph } from './graph.ts';

/** Element type. Numbers are float32 on ONNX Runtime and float64 in the interpreter. */
export type DType = 'float32' | 'int64' | 'bool';

/** One value of a graph: immutable, made by the operator functions, unique by content. */
export interface Tensor<A extends object = object> {
  /** Position in the order of construction: inputs always have smaller ids than their users. */
  readonly id: number;
  /** Name of the operator that makes it, a key of `OPERATORS`. */
  readonly op: string;
  readonly inputs: readonly Tensor[];
  /** Static arguments of the operator: everything that is not a tensor. */
  readonly attrs: A;
  readonly shape: readonly Dim[];
  readonly dtype: DType;
  readonly graph: Graph;
  /** Path of the scopes that were open when it was made: `block0/message`. */
  readonly scope: string;
}
