import { dirname } from 'node:path';
import { AbortedError, InvalidArgumentError } from '@mlffd/core';
import { makeFolder, writeStoreAtomic } from './atomicStore.ts';
import { Dataset } from './dataset.ts';
import { FolderMismatchError } from './errors.ts';
import { readLabelFolder } from './labelFolder.ts';
import type { LabelFolderContent } from './labelFolder.ts';
import type { Rounding } from './rounding.ts';
import type { StoreSummary } from './storeWriter.ts';

/** Options of `compactShards`. */
export interface CompactOptions {
  /** Errors that may be made for a smaller file; default none. */
  readonly rounding?: Rounding;
  readonly onEvent?: (event: {
    readonly type: 'progress';
    readonly done: number;
    readonly total: number;
  }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Merges the shards of one label folder, or of several of the same teacher, into one dataset. The
 * order is that of labelling, so that the hash does not depend on where shards begin. The file
 * appears whole or not at all; the shards are left as they are.
 *
 * @throws FileFormatError when a folder holds no labels or a shard is damaged
 * @throws FolderMismatchError when the folders are of different teachers or properties
 * @throws InvalidStructureError when an id appears in two shards
 * @throws FileSystemError when the disk refuses
 */
export async function compactShards(
  folders: string | readonly string[],
  file: string,
  options: CompactOptions = {},
): Promise<StoreSummary> {
  const contents = (typeof folders === 'string' ? [folders] : folders).map(readLabelFolder);
  if (contents.length === 0) {
    throw new InvalidArgumentError('data/no-folder', 'there is no folder to compact', {
      expected: 'at least one label folder',
      found: 'an empty list',
    });
  }
  const { properties, provenance } = contents[0].manifest;
  for (const content of contents) checkAlike(contents[0], content);
  const total = contents.reduce((sum, { labelled }) => sum + labelled, 0);
  let done = 0;
  makeFolder(dirname(file));
  const { rounding } = options;
  const store = { properties, provenance, ...(rounding === undefined ? {} : { rounding }) };
  return writeStoreAtomic(file, store, async (writer) => {
    for (const path of contents.flatMap(({ shards }) => shards)) {
      if (options.signal?.aborted === true) {
        throw new AbortedError('data/aborted', `compacting into ${file} was stopped`, {
          where: file,
          hint: 'Start it again: the shards are unchanged.',
        });
      }
      const shard = await Dataset.open(path);
      try {
        for (const structure of shard) writer.append(structure);
      } finally {
        shard.close();
      }
      done += shard.length;
      options.onEvent?.({ type: 'progress', done, total });
    }
  });
}

function checkAlike(first: LabelFolderContent, other: LabelFolderContent): void {
  const describe = ({ manifest: { properties, provenance } }: LabelFolderContent): string =>
    `${properties.join(' ')} of ${provenance.teacher} ${provenance.fingerprint ?? ''}`.trim();
  if (describe(first) === describe(other)) return;
  throw new FolderMismatchError(
    'data/folder-mismatch',
    `${other.folder} and ${first.folder} hold different labels`,
    {
      expected: describe(first),
      found: describe(other),
      where: other.folder,
      hint: 'Compact them into two files.',
    },
  );
}
