import { join } from 'node:path';
import { Dataset } from '../store/dataset.ts';
import type { LabelledStructure } from '../structure.ts';
import type { JournalEntry } from './journal.ts';
import type { LabelFolderContent } from './labelFolder.ts';

/** A structure of one shard. */
interface Row {
  readonly path: string;
  readonly row: number;
}

/** Shards that are open at the same time, where the order goes back and forth between them. */
const OPEN_SHARDS = 8;
/** Memory for chunks of each of these, bytes. */
const CACHE_BYTES = 4 * 1024 * 1024;

/**
 * The labelled structures of a folder in the order in which they were given, whatever the history
 * of the folder: a structure that was tried again, or came late in a stop, is where it belongs.
 * Frames of a unit that was made again come after its others.
 *
 * @throws FileFormatError when a shard is damaged
 */
export async function* structuresInOrder(
  content: Pick<LabelFolderContent, 'folder' | 'entries'>,
): AsyncGenerator<LabelledStructure, void, undefined> {
  const open = new Map<string, Dataset>();
  try {
    for (const { path, row } of rowsInOrder(content)) {
      let dataset = open.get(path);
      if (dataset === undefined) {
        if (open.size >= OPEN_SHARDS) closeFirst(open);
        dataset = await Dataset.open(path, { cacheBytes: CACHE_BYTES });
      }
      // Put last, so that the first is the one that was not wanted for longest.
      open.delete(path);
      open.set(path, dataset);
      yield dataset.get(row);
    }
  } finally {
    for (const dataset of open.values()) dataset.close();
  }
}

function closeFirst(open: Map<string, Dataset>): void {
  for (const [path, dataset] of open) {
    dataset.close();
    open.delete(path);
    return;
  }
}

function* rowsInOrder({
  folder,
  entries,
}: Pick<LabelFolderContent, 'folder' | 'entries'>): Generator<Row, void, undefined> {
  const shards = entries.filter((entry) => entry.shard !== undefined);
  const places = shards.map(placesOf);
  const pathOf = (k: number): string => join(folder, shards[k].shard?.file ?? '');
  if (isSorted(places)) {
    for (const [k, rows] of places.entries()) {
      for (let row = 0; row < rows.length; row++) yield { path: pathOf(k), row };
    }
    return;
  }
  const all = places.flatMap((rows, k) =>
    Array.from(rows, (place, row) => [place, k, row] as const),
  );
  all.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  for (const [, k, row] of all) yield { path: pathOf(k), row };
}

/** Place of each row in the set; -1 where the journal does not tell: those came first. */
function placesOf({ places, unit, labelled }: JournalEntry): Float64Array {
  const out = new Float64Array(labelled.length).fill(-1);
  if (places === undefined) return out;
  if (unit !== undefined) return out.fill(places[0][0]);
  let row = 0;
  for (const [first, count] of places) for (let k = 0; k < count; k++) out[row++] = first + k;
  return out;
}

function isSorted(places: readonly Float64Array[]): boolean {
  let last = -Infinity;
  for (const rows of places) {
    for (const place of rows) {
      if (place < last) return false;
      last = place;
    }
  }
  return true;
}
