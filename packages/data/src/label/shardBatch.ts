import type { Outcome } from './labelOne.ts';
import { isUnit, SHARD_SIZE } from './labelOptions.ts';
import type { LabelOptions } from './labelOptions.ts';
import type { LabelBatch, LabelWriter } from './labelWriter.ts';
import type { Slot } from './window.ts';

/** What the journal says of a unit, beside its structures. */
type UnitPlace = Required<Pick<LabelBatch, 'unit' | 'places'>>;

/** Carries the error of a batch that did not reach the disk. */
export class CommitError extends Error {
  constructor(cause: unknown) {
    super('not written', { cause });
  }
}

/** Collects what has ended, in the given order, until it is worth a shard; units are one each. */
export class ShardBatch {
  readonly #writer: LabelWriter;
  readonly #onEvent: LabelOptions['onEvent'];
  readonly #shardSize: number;
  /** ms. */
  readonly #patience: number;
  #rows: { readonly outcome: Outcome; readonly place: number }[] = [];
  #start = 0;
  #onTheWay = 0;

  constructor(
    writer: LabelWriter,
    options: Pick<LabelOptions, 'shardSize' | 'shardSeconds' | 'onEvent'>,
  ) {
    this.#writer = writer;
    this.#onEvent = options.onEvent;
    this.#shardSize = options.shardSize ?? SHARD_SIZE;
    this.#patience = 1000 * (options.shardSeconds ?? 300);
  }

  /** Structures that a shard still has room for, if those in hand and those being written count. */
  get room(): number {
    return this.#shardSize - this.#rows.length - this.#onTheWay;
  }

  /** Puts an item in. @returns what has to be written now, before anything else is put in */
  put({ item, place, outcomes = [] }: Slot): Promise<void> | undefined {
    if (isUnit(item)) {
      return this.flush().then(() => {
        this.#rows = outcomes.map((outcome) => ({ outcome, place }));
        return this.#commit({ unit: item.unit, places: [[place, 0]] });
      });
    }
    const now = performance.now();
    if (this.#rows.length === 0) this.#start = now;
    for (const outcome of outcomes) this.#rows.push({ outcome, place });
    const full = this.#rows.length >= this.#shardSize || now - this.#start > this.#patience;
    return full ? this.#commit() : undefined;
  }

  /** Writes what is left. */
  async flush(): Promise<void> {
    if (this.#rows.length > 0) await this.#commit();
  }

  /** @throws CommitError */
  async #commit(unit?: UnitPlace): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    this.#onTheWay = rows.length;
    const outcomes = rows.map(({ outcome }) => outcome);
    try {
      await this.#writer.commit({
        labelled: outcomes.flatMap((outcome) => ('labelled' in outcome ? [outcome.labelled] : [])),
        failed: outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : [])),
        ...(unit ?? { places: runsOf(rows) }),
      });
    } catch (error) {
      throw new CommitError(error);
    }
    this.#onTheWay = 0;
    this.#onEvent?.({ type: 'commit', structures: rows.length, shards: this.#writer.shards });
  }
}

/** Places of the labelled structures of a batch, as runs of consecutive numbers. */
function runsOf(
  rows: readonly { readonly outcome: Outcome; readonly place: number }[],
): [first: number, count: number][] {
  const runs: [number, number][] = [];
  for (const { outcome, place } of rows) {
    if ('failure' in outcome) continue;
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === place) last[1]++;
    else runs.push([place, 1]);
  }
  return runs;
}
