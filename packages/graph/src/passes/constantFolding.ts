import { evaluateDim } from '../dim.ts';
import { BROADCAST_TO } from '../ops/broadcastTo.ts';
import { constantData } from '../ops/leaf.ts';
import { operatorOf } from '../registry.ts';
import type { Tensor } from '../tensor.ts';
import { is } from './patterns.ts';
import type { Pass } from './rewrite.ts';
import { rulePass } from './rewrite.ts';

const NO_SIZES: ReadonlyMap<string, number> = new Map();

/** Largest constant that folding may make: 4 MiB in the model. */
const LARGEST_CONSTANT = 1 << 20;

function fold(node: Tensor): Tensor | undefined {
  if (node.inputs.length === 0 || is(node, BROADCAST_TO)) return undefined;
  const sizes = node.shape.map((dim) => (typeof dim === 'number' ? dim : Infinity));
  if (sizes.reduce((product, size) => product * size, 1) > LARGEST_CONSTANT) return undefined;
  const inputs = [];
  for (const input of node.inputs) {
    const data = constantData(input);
    if (data === undefined) return undefined;
    inputs.push({ shape: input.shape.map(Number), data: Float64Array.from(data) });
  }
  const { data } = operatorOf(node).evaluate(inputs, node, (dim) => evaluateDim(dim, NO_SIZES));
  return node.graph.constant(data, sizes, node.dtype);
}

/** Computes, in float64, what depends on constants only. Broadcasts stay: they only grow. */
export const constantFolding: Pass = rulePass('constantFolding', fold);
