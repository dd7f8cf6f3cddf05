import type { StructureMeta } from '../structure.ts';

/** Sides of a split. */
export type Side = 'train' | 'validation' | 'test';

export const SIDES: readonly Side[] = ['train', 'validation', 'test'];

/** How a split was made. */
export type SplitKind = 'random' | 'group' | 'composition' | 'temperature' | 'size';

/** What a split was made by, as JSON: fractions, seed, thresholds, what was held out. */
export type SplitCriteria = Readonly<
  Partial<Record<string, string | number | readonly string[] | Readonly<Record<string, number>>>>
>;

/** Which structures are for what; indices are ascending. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
  /** Absent for a split made by hand. */
  readonly kind?: SplitKind;
  readonly criteria?: SplitCriteria;
}

/** What can be split: a dataset, or the origins of its structures. */
export type Splittable = { readonly metas: readonly StructureMeta[] } | readonly StructureMeta[];

/** Origins of the structures. */
export function metasOf(source: Splittable): readonly StructureMeta[] {
  return 'metas' in source ? source.metas : source;
}
