import type { Operator } from '../operator.ts';
import type { Tensor } from '../tensor.ts';
import { NONE } from './unary.ts';

export const STOP_GRADIENT: Operator<typeof NONE> = {
  name: 'StopGradient',
  infer: ([x]) => ({ shape: x.shape, dtype: x.dtype }),
  gradient: () => [],
  lower(node, lowering) {
    lowering.node('Identity', [lowering.name(node.inputs[0])], {
      output: lowering.name(node),
    });
  },
  evaluate: ([x]) => x,
};

/** The same value, constant for every gradient. */
export function stopGradient(x: Tensor): Tensor {
  return x.graph.apply(STOP_GRADIENT, [x], NONE);
}
