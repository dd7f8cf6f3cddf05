import { add, less, mul, neg, reduceSum, slice, softplus, sqrt, sub, where } from '@mlffd/graph';
import type { Tensor } from '@mlffd/graph';
import type { LossKind } from './lossConfig.ts';

/** `mae` and `l2` are smooth within this length around zero, in units of the scale. */
const SMOOTHING = 1e-3;
/** Components of a stress in Voigt order that stand for one entry of the tensor each; the others for two. */
const DIAGONAL = 3;

/** How residuals count. */
export interface Penalty {
  readonly kind: LossKind;
  /** Where `huber` and `log-cosh` become linear. */
  readonly delta: number;
}

/** What the last or first axis of residuals means, for `l2`. */
export interface Residual {
  readonly values: Tensor;
  /** Axis of the components of a vector or tensor. */
  readonly axis: number;
  readonly components: 1 | 3 | 6;
}

/**
 * Penalty of residuals, with the shape of `values` or, for `l2`, one value for all components.
 *
 * `mse` x^2; `huber` x^2, beyond delta 2 delta |x| - delta^2; `log-cosh` 2 delta^2 ln cosh(x / delta),
 * which is close to both ends of `huber` and smooth between; `mae` |x|; `l2` the norm of the vector,
 * or of the tensor (Frobenius), times the number of components: weights are one over the number of
 * components, and so the term is the mean of the norms. Near zero |x| is sqrt(x^2 + s^2) - s.
 */
export function penalize(residual: Residual, { kind, delta }: Penalty): Tensor {
  const { values } = residual;
  switch (kind) {
    case 'mse':
      return mul(values, values);
    case 'huber':
      return huber(values, delta);
    case 'log-cosh':
      return logCosh(values, delta);
    case 'mae':
      return smoothRoot(mul(values, values));
    case 'l2': {
      const { graph } = values;
      return mul(graph.scalar(residual.components), smoothRoot(squaredNorm(residual)));
    }
  }
}

function huber(x: Tensor, delta: number): Tensor {
  const { graph } = x;
  const size = absolute(x);
  const linear = sub(mul(graph.scalar(2 * delta), size), graph.scalar(delta * delta));
  return where(less(size, graph.scalar(delta)), mul(x, x), linear);
}

/** ln cosh x = |x| + softplus(-2 |x|) - ln 2, which overflows nowhere. */
function logCosh(x: Tensor, delta: number): Tensor {
  const { graph } = x;
  const size = absolute(mul(x, graph.scalar(1 / delta)));
  const tail = softplus(mul(graph.scalar(-2), size));
  const value = sub(add(size, tail), graph.scalar(Math.LN2));
  return mul(graph.scalar(2 * delta * delta), value);
}

function absolute(x: Tensor): Tensor {
  return where(less(x, x.graph.scalar(0)), neg(x), x);
}

function smoothRoot(squares: Tensor): Tensor {
  const { graph } = squares;
  const root = sqrt(add(squares, graph.scalar(SMOOTHING * SMOOTHING)));
  return sub(root, graph.scalar(SMOOTHING));
}

function squaredNorm({ values, axis, components }: Residual): Tensor {
  const squares = mul(values, values);
  const sum = (x: Tensor): Tensor => reduceSum(x, [axis], { keepDims: true });
  if (components !== 6) return sum(squares);
  // Off the diagonal, each of Voigt's components stands for two.
  return add(sum(squares), sum(slice(squares, axis, DIAGONAL, components)));
}
