import type { ProfileSubject } from './types.ts';

/**
 * Text that is equal for equal calculators with equal settings, in whatever order these are told.
 *
 * @param more what has to be equal as well
 */
export function subjectIdentity(
  { hash, details }: ProfileSubject,
  more: readonly string[] = [],
): string {
  return JSON.stringify([...more, hash, Object.entries(details).sort()]);
}
