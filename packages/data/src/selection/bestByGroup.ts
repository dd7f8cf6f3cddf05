import { SelectionError } from './selectionError.ts';

/** What is compared. */
export interface Ranked {
  readonly id: string;
  readonly group: string;
  readonly value: number;
}

/** How many are kept. */
export interface BestLimits {
  readonly count: number;
  /** Most of one group. */
  readonly perGroup: number;
}

/**
 * The entries of largest value among all that were offered, at most some of each group, in memory
 * for `count` entries. Ties go to the smaller id, so that the order of the offers does not matter.
 *
 * Exact, not greedy: an entry that had to leave for a better one of its group could come back only
 * if that one left, and it leaves only for entries that are better than both.
 */
export class BestByGroup<T extends Ranked> {
  readonly #limits: BestLimits;
  /** Best first. */
  readonly #kept: T[] = [];
  /** The same by group, best first. */
  readonly #groups = new Map<string, T[]>();
  readonly #ids = new Set<string>();

  constructor(limits: BestLimits) {
    this.#limits = limits;
  }

  /** Best first. */
  get entries(): readonly T[] {
    return this.#kept;
  }

  /** @throws SelectionError when an entry of this id is among those kept */
  offer(entry: T): void {
    if (this.#ids.has(entry.id)) throw duplicate(entry.id);
    const rival = this.#rival(entry);
    if (rival !== undefined) {
      if (compare(entry, rival) > 0) return;
      this.#remove(rival);
    }
    this.#ids.add(entry.id);
    insert(this.#kept, entry);
    const group = this.#groups.get(entry.group) ?? [];
    insert(group, entry);
    this.#groups.set(entry.group, group);
  }

  /** The kept entry that has to leave if another one comes. */
  #rival({ group }: Ranked): T | undefined {
    const own = this.#groups.get(group) ?? [];
    if (own.length >= this.#limits.perGroup) return own.at(-1);
    return this.#kept.length >= this.#limits.count ? this.#kept.at(-1) : undefined;
  }

  #remove(entry: T): void {
    this.#ids.delete(entry.id);
    this.#kept.splice(placeOf(this.#kept, entry), 1);
    const group = this.#groups.get(entry.group) ?? [];
    group.splice(placeOf(group, entry), 1);
    if (group.length === 0) this.#groups.delete(entry.group);
  }
}

function duplicate(id: string): SelectionError {
  return new SelectionError('data/duplicate-id', `the id ${id} appears twice`, {
    expected: 'candidates with unique ids',
    found: id,
    where: id,
    hint: 'Give every structure an id of its own.',
  });
}

/** Negative when a is better: a larger value, or else a smaller id. */
function compare(a: Ranked, b: Ranked): number {
  if (a.value !== b.value) return b.value - a.value;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

function insert<T extends Ranked>(sorted: T[], entry: T): void {
  sorted.splice(placeOf(sorted, entry), 0, entry);
}

/** Index of the first entry that is not better. */
function placeOf(sorted: readonly Ranked[], entry: Ranked): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle], entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
