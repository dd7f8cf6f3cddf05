import type { Hash } from 'node:crypto';
import { neighborList, withPositions } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { zblEnergy } from '@mlffd/student';
import type { HessianProducts } from './labelled.ts';

/**
 * Displacement of the finite differences of the repulsion, Angstrom, in float64: truncation and
 * rounding are both below 1e-8 of the product.
 */
const STEP = 2e-5;

/**
 * Checks lengths and values.
 *
 * @param fail makes the error that is thrown, which names the structure
 */
export function checkProducts(
  { directions, products }: HessianProducts,
  { positions }: Atoms,
  fail: (expected: string, found: string) => Error,
): void {
  const size = positions.length;
  const { length } = directions;
  if (length === 0 || length % size !== 0) {
    throw fail(`Hessian directions of ${size} values each`, `${length} values`);
  }
  if (products.length !== length) {
    throw fail(`${length} values of Hessian products, as of directions`, String(products.length));
  }
  for (const [name, values] of [
    ['Hessian directions', directions],
    ['Hessian products', products],
  ] as const) {
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw fail(`finite ${name}`, `${values[bad]} at index ${bad}`);
  }
}

/** Adds products to the hash of a structure; one without them is hashed as ever. */
export function hashProducts(hash: Hash, { directions, products }: HessianProducts): void {
  for (const values of [directions, products]) {
    hash.update(`hessian ${values.length}`);
    hash.update(Float64Array.from(values));
  }
}

/** Products of what the network is to learn: without those of the repulsion of the nuclei. */
export function productsWithoutRepulsion(
  atoms: Atoms,
  { directions, products }: HessianProducts,
  { cutoff, reach }: { readonly cutoff: number; readonly reach: number },
): HessianProducts {
  const size = atoms.positions.length;
  const rest = Float64Array.from(products);
  const forcesAt = (direction: Float64Array | Float32Array, step: number): Float64Array => {
    const moved = withPositions(
      atoms,
      atoms.positions.map((x, k) => x + step * direction[k]),
    );
    return zblEnergy(moved, neighborList(moved, cutoff), { reach }).forces;
  };
  for (let start = 0; start < rest.length; start += size) {
    const direction = directions.subarray(start, start + size);
    const above = forcesAt(direction, STEP);
    const below = forcesAt(direction, -STEP);
    for (let k = 0; k < size; k++) rest[start + k] += (above[k] - below[k]) / (2 * STEP);
  }
  return { directions, products: rest };
}
