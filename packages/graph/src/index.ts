export type { Dim } from './dim.ts';
export { addDims, canonicalDim, divideDims, multiplyDims, subtractDims } from './dim.ts';
export type { GraphErrorDetails } from './errors.ts';
export {
  FeedError,
  GradientError,
  GraphError,
  ModelFormatError,
  SessionError,
  ShapeError,
  UnsafeModelError,
  VerificationError,
} from './errors.ts';
export { Graph } from './graph.ts';
export { grad, hessianVectorProduct } from './grad.ts';
export type { IndexMap } from './indexMap.ts';
export { blockMap, compose, involution, oneHotMap, ownerMap, permutationMap } from './indexMap.ts';
export type { Feed } from './interpret.ts';
export { interpret } from './interpret.ts';
export type { NDArray } from './ndarray.ts';
export type { OnnxOptions } from './onnx/toOnnx.ts';
export { toOnnx } from './onnx/toOnnx.ts';
export type { VerifyOnnxOptions } from './onnx/verifyOnnx.ts';
export { verifyOnnx } from './onnx/verifyOnnx.ts';
export type { Lowering, OnnxAttribute, Operator } from './operator.ts';
export { sigmoid, silu, softplus, tanh } from './ops/activation.ts';
export { add, div, mul, neg, reciprocal, square, sub } from './ops/arithmetic.ts';
export { broadcastTo } from './ops/broadcastTo.ts';
export { less, where } from './ops/comparison.ts';
export { concat } from './ops/concat.ts';
export { gather } from './ops/gather.ts';
export { matmul } from './ops/matmul.ts';
export { oneHot } from './ops/oneHot.ts';
export { reduceSum } from './ops/reduceSum.ts';
export { reshape } from './ops/reshape.ts';
export { slice } from './ops/slice.ts';
export { stopGradient } from './ops/stopGradient.ts';
export { cos, exp, log, sin, sqrt } from './ops/transcendental.ts';
export { transpose } from './ops/transpose.ts';
export { DEFAULT_PASSES, optimize } from './optimize.ts';
export { OPERATORS } from './registry.ts';
export type { SessionOptions } from './session/onnxSession.ts';
export { measureProductRate, type ProductRateOptions } from './session/productRate.ts';
export { OnnxSession } from './session/onnxSession.ts';
export type { OrtData, OrtValue, ValueInfo } from './session/ortValue.ts';
export { formatShape } from './shape.ts';
export type { DType, Tensor } from './tensor.ts';
export { verify } from './verify.ts';
export type { OptimizeOptions } from './optimize.ts';
export type { Pass, Rule, RuleContext } from './passes/rewrite.ts';
export { rulePass } from './passes/rewrite.ts';
