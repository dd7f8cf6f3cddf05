import type { Tensor } from '@mlffd/graph';
import { add, concat, matmul, reshape, silu, slice } from '@mlffd/graph';
import type { PainnConfig } from './config.ts';

/** Tensors of weights by name. */
export type Weights = ReadonlyMap<string, Tensor>;

/** @throws RangeError for a name that no tensor has */
export function getWeight(weights: Weights, name: string): Tensor {
  const found = weights.get(name);
  if (found === undefined) throw new RangeError(`no tensor is called ${name}`);
  return found;
}

/**
 * Weights of one filter with the bias as last column, [F, R + 1]: `part` 0, 1, 2 is the scalar, radial,
 * vector part of a block.
 */
export function filterWeights(
  weights: Weights,
  config: PainnConfig,
  { block, part }: { readonly block: number; readonly part: number },
): Tensor {
  const F = config.features;
  const start = (config.sharedFilters === true ? 0 : 3 * F * block) + part * F;
  const weight = getWeight(weights, 'filter_net.weight');
  const bias = reshape(getWeight(weights, 'filter_net.bias'), [-1, 1]);
  return concat(
    [weight, bias].map((x) => slice(x, 0, start, start + F)),
    1,
  );
}

/** x Wᵀ + b */
function affine(x: Tensor, weights: Weights, name: string): Tensor {
  const product = matmul(x, getWeight(weights, `${name}.weight`), { transB: true });
  return add(product, getWeight(weights, `${name}.bias`));
}

/** Dense, silu, dense: its output of 3F columns is made in parts of F that are used separately. */
export class Layer {
  readonly #weights: Weights;
  readonly #name: string;

  constructor(weights: Weights, name: string) {
    this.#weights = weights;
    this.#name = name;
  }

  parts(x: Tensor, count: number): Tensor[] {
    return this.output(silu(affine(x, this.#weights, `${this.#name}.0`)), count);
  }

  output(hidden: Tensor, count: number): Tensor[] {
    const weight = getWeight(this.#weights, `${this.#name}.1.weight`);
    const bias = getWeight(this.#weights, `${this.#name}.1.bias`);
    const F = hidden.shape[1] as number;
    return Array.from({ length: count }, (_, k) =>
      add(
        matmul(hidden, slice(weight, 0, k * F, (k + 1) * F), { transB: true }),
        slice(bias, 0, k * F, (k + 1) * F),
      ),
    );
  }
}

/** Outputs of atoms [N, 1] from their scalar features [N, F]. */
export function readout(q: Tensor, weights: Weights): Tensor {
  return affine(silu(affine(q, weights, 'outnet.0')), weights, 'outnet.1');
}
