import type { TraceEvent } from './trace.ts';

/** Work of one operator. */
export interface OperatorCost {
  /** Floating-point operations; a multiplication with an addition is two. */
  readonly flops: number;
  /** Bytes that must be read and written at least, if nothing is in a cache. */
  readonly bytes: number;
}

/** A tensor as ONNX Runtime writes it: `{ "float": [21, 64] }`. */
interface TypedShape {
  readonly bytes: number;
  readonly shape: readonly number[];
}

/** Bytes of an element, by the name that ONNX Runtime gives its type. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  float: 4,
  double: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  uint64: 8,
  int32: 4,
  uint32: 4,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const PRODUCTS = words('MatMul FusedMatMul Gemm FusedGemm TransposeMatMul');
/** One operation per element of the result: a convention for functions, too. */
const ELEMENTWISE = words(
  'Add Sub Mul Div Neg Abs Sqrt Exp Log Sin Cos Tanh Sigmoid Softplus Relu Erf Pow Reciprocal Less ' +
    'Greater Equal LessOrEqual GreaterOrEqual And Or Not Where Min Max Sum Floor Ceil Clip Sign',
);
/** Two: a function of the element and a product with it. */
const GATED = words('QuickGelu Gelu FastGelu Swish');
const REDUCTIONS = words('ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL2');
/** They move what they give; of their inputs they read as much. */
const MOVES = words(
  'Gather GatherElements GatherND Slice Split Transpose Concat Expand Pad Tile Cast OneHot ' +
    'ConstantOfShape Range ScatterElements',
);
/** They only name what is there. */
const FREE = words('Reshape Squeeze Unsqueeze Flatten Identity Shape');

/**
 * Work of an operator of a profile of ONNX Runtime, from the shapes that it tells; undefined where they
 * are missing or the operator is not known.
 *
 * Constant matrices that were packed in advance are missing among the inputs; their size follows from
 * the others.
 */
export function operatorCost(event: TraceEvent): OperatorCost | undefined {
  const { operator, args } = event;
  const inputs = typedShapes(args.input_type_shape);
  const outputs = typedShapes(args.output_type_shape);
  if (operator === undefined || inputs === undefined || outputs === undefined) return undefined;
  if (FREE.has(operator)) return { flops: 0, bytes: 0 };
  const written = sum(outputs.map(sizeOf));
  if (MOVES.has(operator)) return { flops: 0, bytes: 2 * written };
  const read = sum(inputs.map(sizeOf));
  if (PRODUCTS.has(operator)) return productCost(inputs, outputs);
  const bytes = read + written;
  if (ELEMENTWISE.has(operator)) return { flops: sum(outputs.map(count)), bytes };
  if (GATED.has(operator)) return { flops: 2 * sum(outputs.map(count)), bytes };
  if (REDUCTIONS.has(operator)) return { flops: inputs.length === 0 ? 0 : count(inputs[0]), bytes };
  return undefined;
}

/** `[.., m, k] [.., k, n] -> [.., m, n]`, either factor transposed. */
function productCost(
  inputs: readonly TypedShape[],
  outputs: readonly TypedShape[],
): OperatorCost | undefined {
  const left = inputs.at(0);
  const result = outputs.at(0);
  if (left === undefined || result === undefined || result.shape.length < 2) return undefined;
  const [m, n] = result.shape.slice(-2);
  const batch = count(result) / (m * n);
  // One matrix times a stack of rows: the axes before the last are rows, too.
  const inner = left.shape.slice(-2).reduce((product, size) => product * size, 1) / m;
  if (!Number.isFinite(inner)) return { flops: 0, bytes: 0 };
  const others = inputs.slice(1);
  const packed = others.every(
    (other) => count(other) !== inner * n && count(other) !== batch * inner * n,
  );
  const read = sum(inputs.map(sizeOf)) + (packed ? inner * n * left.bytes : 0);
  return { flops: 2 * count(result) * inner, bytes: read + sum(outputs.map(sizeOf)) };
}

function typedShapes(value: unknown): TypedShape[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const shapes: TypedShape[] = [];
  for (const entry of value as readonly unknown[]) {
    if (typeof entry !== 'object' || entry === null) return undefined;
    for (const [type, shape] of Object.entries(entry)) {
      if (!Array.isArray(shape) || !shape.every((size) => typeof size === 'number')) {
        return undefined;
      }
      shapes.push({ bytes: ELEMENT_BYTES[type] ?? 0, shape });
    }
  }
  return shapes;
}

function count({ shape }: TypedShape): number {
  return shape.reduce((product, size) => product * size, 1);
}

function sizeOf(tensor: TypedShape): number {
  return tensor.bytes * count(tensor);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
