import { nest } from './nesting.ts';
import { bySpan, type Span } from './trace.ts';

/** Something on a track that scopes are sought for. */
export interface Scoped extends Span {
  readonly track: number;
}

/** What names a part of a path; undefined: nothing. */
export type NamePart<T> = (item: T) => string | undefined;

/** What an item is in. */
export interface Place<T> {
  readonly parent: T | undefined;
  /** Names of what contains it, outermost first. */
  readonly path: readonly string[];
}

/** For each item, what contains it on its track, and the path of names. */
export function placesOf<T extends Scoped>(
  items: readonly T[],
  part: NamePart<T>,
): Map<T, Place<T>> {
  const byTrack = new Map<number, T[]>();
  for (const item of items) {
    const track = byTrack.get(item.track);
    if (track === undefined) byTrack.set(item.track, [item]);
    else track.push(item);
  }
  const places = new Map<T, Place<T>>();
  for (const track of byTrack.values()) {
    const sorted = track.sort(bySpan);
    const { parent: parents } = nest(sorted);
    sorted.forEach((item, k) => {
      const parent = parents[k] < 0 ? undefined : sorted[parents[k]];
      const outer = parent === undefined ? undefined : places.get(parent);
      const name = parent === undefined ? undefined : part(parent);
      const path = outer?.path ?? [];
      places.set(item, { parent, path: name === undefined ? path : [...path, name] });
    });
  }
  return places;
}

/** A scope of a path, where there is one. */
export function scopeField(path: readonly string[]): { scope?: string } {
  return path.length === 0 ? {} : { scope: path.join('/') };
}
