import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FileFormatError, sha256, stableStringify, writeFileAtomic } from '@mlffd/core';
import { makeFolder, TEMPORARY, writeStoreAtomic } from './atomicStore.ts';
import { FolderMismatchError } from './errors.ts';
import { lockFolder } from './folderLock.ts';
import { JournalWriter, readJournal } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import type { LabelFailure } from './labelTypes.ts';
import type { Provenance } from './storeWriter.ts';
import type { LabelledStructure, LabelProperty } from './structure.ts';

/** What a folder of labels is of; a folder is never continued with anything else. */
export interface LabelManifest {
  readonly format: 'mlffd-labels';
  readonly version: 1;
  readonly properties: readonly LabelProperty[];
  readonly provenance: Provenance;
  /** Hash and number of the structures, where they were known beforehand. */
  readonly structures?: { readonly count: number; readonly hash: string };
}

const MANIFEST = 'manifest.json';
const JOURNAL = 'journal.jsonl';

/** Content of a label folder, as its manifest and journal tell it. */
export interface LabelFolderContent {
  readonly folder: string;
  readonly manifest: LabelManifest;
  readonly entries: readonly JournalEntry[];
  /** Paths of the shards in order. */
  readonly shards: readonly string[];
  readonly labelled: number;
  readonly failed: readonly LabelFailure[];
}

/**
 * Reads what a labelling run left in a folder, without changing it; also while the run goes on.
 *
 * @throws FileFormatError when it is no label folder, or a shard is missing or was cut off
 */
export function readLabelFolder(folder: string): LabelFolderContent {
  const manifest = readManifest(folder);
  if (manifest === undefined) {
    throw new FileFormatError('data/no-labels', `${folder} holds no labels`, {
      expected: MANIFEST,
      found: 'no such file',
      where: folder,
      hint: 'Give the folder that labelStructures wrote into.',
    });
  }
  const { entries } = readJournal(join(folder, JOURNAL));
  return {
    folder,
    manifest,
    entries,
    shards: entries.flatMap((entry) => checkShard(folder, entry)),
    labelled: entries.reduce((sum, entry) => sum + entry.labelled.length, 0),
    failed: entries.flatMap((entry) => entry.failed),
  };
}

function readManifest(folder: string): LabelManifest | undefined {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) return undefined;
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isManifest(manifest)) return manifest;
  } catch {
    // Reported below with the other kinds of a wrong file.
  }
  throw new FileFormatError('data/bad-manifest', `${path} is not a manifest of version 1`, {
    expected: 'JSON with format "mlffd-labels" and version 1',
    where: path,
    hint: 'Label into a new folder.',
  });
}

function isManifest(value: unknown): value is LabelManifest {
  if (typeof value !== 'object' || value === null) return false;
  const { format, version } = value as Record<string, unknown>;
  return format === 'mlffd-labels' && version === 1;
}

function checkShard(folder: string, { shard }: JournalEntry): string[] {
  if (shard === undefined) return [];
  const path = join(folder, shard.file);
  const bytes = existsSync(path) ? statSync(path).size : undefined;
  if (bytes === shard.bytes) return [path];
  throw new FileFormatError('data/bad-shard', `${path} is not what the journal says`, {
    expected: `${shard.bytes} bytes`,
    found: bytes === undefined ? 'no such file' : `${bytes} bytes`,
    where: path,
    hint: 'Restore the file, or label into a new folder.',
  });
}

/** A label folder that this process writes into. */
export class LabelFolder {
  readonly folder: string;
  readonly manifest: LabelManifest;
  /** Geometry hash of every structure that is done, labelled or failed, by id. */
  readonly done: ReadonlyMap<string, string>;
  readonly units: ReadonlySet<string>;
  readonly failed: LabelFailure[] = [];
  labelled = 0;
  shards = 0;
  /** Structures that are done and belong to no unit. */
  loose = 0;
  readonly #done: Map<string, string>;
  readonly #journal: JournalWriter;
  readonly #release: () => void;
  #batch: number;

  private constructor(
    manifest: LabelManifest,
    parts: { folder: string; journal: JournalWriter; release: () => void; entries: JournalEntry[] },
  ) {
    this.folder = parts.folder;
    this.manifest = manifest;
    this.#journal = parts.journal;
    this.#release = parts.release;
    this.#done = new Map();
    this.done = this.#done;
    const units = new Set<string>();
    this.units = units;
    this.#batch = parts.entries.length;
    for (const entry of parts.entries) {
      this.#count(entry);
      if (entry.unit !== undefined) units.add(entry.unit);
    }
  }

  /**
   * Opens or makes the folder and locks it; leftovers of a killed run are cleared away.
   *
   * @throws FolderMismatchError when it holds labels of something else
   * @throws FolderBusyError when another process has it
   * @throws FileSystemError when it cannot be written
   */
  static open(folder: string, manifest: LabelManifest): LabelFolder {
    makeFolder(folder);
    const release = lockFolder(folder);
    try {
      const former = readManifest(folder);
      if (former === undefined) writeManifest(folder, manifest);
      else checkSame(folder, former, manifest);
      const path = join(folder, JOURNAL);
      const { entries, bytes } = readJournal(path);
      const known = new Set(entries.flatMap((entry) => checkShard(folder, entry)));
      for (const name of readdirSync(folder)) {
        const file = join(folder, name);
        if (name.endsWith(TEMPORARY) || (SHARD.test(name) && !known.has(file))) rmSync(file);
      }
      const journal = new JournalWriter(path, bytes);
      return new LabelFolder(former ?? manifest, { folder, journal, release, entries });
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Puts a batch on the disk: the shard first, then the line that makes it count. */
  async commit(
    batch: Pick<JournalEntry, 'failed' | 'unit'> & {
      readonly labelled: readonly (LabelledStructure & { readonly hash: string })[];
    },
  ): Promise<void> {
    const { labelled, failed, unit } = batch;
    const name = `shard-${String(this.#batch).padStart(6, '0')}.h5`;
    const path = join(this.folder, name);
    const shard = labelled.length > 0;
    if (shard) {
      await writeStoreAtomic(path, this.manifest, (writer) => {
        for (const structure of labelled) writer.append(structure);
      });
    }
    const entry: JournalEntry = {
      batch: this.#batch,
      ...(shard ? { shard: { file: name, bytes: statSync(path).size } } : {}),
      labelled: labelled.map(({ meta, hash }) => [meta.id, hash] as const),
      failed,
      ...(unit === undefined ? {} : { unit }),
    };
    this.#journal.append(entry);
    this.#batch++;
    this.#count(entry);
  }

  close(): void {
    this.#journal.close();
    this.#release();
  }

  #count(entry: JournalEntry): void {
    this.labelled += entry.labelled.length;
    if (entry.shard !== undefined) this.shards++;
    if (entry.unit === undefined) this.loose += entry.labelled.length + entry.failed.length;
    for (const [id, hash] of entry.labelled) this.#done.set(id, hash);
    for (const { id, code, message, hash } of entry.failed) {
      this.#done.set(id, hash);
      this.failed.push({ id, code, message });
    }
  }
}

const SHARD = /^shard-\d+\.h5$/;

function writeManifest(folder: string, manifest: LabelManifest): void {
  writeFileAtomic(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

function checkSame(folder: string, former: LabelManifest, now: LabelManifest): void {
  const parts: [string, unknown, unknown][] = [
    ['teacher', former.provenance.teacher, now.provenance.teacher],
    ['teacher fingerprint', former.provenance.fingerprint, now.provenance.fingerprint],
    ['generator', former.provenance.generator, now.provenance.generator],
    ['seed', former.provenance.seed, now.provenance.seed],
    ['properties', former.properties, now.properties],
    ['structures', former.structures, now.structures],
  ];
  for (const [what, then, current] of parts) {
    const [expected, found] = [then, current].map((value) =>
      value === undefined ? 'none given' : stableStringify(value),
    );
    if (expected === found) continue;
    throw new FolderMismatchError(
      'data/folder-mismatch',
      `${folder} holds labels of another ${what}`,
      {
        expected: `${what} ${expected}, as in ${MANIFEST}`,
        found: `${what} ${found}`,
        where: folder,
        hint: 'Label into a new folder, or give what the folder was begun with.',
      },
    );
  }
}

/** Hash and count of a set of structures that is known as a whole. */
export function describeSet(hashes: readonly (readonly [id: string, hash: string])[]): {
  count: number;
  hash: string;
} {
  return { count: hashes.length, hash: sha256(hashes.flat().join('\n')) };
}
