import { dirname } from 'node:path';
import { AbortedError, InvalidArgumentError } from '@mlffd/core';
import { makeFolder, writeStoreAtomic } from './atomicStore.ts';
import { FolderMismatchError } from '../errors.ts';
import { readLabelFolder } from '../label/labelFolder.ts';
import type { LabelFolderContent } from '../label/labelFolder.ts';
import { structuresInOrder } from '../label/labelOrder.ts';
import type { Rounding } from './rounding.ts';
import type { StoreForm } from './storeFormat.ts';
import type { StoreSummary } from './storeWriter.ts';

/** Options of `compactShards`. */
export interface CompactOptions {
  /** Default `plain`. */
  readonly form?: StoreForm;
  /** Errors that may be made for a smaller file; default none, in the form `small` those of `SMALL_ROUNDING`. */
  readonly rounding?: Rounding;
  readonly onEvent?: (event: {
    readonly type: 'progress';
    readonly done: number;
    readonly total: number;
  }) => void;
  readonly signal?: AbortSignal;
}

/** Structures between two events, and between two looks at the signal. */
const PROGRESS_STRIDE = 100;

/**
 * Merges the shards of one label folder, or of several of the same teacher, into one dataset. The
 * order is that of the structures that were labelled, so that the hash does not depend on where
 * shards begin, nor on the history of the folder. The file
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
  const { form = 'plain', rounding = {} } = options;
  const store = { properties, provenance, form, rounding };
  const checkGoesOn = (): void => {
    if (options.signal?.aborted !== true) return;
    throw new AbortedError('data/aborted', `compacting into ${file} was stopped`, {
      where: file,
      hint: 'Start it again: the shards are unchanged.',
    });
  };
  return writeStoreAtomic(file, store, async (writer) => {
    if (total === 0) checkGoesOn();
    for (const content of contents) {
      for await (const structure of structuresInOrder(content)) {
        if (done % PROGRESS_STRIDE === 0) checkGoesOn();
        writer.append(structure);
        done++;
        if (done % PROGRESS_STRIDE === 0 || done === total) {
          options.onEvent?.({ type: 'progress', done, total });
        }
      }
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
