import type { Dim } from './dim.ts';
import { evaluateDim } from './dim.ts';
import { FeedError } from './errors.ts';
import type { NDArray } from './ndarray.ts';
import { elementCount } from './ndarray.ts';
import { INPUT, inputName } from './ops/leaf.ts';
import { operatorOf } from './registry.ts';
import { formatShape } from './shape.ts';
import type { Tensor } from './tensor.ts';
import { ancestors } from './traverse.ts';

/** A value for an input: row-major. */
export interface Feed {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
}

function toArray(name: string, feed: Feed): NDArray {
  if (feed.data.length !== elementCount(feed.shape)) {
    throw new FeedError('graph/feed-length', `feed ${name}: length does not fit its shape`, {
      expected: `${elementCount(feed.shape)} values for ${formatShape(feed.shape)}`,
      found: `${feed.data.length} values`,
      where: name,
    });
  }
  return { shape: feed.shape, data: Float64Array.from(feed.data as ArrayLike<number>, Number) };
}

/** Takes sizes of symbolic axes from a feed and checks the fixed ones. */
function bindSizes(tensor: Tensor, feed: Feed, sizes: Map<string, number>): void {
  const name = inputName(tensor);
  const fits =
    feed.shape.length === tensor.shape.length &&
    tensor.shape.every((dim, axis) => {
      const size = feed.shape[axis];
      if (typeof dim === 'string' && /^\w+$/.test(dim) && !sizes.has(dim)) sizes.set(dim, size);
      return typeof dim === 'number' ? dim === size : (sizes.get(dim) ?? size) === size;
    });
  if (fits) return;
  throw new FeedError('graph/feed-shape', `feed ${name} does not have the shape of the input`, {
    expected: formatShape(tensor.shape),
    found: formatShape(feed.shape),
    where: `${name}, sizes ${JSON.stringify(Object.fromEntries(sizes))}`,
  });
}

/**
 * Values of the outputs in float64, computed one operator at a time: slow, simple, the reference
 * that everything else is tested against.
 *
 * @throws {@link FeedError} for feeds that are missing or do not fit.
 */
export function interpret<K extends string>(
  outputs: Readonly<Record<K, Tensor>>,
  feeds: Readonly<Record<string, Feed>>,
): Record<K, NDArray> {
  const values = new Map<Tensor, NDArray>();
  const sizes = new Map<string, number>();
  const list = Object.values<Tensor>(outputs);
  for (const input of list.flatMap((output) => output.graph.inputs)) {
    const name = inputName(input);
    if (values.has(input) || !Object.hasOwn(feeds, name)) continue;
    bindSizes(input, feeds[name], sizes);
    values.set(input, toArray(name, feeds[name]));
  }
  const sizeOf = (dim: Dim): number => evaluateDim(dim, sizes);
  for (const tensor of ancestors(list)) {
    if (values.has(tensor)) continue;
    if (tensor.op === INPUT.name) {
      throw new FeedError('graph/feed-missing', `input ${inputName(tensor)} was not fed`, {
        expected: `a value of shape ${formatShape(tensor.shape)}`,
        found: `feeds ${Object.keys(feeds).join(', ')}`,
        where: inputName(tensor),
      });
    }
    const inputs = tensor.inputs.map((input) => {
      const value = values.get(input);
      return value ?? { shape: [], data: new Float64Array(0) };
    });
    values.set(tensor, operatorOf(tensor).evaluate(inputs, tensor, sizeOf));
  }
  const entries = Object.entries<Tensor>(outputs).map(([name, tensor]) => [
    name,
    values.get(tensor),
  ]);
  return Object.fromEntries(entries) as Record<K, NDArray>;
}
