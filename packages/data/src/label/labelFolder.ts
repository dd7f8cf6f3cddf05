import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FileFormatError } from '@mlffd/core';
import { scanJournal } from './journal.ts';
import type { JournalEntry } from './journal.ts';
import type { LabelFailure } from './labelTypes.ts';
import { MANIFEST, readManifest } from './manifest.ts';
import type { LabelManifest } from './manifest.ts';

export const JOURNAL = 'journal.jsonl';

/** Content of a label folder, as its manifest and journal tell it. */
export interface LabelFolderContent {
  readonly folder: string;
  readonly manifest: LabelManifest;
  /** Lines of the journal that count. */
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
  const live = new Map<number, JournalEntry>();
  scanJournal(join(folder, JOURNAL), (entry) => {
    if (entry.dropped === undefined) live.set(entry.batch, entry);
    else live.delete(entry.dropped.batch);
  });
  const entries = [...live.values()];
  const failures = new Map<string, LabelFailure>();
  for (const entry of entries) {
    for (const failure of entry.failed) failures.set(failure.id, failure);
    // One that was tried again is a failure no more.
    for (const [id] of failures.size > 0 ? entry.labelled : []) failures.delete(id);
    if (entry.unit !== undefined && entry.labelled.length > 0) failures.delete(entry.unit);
  }
  return {
    folder,
    manifest,
    entries,
    shards: entries.flatMap((entry) => checkShard(folder, entry)),
    labelled: entries.reduce((sum, entry) => sum + entry.labelled.length, 0),
    failed: [...failures.values()],
  };
}

/**
 * @returns the path of the entry's shard, if it has one
 * @throws FileFormatError `data/bad-shard` when it is missing or of another size
 */
export function checkShard(folder: string, { shard }: Pick<JournalEntry, 'shard'>): string[] {
  if (shard === undefined) return [];
  const path = join(folder, shard.file);
  const bytes = existsSync(path) ? statSync(path).size : undefined;
  if (bytes === shard.bytes) return [path];
  throw new FileFormatError('data/bad-shard', `${path} is not what the journal says`, {
    expected: `${shard.bytes} bytes`,
    found: bytes === undefined ? 'no such file' : `${bytes} bytes`,
    where: path,
    hint: 'Restore the file, or label again with `repair: true`, which computes its structures anew.',
  });
}
