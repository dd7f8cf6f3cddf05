import { dirname } from 'node:path';
import { InvalidArgumentError } from '@mlffd/core';
import { makeFolder, writeStoreAtomic } from './atomicStore.ts';
import { Dataset } from './dataset.ts';
import { originOf, rewrittenStore, throwIfAborted } from './rewriteOptions.ts';
import type { RewriteOptions } from './rewriteOptions.ts';
import type { StoreSummary } from './storeWriter.ts';

/** Structures in memory at once. */
const PIECE = 512;

/**
 * Writes the structures with the given indices into another store, in the order of the indices. The
 * new file appears whole or not at all.
 *
 * @throws InvalidArgumentError for an index that is outside the store or given twice
 * @throws FileFormatError when the store is damaged
 * @throws FileSystemError when the disk refuses
 * @throws AbortedError when the signal fires
 */
export async function subsetDataset(
  file: string,
  out: string,
  indices: ArrayLike<number>,
  options: RewriteOptions = {},
): Promise<StoreSummary> {
  const dataset = await Dataset.open(file);
  try {
    const wanted = Array.from(indices);
    checkIndices(wanted, dataset);
    const { properties, provenance } = dataset;
    makeFolder(dirname(out));
    const store = {
      ...rewrittenStore([dataset], options),
      properties,
      provenance,
      origins: [originOf(dataset, wanted.length)],
    };
    return await writeStoreAtomic(out, store, (writer) => {
      for (let start = 0; start < wanted.length; start += PIECE) {
        throwIfAborted(options.signal, out);
        const piece = wanted.slice(start, start + PIECE);
        for (const structure of dataset.getMany(piece)) writer.append(structure);
        const done = start + piece.length;
        options.onEvent?.({ type: 'progress', done, total: wanted.length });
      }
    });
  } finally {
    dataset.close();
  }
}

function checkIndices(wanted: readonly number[], { length, path }: Dataset): void {
  const seen = new Set<number>();
  for (const index of wanted) {
    const valid = Number.isInteger(index) && index >= 0 && index < length;
    if (valid && !seen.has(index)) {
      seen.add(index);
      continue;
    }
    const found = valid ? `${index} twice` : String(index);
    throw new InvalidArgumentError('data/bad-index', `${path}: no subset with index ${found}`, {
      expected: `different integers from 0 to ${length - 1}`,
      found,
      where: 'indices',
    });
  }
}
