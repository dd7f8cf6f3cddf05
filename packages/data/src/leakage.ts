import { coarseHash } from './contentHash.ts';
import { SIDES } from './split.ts';
import type { Side, Split } from './split.ts';
import type { LabelledStructure, StructureMeta } from './structure.ts';

/** Something that is on more than one side of a split. */
export interface Leak {
  readonly kind: 'group' | 'parent' | 'duplicate' | 'index';
  /** Name of the group or parent, or ids of the two structures. */
  readonly what: string;
  readonly sides: readonly Side[];
}

/** Options of `checkLeakage`. */
export interface LeakageOptions {
  /** Grid on which two structures count as the same, Angstrom; default 0.001. */
  readonly tolerance?: number;
}

/**
 * Looks for whatever would make a test too easy: a group or a parent on two sides, an index used
 * twice, or (nearly) the same geometry on two sides.
 *
 * @returns what was found; empty when the split is clean
 */
export function checkLeakage(
  dataset: {
    readonly metas: readonly StructureMeta[];
    get(k: number): Pick<LabelledStructure, 'atoms'>;
  },
  split: Split,
  { tolerance = 1e-3 }: LeakageOptions = {},
): Leak[] {
  const places = {
    index: new Map<string, Place>(),
    group: new Map<string, Place>(),
    parent: new Map<string, Place>(),
    duplicate: new Map<string, Place>(),
  };
  for (const side of SIDES) {
    for (const k of split[side]) {
      const { id, group, parent } = dataset.metas[k];
      note(places.index, String(k), { side, what: id });
      note(places.group, group, { side, what: group });
      // A structure is on the side of its children as well as on its own.
      note(places.parent, id, { side, what: id });
      if (parent !== undefined) note(places.parent, parent, { side, what: parent });
      note(places.duplicate, coarseHash(dataset.get(k).atoms, tolerance), { side, what: id });
    }
  }
  return (['index', 'group', 'parent', 'duplicate'] as const).flatMap((kind) =>
    [...places[kind].values()]
      .filter(({ sides, whats }) => sides.size > 1 || (kind === 'index' && whats.length > 1))
      .map(({ sides, whats }) => ({
        kind,
        what: [...new Set(whats)].slice(0, 2).join(', '),
        sides: [...sides],
      })),
  );
}

interface Place {
  readonly sides: Set<Side>;
  readonly whats: string[];
}

function note(
  places: Map<string, Place>,
  key: string,
  { side, what }: { readonly side: Side; readonly what: string },
): void {
  const place = places.get(key) ?? { sides: new Set<Side>(), whats: [] };
  // Two names are enough to tell, unless the second is on another side.
  if (place.whats.length < 2 || !place.sides.has(side)) place.whats.splice(1, 1, what);
  place.sides.add(side);
  places.set(key, place);
}
