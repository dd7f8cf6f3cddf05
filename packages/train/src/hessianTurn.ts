import { Rng } from '@mlffd/core';

/**
 * Part of the structures with products that carry the Hessian term in an epoch, unless a run says
 * otherwise: a structure with the term costs two to three times one without it, so that with one of
 * four an epoch takes one and a half times to twice as long as without the term.
 */
export const DEFAULT_SHARE = 0.25;

/** What decides which structures carry the Hessian term, and along which of their directions. */
export interface HessianTurn {
  readonly seed: number;
  readonly epoch: number;
  /** Part of the structures, above 0, at most 1. */
  readonly share: number;
}

/** A structure that does not carry the term in this epoch. */
export const NO_TURN = -1;

/**
 * Number of the direction that a structure is compared along in an epoch, or `NO_TURN`.
 *
 * A structure's clock begins at a random time and gains `share` per epoch: whenever it passes a whole
 * number the structure has its turn, each time along its next direction. So all directions of all
 * structures come equally often, and the answer depends on nothing but the arguments.
 *
 * @param structure its number in the training set
 * @param count of its directions
 */
export function hessianDirection(turn: HessianTurn, structure: number, count: number): number {
  if (count === 0) return NO_TURN;
  const { seed, epoch, share } = turn;
  const start = new Rng(seed, 'hessian', structure).uniform();
  const before = Math.floor(start + epoch * share);
  const after = Math.floor(start + (epoch + 1) * share);
  return after > before ? before % count : NO_TURN;
}
