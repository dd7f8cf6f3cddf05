import { GradientError } from './errors.ts';
import { broadcastTo } from './ops/broadcastTo.ts';
import { STOP_GRADIENT } from './ops/stopGradient.ts';
import { operatorOf } from './registry.ts';
import { formatShape, sameShape } from './shape.ts';
import { sumGradients } from './sumGradients.ts';
import type { Tensor } from './tensor.ts';
import { ancestors } from './traverse.ts';

/** Tensors through which `y` depends on `xs`, those that come last first. */
function dependents(y: Tensor, xs: readonly Tensor[]): { order: Tensor[]; active: Set<Tensor> } {
  const order = ancestors([y]);
  const active = new Set<Tensor>();
  for (const tensor of order) {
    const reached = tensor.op !== STOP_GRADIENT.name && tensor.inputs.some((x) => active.has(x));
    if (xs.includes(tensor) || (tensor.dtype === 'float32' && reached)) active.add(tensor);
  }
  return { order: order.filter((tensor) => active.has(tensor)).reverse(), active };
}

function gradientScope(scope: string): string {
  return /(^|\/)grad$/.test(scope) ? scope : `${scope}${scope === '' ? '' : '/'}grad`;
}

function requireFloats(y: Tensor, xs: readonly Tensor[]): void {
  for (const tensor of [y, ...xs]) {
    if (tensor.dtype !== 'float32') {
      throw new GradientError('graph/gradient-dtype', 'only float32 tensors have gradients', {
        expected: 'float32',
        found: `${tensor.op} of type ${tensor.dtype}`,
        where: tensor.scope,
      });
    }
  }
}

/**
 * Gradient of `sum(seed * y)` with respect to each of `xs`, as more graph: it can be differentiated
 * again, to any order.
 *
 * `seed` has the shape of `y` and defaults to ones, which for a `y` of one element is the plain
 * gradient. Tensors on which `y` does not depend get zeros.
 *
 * @throws {@link GradientError} for tensors that are not float32 and for operators without gradient.
 */
export function grad(y: Tensor, xs: readonly Tensor[], seed?: Tensor): Tensor[] {
  requireFloats(y, xs);
  const { graph } = y;
  const start = seed ?? broadcastTo(graph.scalar(1), y.shape);
  if (!sameShape(start.shape, y.shape)) {
    throw new GradientError('graph/gradient-seed', 'the seed must have the shape of y', {
      expected: formatShape(y.shape),
      found: formatShape(start.shape),
      where: y.scope,
    });
  }
  const { order, active } = dependents(y, xs);
  const parts = new Map<Tensor, Tensor[]>([[y, [start]]]);
  const result = new Map<Tensor, Tensor>();
  for (const node of order) {
    const contributions = parts.get(node);
    if (contributions === undefined) continue;
    parts.delete(node);
    graph.inScope(gradientScope(node.scope), () => {
      const g = sumGradients(contributions);
      if (xs.includes(node)) result.set(node, g);
      const wanted = node.inputs.map((input) => active.has(input));
      if (!wanted.includes(true)) return;
      const operator = operatorOf(node);
      if (operator.gradient === undefined) {
        throw new GradientError('graph/no-gradient', `${node.op} has no gradient`, {
          expected: 'an operator with a gradient rule',
          found: node.op,
          where: node.scope,
        });
      }
      operator.gradient(node, g, wanted).forEach((part, k) => {
        const input = node.inputs[k];
        if (part === undefined || !wanted[k]) return;
        const known = parts.get(input);
        if (known === undefined) parts.set(input, [part]);
        else known.push(part);
      });
    });
  }
  return xs.map((x) => result.get(x) ?? broadcastTo(graph.scalar(0), x.shape));
}

/**
 * Product of the second derivative of `y` (one element) with a direction per `x`:
 * `sum_b d2y / dx_a dx_b * v_b`, from two reverse passes.
 *
 * @throws {@link GradientError} like {@link grad}.
 */
export function hessianVectorProduct(
  y: Tensor,
  xs: readonly Tensor[],
  directions: readonly Tensor[],
): Tensor[] {
  const gradients = grad(y, xs);
  return gradients
    .map((g, k) => grad(g, xs, directions[k]))
    .reduce((sums, parts) => sums.map((sum, k) => sumGradients([sum, parts[k]])));
}
