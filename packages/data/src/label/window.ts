import { isUnit } from './labelOptions.ts';
import type { LabelItem } from './labelOptions.ts';
import type { Outcome } from './labelOne.ts';

/** An item that was taken from the source and is not yet on the disk. */
export interface Slot {
  /** Number of the item in the set. */
  readonly place: number;
  readonly item: LabelItem;
  /** What became of it, or of all structures of the unit; undefined until it has ended. */
  outcomes: readonly Outcome[] | undefined;
}

/**
 * The items that are next. They are begun in the order asked for, and leave in the given one, so
 * that neither the order of work nor the number of workers shows in what is stored.
 */
export class LabelWindow {
  readonly #order: 'given' | 'size';
  /** In given order. */
  readonly #slots: Slot[] = [];
  readonly #waiting: Slot[] = [];
  #units = 0;
  #next = 0;

  constructor(order: 'given' | 'size') {
    this.#order = order;
  }

  get length(): number {
    return this.#slots.length;
  }

  /** Items that are not begun. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Units among the items. */
  get units(): number {
    return this.#units;
  }

  add(item: LabelItem): void {
    const slot: Slot = { place: this.#next++, item, outcomes: undefined };
    this.#slots.push(slot);
    this.#waiting.push(slot);
    if (isUnit(item)) this.#units++;
  }

  /** Counts an item that needs no place in the window, since it is done. */
  skip(): void {
    this.#next++;
  }

  /** Takes the item that is to be begun next; undefined when there is none that may be begun. */
  begin(mayBegin: (item: LabelItem) => boolean): Slot | undefined {
    let best = 0;
    if (this.#order === 'size') {
      for (let k = 1; k < this.#waiting.length; k++) {
        if (sizeOf(this.#waiting[k].item) > sizeOf(this.#waiting[best].item)) best = k;
      }
    }
    const slot = this.#waiting.at(best);
    if (slot === undefined || !mayBegin(slot.item)) return undefined;
    this.#waiting.splice(best, 1);
    return slot;
  }

  /** The first item in given order. */
  get head(): Slot | undefined {
    return this.#slots.at(0);
  }

  /** Removes that one. */
  take(): void {
    const slot = this.#slots.shift();
    if (slot !== undefined && isUnit(slot.item)) this.#units--;
  }

  /** Removes all items that have ended, whatever is before them; drops the others. */
  takeAll(): Slot[] {
    this.#waiting.length = 0;
    this.#units = 0;
    return this.#slots.splice(0).filter(({ outcomes }) => outcomes !== undefined);
  }
}

/** Atoms; units, whose work is not known, come before structures, in the given order. */
const sizeOf = (item: LabelItem): number => (isUnit(item) ? Infinity : item.atoms.numbers.length);
