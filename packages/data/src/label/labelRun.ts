import { AbortedError } from '@mlffd/core';
import { LabelNoGoError } from '../errors.ts';
import type { LabelProperty, Structure } from '../structure.ts';
import { ItemSource } from './itemSource.ts';
import { hasKnownLabels, labelOne } from './labelOne.ts';
import type { Labeller, Outcome } from './labelOne.ts';
import { isUnit } from './labelOptions.ts';
import type { LabelItem, LabelOptions, StructureUnit } from './labelOptions.ts';
import { LabelProgress } from './labelProgress.ts';
import { LabelSet } from './labelSet.ts';
import type { LabelSummary } from './labelTypes.ts';
import { labelUnit } from './labelUnit.ts';
import type { LabelWriter } from './labelWriter.ts';
import { CommitError, ShardBatch } from './shardBatch.ts';
import { LabelWindow } from './window.ts';
import type { Slot } from './window.ts';

/** Times that all calculators are busy while a shard is written. */
const BUSY = 4;

/** Time that a run of synchronous calculations may hold up the rest of the program, ms. */
const TURN = 20;

/** One call of `labelStructures` on an open folder. */
export class LabelRun {
  readonly #options: LabelOptions;
  readonly #writer: LabelWriter;
  readonly #progress: LabelProgress;
  readonly #labeller: Labeller;
  readonly #source: ItemSource;
  readonly #window: LabelWindow;
  readonly #set: LabelSet;
  readonly #batch: ShardBatch;
  #lastTurn = performance.now();
  /** Calls or units under way. */
  #running = 0;
  /** The batch that is on its way to the disk. */
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #news = false;
  #wake: (() => void) | undefined;
  #reused = 0;
  #computed = 0;
  #retries = 0;

  constructor(options: LabelOptions, properties: readonly LabelProperty[], writer: LabelWriter) {
    const { calculator, timeout, retries = 1, order = 'given' } = options;
    this.#options = options;
    this.#writer = writer;
    this.#window = new LabelWindow(order);
    this.#set = new LabelSet(writer, options);
    this.#batch = new ShardBatch(writer, options);
    this.#source = new ItemSource(options.structures, () => {
      this.#notify();
    });
    this.#progress = new LabelProgress(options.onEvent, {
      done: writer.done,
      failed: writer.ledger.failed,
      total: options.total ?? totalOf(options.structures),
    });
    this.#labeller = {
      calculator,
      properties,
      timeout: timeout === undefined ? undefined : 1000 * timeout,
      retries,
      onRetry: (failure) => {
        this.#retries++;
        this.#progress.retry(failure);
      },
    };
  }

  async go(): Promise<LabelSummary> {
    const { signal } = this.#options;
    const notify = (): void => {
      this.#notify();
    };
    signal?.addEventListener('abort', notify);
    try {
      await this.#work();
    } catch (error) {
      throw (await this.#salvage(error)) as Error;
    } finally {
      signal?.removeEventListener('abort', notify);
      this.#source.close();
      this.#progress.flush();
    }
    this.#set.checkComplete();
    return this.#finish();
  }

  async #work(): Promise<void> {
    for (;;) {
      this.#checkGoesOn();
      if (this.#failure !== undefined) throw this.#failure.error;
      this.#admit();
      const begun = this.#beginNext();
      const stored = this.#storeNext();
      if (this.#isThrough()) break;
      if (!begun && !stored) await this.#newsOf();
      else if (performance.now() - this.#lastTurn > TURN) await this.#turn();
    }
    await this.#batch.flush();
  }

  #isThrough(): boolean {
    return this.#source.ended && this.#window.length === 0 && this.#writing === undefined;
  }

  /**
   * Items in the window at most: with those of the shard that is being filled or written no more
   * than a shard, but enough to keep the calculators busy until it is written.
   */
  #room(): number {
    return Math.max(BUSY * (this.#sideBySide() + this.#ahead()), this.#batch.room);
  }

  #sideBySide(): number {
    return this.#options.concurrency ?? this.#options.calculator.concurrency ?? 1;
  }

  #ahead(): number {
    return this.#options.calculator.ahead ?? 0;
  }

  /** Takes items from the source: for `given` what can be begun now, for `size` a shard's worth. */
  #admit(): void {
    const bySize = this.#options.order === 'size';
    while (this.#window.length < this.#room() && this.#window.units < 2 * this.#sideBySide()) {
      if (!bySize && this.#window.waiting > 0) return;
      const item = this.#source.poll();
      if (item === undefined) return;
      if (this.#set.isNew(item)) this.#window.add(item);
      else this.#window.skip();
    }
  }

  /** False when nothing can be begun. */
  #beginNext(): boolean {
    const sideBySide = this.#sideBySide();
    if (this.#running >= sideBySide + this.#ahead()) return false;
    // Of units only as many as there are calculators: what is not finished is lost in a stop.
    const slot = this.#window.begin((item) => !isUnit(item) || this.#running < sideBySide);
    if (slot === undefined) return false;
    this.#begin(slot);
    return true;
  }

  #begin(slot: Slot): void {
    const { item } = slot;
    if (isUnit(item)) {
      this.#await(slot, this.#labelUnit(item));
      return;
    }
    try {
      const outcome = this.#label(item);
      if (outcome instanceof Promise) this.#await(slot, outcome.then(this.#counted));
      else slot.outcomes = this.#counted(outcome);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  readonly #counted = (outcome: Outcome): readonly Outcome[] => {
    this.#progress.count('failure' in outcome ? outcome.failure : undefined);
    return [outcome];
  };

  #await(slot: Slot, ending: Promise<readonly Outcome[]>): void {
    this.#running++;
    void ending
      .then(
        (outcomes) => {
          slot.outcomes = outcomes;
        },
        (error: unknown) => {
          this.#failure ??= { error };
        },
      )
      .then(() => {
        this.#running--;
        this.#notify();
      });
  }

  #label(structure: Structure): Outcome | Promise<Outcome> {
    const { calculator, properties } = this.#labeller;
    if (hasKnownLabels(structure, calculator.name, properties)) this.#reused++;
    else this.#computed++;
    return labelOne(structure, this.#labeller);
  }

  #labelUnit(unit: StructureUnit): Promise<readonly Outcome[]> {
    return labelUnit({
      unit,
      signal: this.#options.signal,
      labeller: this.#labeller,
      width: 1 + Math.ceil(this.#ahead() / this.#sideBySide()),
      isNew: (structure) => this.#set.isNewIn(unit, structure),
      label: (structure) => this.#label(structure),
      onOutcome: this.#counted,
      checkGoesOn: () => {
        this.#checkGoesOn();
      },
    });
  }

  /**
   * Puts what has ended into the batch of its turn. While a batch is written nothing is put, but
   * calls go on.
   *
   * @returns false when there is nothing to put
   */
  #storeNext(): boolean {
    if (this.#writing !== undefined) return false;
    const next = this.#window.head;
    if (next?.outcomes === undefined) return false;
    this.#window.take();
    this.#writing = this.#batch
      .put(next)
      ?.catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .then(() => {
        this.#writing = undefined;
        this.#notify();
      });
    return true;
  }

  /**
   * After a stop: waits for what is under way, and writes it unless the disk was the reason.
   *
   * @returns the error to report
   */
  async #salvage(reason: unknown): Promise<unknown> {
    while (this.#running > 0 || this.#writing !== undefined) await this.#newsOf();
    const error = this.#failure?.error instanceof CommitError ? this.#failure.error : reason;
    if (error instanceof CommitError) return error.cause;
    try {
      // What has ended behind something that has not keeps its place for the compaction.
      for (const slot of this.#window.takeAll()) await this.#batch.put(slot);
      await this.#batch.flush();
      return error;
    } catch (late) {
      return late instanceof CommitError ? late.cause : late;
    }
  }

  #notify(): void {
    this.#news = true;
    this.#wake?.();
  }

  /** Waits until something has ended, come, or been asked for. */
  async #newsOf(): Promise<void> {
    if (!this.#news) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
      this.#lastTurn = performance.now();
    }
    this.#news = false;
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#lastTurn = performance.now();
  }

  #finish(): LabelSummary {
    const { minSuccess = 0.95, onEvent, folder } = this.#options;
    const { labelled, failed, shards } = this.#writer;
    const count = labelled + failed.length;
    const summary: LabelSummary = {
      labelled,
      failed,
      successRate: count === 0 ? 1 : labelled / count,
      skipped: this.#set.skipped,
      reused: this.#reused,
      computed: this.#computed,
      retries: this.#retries,
      shards,
      seconds: this.#progress.seconds,
    };
    onEvent?.({ type: 'end', summary });
    if (summary.successRate >= minSuccess) return summary;
    const codes = [...new Set(failed.map(({ code }) => code))].join(', ');
    throw new LabelNoGoError(
      `NO-GO: ${labelled} of ${count} structures were labelled (${codes})`,
      summary,
      `At least ${100 * minSuccess} % must succeed; the reasons are in ${folder}/journal.jsonl. Repair the teacher and try again with retryFailed, repair the structures and label into a new folder, or lower minSuccess.`,
    );
  }

  #checkGoesOn(): void {
    if (this.#options.signal?.aborted !== true) return;
    const { folder } = this.#options;
    throw new AbortedError('data/aborted', `labelling into ${folder} was stopped`, {
      where: folder,
      hint: 'Start it again with the same options: it goes on where it was.',
    });
  }
}

/** Number of structures, where every item says how many it is. */
function totalOf(structures: LabelOptions['structures']): number | undefined {
  if (!Array.isArray(structures)) return undefined;
  const items: readonly LabelItem[] = structures;
  return (
    items.reduce((sum, item) => sum + (isUnit(item) ? (item.count ?? NaN) : 1), 0) || undefined
  );
}
