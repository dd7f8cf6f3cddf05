import { Rng } from '@mlffd/core';

/** Which random direction: number of the structure, and one of several. */
export interface DirectionKey {
  readonly seed: number;
  readonly index: number;
  readonly k: number;
}

function rngOf({ seed, index, k }: DirectionKey): Rng {
  return new Rng(seed, 'uncertainty', 'direction', index, k);
}

/** Random signs over the root of their number: the square of what is along it is the mean over components. */
export function mixture(length: number, key: DirectionKey): Float64Array {
  const rng = rngOf(key);
  const size = 1 / Math.sqrt(length);
  return new Float64Array(length).map(() => (rng.uniform() < 0.5 ? -size : size));
}

/** A random component. */
export function component(length: number, key: DirectionKey): Float64Array {
  const direction = new Float64Array(length);
  direction[rngOf(key).integer(length)] = 1;
  return direction;
}
