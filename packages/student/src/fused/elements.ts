import type { Parameters } from '../parameters.ts';

/** What the first block sends of an atom: the scalar and radial part of its context network's output. */
export interface ElementMessages {
  readonly scalar: Float64Array;
  readonly radial: Float64Array;
}

/** The first block's messages of an element, which depend on nothing else. */
export function elementMessages(
  parameters: Parameters,
  features: number,
  number: number,
): ElementMessages {
  const get = (name: string): Float32Array => parameters.get(name) ?? new Float32Array(0);
  const net = 'interactions.0.interatomic_context_net';
  const embedding = get('embedding.weight').subarray(number * features, (number + 1) * features);
  const hidden = affine(embedding, get(`${net}.0.weight`), get(`${net}.0.bias`)).map(
    (x) => x / (1 + Math.exp(-x)),
  );
  const out = affine(hidden, get(`${net}.1.weight`), get(`${net}.1.bias`));
  return { scalar: out.slice(0, features), radial: out.slice(features, 2 * features) };
}

function affine(x: ArrayLike<number>, weight: Float32Array, bias: Float32Array): Float64Array {
  return Float64Array.from(bias, (b, row) => {
    let sum = b;
    for (let k = 0; k < x.length; k++) sum += weight[row * x.length + k] * x[k];
    return sum;
  });
}
