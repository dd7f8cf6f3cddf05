import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemError, lockFolder } from '@mlffd/core';
import { makeFolder, TEMPORARY, writeStoreAtomic } from '../store/atomicStore.ts';
import { Dataset } from '../store/dataset.ts';
import { messageOf } from '../store/hdf5Header.ts';
import type { LabelledStructure } from '../structure.ts';
import { JournalWriter, scanJournal } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import { checkShard, JOURNAL } from './labelFolder.ts';
import type { LabelFailure } from './labelTypes.ts';
import { Ledger } from './ledger.ts';
import { checkSame, readManifest, writeManifest } from './manifest.ts';
import type { LabelManifest } from './manifest.ts';

/** Some structures that go into the journal together. */
export interface LabelBatch extends Pick<JournalEntry, 'failed' | 'unit' | 'places'> {
  readonly labelled: readonly (LabelledStructure & { readonly hash: string })[];
}

/** What to do when a folder is opened. */
export interface LabelWriterOptions {
  /** Reads every shard, and gives up those that are damaged. */
  readonly repair?: boolean;
  /** Told of each of these. */
  readonly onDamaged?: (file: string, message: string) => void;
}

/** Time that writing may hold up the rest of the program, ms. */
const TURN = 5;

const SHARD = /^shard-\d+\.h5$/;
/** Ending of a shard that was found damaged and is kept for whoever wants to look at it. */
const DAMAGED = '.damaged';

/** A label folder that this process writes into. */
export class LabelWriter {
  readonly folder: string;
  readonly manifest: LabelManifest;
  /** Structures that are done. */
  readonly ledger: Ledger = new Ledger();
  readonly #units = new Map<string, { batches: readonly number[]; whole: boolean }>();
  readonly #failed = new Map<string, { failure: LabelFailure; batch: number }>();
  readonly #shards = new Map<number, NonNullable<JournalEntry['shard']>>();
  readonly #release: () => void;
  #journal: JournalWriter | undefined;
  #batches = 0;

  private constructor(folder: string, manifest: LabelManifest, release: () => void) {
    this.folder = folder;
    this.manifest = manifest;
    this.#release = release;
  }

  /**
   * Opens or makes the folder and locks it; leftovers of a killed run are cleared away.
   *
   * @throws FolderMismatchError when it holds labels of something else
   * @throws FolderBusyError when another process has it
   * @throws FileFormatError when something in it is damaged, shards with `repair` excepted
   * @throws FileSystemError when it cannot be written
   */
  static async open(
    folder: string,
    manifest: LabelManifest,
    options: LabelWriterOptions = {},
  ): Promise<LabelWriter> {
    makeFolder(folder);
    const release = lockFolder(folder, { action: 'labelling into' });
    const writer = new LabelWriter(folder, manifest, release);
    try {
      const former = readManifest(folder);
      if (former === undefined) writeManifest(folder, manifest);
      else checkSame(folder, former, manifest);
      await writer.#read(options);
      return writer;
    } catch (error) {
      writer.close();
      throw error;
    }
  }

  get labelled(): number {
    return this.ledger.labelled;
  }

  get shards(): number {
    return this.#shards.size;
  }

  /** Structures that are done, labelled or failed. */
  get done(): number {
    return this.ledger.labelled + this.ledger.failed;
  }

  /** In the order in which they failed. */
  get failed(): readonly LabelFailure[] {
    return [...this.#failed.values()].map(({ failure }) => failure);
  }

  /** Units that are done. */
  get units(): Iterable<string> {
    return this.#units.keys();
  }

  /** How a unit ended: `whole` when none of its structures failed. */
  unitState(unit: string): 'new' | 'whole' | 'with failures' {
    const state = this.#units.get(unit);
    if (state === undefined) return 'new';
    return state.whole ? 'whole' : 'with failures';
  }

  /** Puts a batch on the disk: the shard first, then the line that makes it count. */
  async commit(batch: LabelBatch): Promise<void> {
    const { labelled, failed, unit, places } = batch;
    const name = `shard-${String(this.#batches).padStart(6, '0')}.h5`;
    const path = join(this.folder, name);
    const shard = labelled.length > 0;
    if (shard) {
      const { properties, provenance } = this.manifest;
      await writeStoreAtomic(path, { properties, provenance }, async (writer) => {
        let turn = performance.now();
        for (const structure of labelled) {
          writer.append(structure);
          if (performance.now() - turn < TURN) continue;
          // Teachers in other threads wait for work meanwhile.
          await new Promise((resolve) => setImmediate(resolve));
          turn = performance.now();
        }
      });
    }
    this.#append({
      batch: this.#batches,
      ...(shard ? { shard: { file: name, bytes: sizeOf(path) } } : {}),
      labelled: labelled.map(({ meta, hash }) => [meta.id, hash] as const),
      failed,
      ...(unit === undefined ? {} : { unit }),
      ...(shard && places !== undefined ? { places } : {}),
    });
  }

  close(): void {
    this.#journal?.close();
    this.#journal = undefined;
    this.#release();
  }

  async #read({ repair = false, onDamaged }: LabelWriterOptions): Promise<void> {
    const path = join(this.folder, JOURNAL);
    const bytes = scanJournal(path, (entry) => {
      this.#apply(entry);
    });
    const names = new Set([...this.#shards.values()].map(({ file }) => file));
    for (const name of readdirSync(this.folder)) {
      const left = name.endsWith(TEMPORARY) || (SHARD.test(name) && !names.has(name));
      if (left) rmSync(join(this.folder, name));
    }
    this.#journal = new JournalWriter(path, bytes);
    for (const [batch, shard] of [...this.#shards]) {
      try {
        for (const file of checkShard(this.folder, { shard })) if (repair) await verify(file);
      } catch (error) {
        if (!repair) throw error;
        const message = messageOf(error);
        onDamaged?.(shard.file, message);
        setAside(join(this.folder, shard.file));
        const dropped = { batch, reason: message };
        this.#append({ batch: this.#batches, labelled: [], failed: [], dropped });
      }
    }
  }

  #append(entry: JournalEntry): void {
    this.#journal?.append(entry);
    this.#apply(entry);
  }

  #apply({ batch, shard, labelled, failed, unit, dropped }: JournalEntry): void {
    this.#batches = batch + 1;
    if (dropped !== undefined) this.#drop(dropped.batch);
    if (shard !== undefined) this.#shards.set(batch, shard);
    const inUnit = unit !== undefined;
    if (inUnit) {
      // What could not be made at all has failed under the name of the unit.
      if (this.#failed.delete(unit)) this.ledger.retract(unit);
      const batches = [...(this.#units.get(unit)?.batches ?? []), batch];
      this.#units.set(unit, { batches, whole: failed.length === 0 });
    }
    for (const [id, hash] of labelled) {
      this.ledger.finish(id, { hash, state: 'labelled', batch, unit: inUnit });
      if (this.#failed.size > 0) this.#failed.delete(id);
    }
    for (const { id, code, message, attempts, hash } of failed) {
      this.ledger.finish(id, { hash, state: 'failed', batch, unit: inUnit });
      const tries = attempts === undefined ? {} : { attempts };
      this.#failed.set(id, { failure: { id, code, message, ...tries }, batch });
    }
  }

  #drop(batch: number): void {
    this.ledger.forget(batch);
    this.#shards.delete(batch);
    for (const [id, failed] of this.#failed) if (failed.batch === batch) this.#failed.delete(id);
    for (const [unit, { batches }] of this.#units) {
      if (batches.includes(batch)) this.#units.delete(unit);
    }
  }
}

async function verify(path: string): Promise<void> {
  const dataset = await Dataset.open(path);
  try {
    dataset.verify();
  } finally {
    dataset.close();
  }
}

function setAside(path: string): void {
  try {
    if (existsSync(path)) renameSync(path, path + DAMAGED);
  } catch (cause) {
    throw fileSystemError('rename', path, cause);
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
}
