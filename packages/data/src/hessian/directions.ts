import { Rng } from '@mlffd/core';

/**
 * Entries of random directions: `signs` are +-1, so that every atom moves by the same amount and
 * the products vary least for a given Hessian; `normal` have mean 0 and variance 1, so that no axis
 * is special.
 */
export type DirectionKind = 'signs' | 'normal';

export const DIRECTION_KINDS: readonly DirectionKind[] = ['signs', 'normal'];

/** Which direction of which structure. */
export interface DirectionKey {
  readonly seed: number;
  /** Id of the structure. */
  readonly id: string;
  /** Number of the direction, from 0. */
  readonly direction: number;
  readonly kind: DirectionKind;
}

/** A random direction of `size` entries of order 1, all exact in float32; depends on the key alone. */
export function randomDirection(size: number, key: DirectionKey): Float64Array {
  const { seed, id, direction, kind } = key;
  const rng = new Rng(seed, 'hessian', id, direction);
  const entry = kind === 'signs' ? () => (rng.uniform() < 0.5 ? -1 : 1) : () => rng.normal();
  return Float64Array.from({ length: size }, () => Math.fround(entry()));
}
