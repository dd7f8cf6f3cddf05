import type { TraceEvent } from './trace.ts';

/** What is no block of a model. */
export const NO_BLOCK = 'outside of blocks';

/** Part of a path that marks gradients (`grad` of @mlffd/graph). */
const GRADIENT = 'grad';

/**
 * The block of a model that an event belongs to, from the scope in its name: `interaction0/grad` is
 * the gradient of `interaction0`.
 *
 * @param depth parts of the path that are kept; default: all
 */
export function blockOf({ scope }: Pick<TraceEvent, 'scope'>, depth?: number): string {
  if (scope === undefined) return NO_BLOCK;
  const parts = scope.split('/');
  const own = parts.filter((part) => part !== GRADIENT).slice(0, depth ?? parts.length);
  const name = own.length === 0 ? NO_BLOCK : own.join('/');
  return parts.includes(GRADIENT) ? `${name}, gradient` : name;
}
