import type { StructureMeta } from '../structure.ts';
import { compositionName, countElements } from '../composition.ts';
import type { CompositionKind } from '../composition.ts';
import { SIDES } from './split.ts';
import type { Side, Split } from './split.ts';

/** What can be on two sides, or on the wrong one. */
export type LeakKind =
  | 'index'
  | 'group'
  | 'parent'
  | 'duplicate'
  | 'composition'
  | 'temperature'
  | 'size';

const KINDS: readonly LeakKind[] = [
  'index',
  'group',
  'parent',
  'duplicate',
  'composition',
  'temperature',
  'size',
];

/** Something that is on more than one side of a split, or on a side where it must not be. */
export interface Leak {
  readonly kind: LeakKind;
  /** Name of the group, parent or composition, or ids of the structures. */
  readonly what: string;
  readonly sides: readonly Side[];
  /** One structure of each side. */
  readonly indices: readonly number[];
}

/** Bits of the sides. */
const BITS: Readonly<Record<Side, number>> = { train: 1, validation: 2, test: 4 };

/**
 * Looks at the structures of a split one by one for whatever would make its test too easy; memory is
 * some 200 bytes a structure.
 */
export class LeakageScan {
  readonly #split: Split;
  /** Sides of each index, as bits. */
  readonly #sides: Uint8Array;
  readonly #twice = new Set<number>();
  readonly #ids: string[] = [];
  /** Where each group, parent and composition was first seen. */
  readonly #first = new Map<string, number>();
  readonly #leaks = new Map<string, FoundLeak>();

  constructor(split: Split) {
    this.#split = split;
    const largest = SIDES.reduce(
      (most, side) => split[side].reduce((a, b) => Math.max(a, b), most),
      -1,
    );
    this.#sides = new Uint8Array(largest + 1);
    for (const side of SIDES) {
      for (const k of split[side]) {
        if (this.#sides[k] !== 0) this.#twice.add(k);
        this.#sides[k] |= BITS[side];
      }
    }
  }

  /** Notes structure `k`; one that is on no side is nobody's concern. */
  see(k: number, meta: StructureMeta, numbers: Int32Array): void {
    const sides = this.#sidesOf(k);
    if (sides === 0) return;
    const { id, group, parent } = meta;
    this.#ids[k] = id;
    if (this.#twice.has(k)) this.#add({ kind: 'index', what: id, key: String(k) }, k, sides);
    this.#note('group', group, k);
    // A structure is on the side of its children as well as on its own.
    this.#note('parent', id, k);
    if (parent !== undefined) this.#note('parent', parent, k);
    this.#noteCriteria(meta, numbers, k);
  }

  /**
   * What was found; empty when the split is clean.
   *
   * @param equal pairs of indices of (nearly) equal structures
   */
  leaks(equal: Iterable<readonly [number, number]> = []): Leak[] {
    for (const [a, b] of equal) {
      const [left, right] = [this.#sidesOf(a), this.#sidesOf(b)];
      if (left === 0 || right === 0 || left === right) continue;
      const what = `${this.#ids[a]}, ${this.#ids[b]}`;
      const leak = { kind: 'duplicate', what, key: `${a} ${b}` } as const;
      this.#add(leak, a, left);
      this.#add(leak, b, right);
    }
    const found = [...this.#leaks.values()];
    return KINDS.flatMap((kind) =>
      found
        .filter((leak) => leak.kind === kind)
        .map(({ what, sides, indices }) => ({
          kind,
          what,
          sides: SIDES.filter((side) => (sides & BITS[side]) !== 0),
          indices,
        })),
    );
  }

  #sidesOf(k: number): number {
    return k < this.#sides.length ? this.#sides[k] : 0;
  }

  /** What the kind of the split promises beyond ancestry. */
  #noteCriteria(meta: StructureMeta, numbers: Int32Array, k: number): void {
    const { kind, criteria = {} } = this.#split;
    if (kind === 'composition') {
      const by = (criteria.by ?? 'reduced') as CompositionKind;
      this.#note('composition', compositionName(countElements(numbers), by), k);
    }
    if (kind !== 'temperature' && kind !== 'size') return;
    const value = kind === 'size' ? numbers.length : meta.temperature;
    const [low, high] = [Number(criteria.trainUpTo), Number(criteria.testAbove)];
    const sides = this.#sidesOf(k);
    const tooLow = (sides & BITS.test) !== 0 && !(value !== undefined && value > high);
    const tooHigh = (sides & ~BITS.test) !== 0 && (value ?? -Infinity) > low;
    if (tooLow || tooHigh) this.#add({ kind, what: meta.id, key: String(k) }, k, sides);
  }

  #note(kind: LeakKind, name: string, k: number): void {
    const sides = this.#sidesOf(k);
    const key = `${kind} ${name}`;
    const first = this.#first.get(key);
    if (first === undefined) this.#first.set(key, k);
    const before = first === undefined ? sides : this.#sidesOf(first);
    if (isOneSide(before | sides)) return;
    const leak = { kind, what: name, key: name };
    this.#add(leak, first ?? k, before);
    this.#add(leak, k, sides);
  }

  #add(
    { kind, what, key }: { readonly kind: LeakKind; readonly what: string; readonly key: string },
    k: number,
    sides: number,
  ): void {
    const id = `${kind} ${key}`;
    const leak = this.#leaks.get(id);
    if (leak === undefined) {
      this.#leaks.set(id, { kind, what, sides, indices: [k] });
    } else if ((leak.sides | sides) !== leak.sides) {
      leak.sides |= sides;
      leak.indices.push(k);
    }
  }
}

interface FoundLeak {
  readonly kind: LeakKind;
  readonly what: string;
  /** As bits. */
  sides: number;
  /** One structure of each side. */
  readonly indices: number[];
}

function isOneSide(bits: number): boolean {
  return (bits & (bits - 1)) === 0;
}
