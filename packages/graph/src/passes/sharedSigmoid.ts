import { SIGMOID, sigmoid, SILU } from '../ops/activation.ts';
import { mul } from '../ops/arithmetic.ts';
import type { Tensor } from '../tensor.ts';
import { ancestors } from '../traverse.ts';
import { is } from './patterns.ts';
import type { Pass } from './rewrite.ts';
import { sweep } from './rewrite.ts';

/** Where the sigmoid of the same tensor is needed anyway, silu is one product more. */
export const sharedSigmoid: Pass = {
  name: 'sharedSigmoid',
  run(outputs) {
    const shared = new Set<Tensor>();
    for (const tensor of ancestors(outputs)) {
      if (is(tensor, SIGMOID)) shared.add(tensor.inputs[0]);
    }
    return sweep(outputs, [
      (node, { original }) => {
        if (!is(node, SILU) || !shared.has(original.inputs[0])) return undefined;
        return mul(node.inputs[0], sigmoid(node.inputs[0]));
      },
    ]);
  },
};
