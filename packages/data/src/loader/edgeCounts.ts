import { existsSync, readFileSync } from 'node:fs';
import { AbortedError, sha256, stableStringify, writeFileAtomic } from '@mlffd/core';
import type { LoaderPool } from './loaderPool.ts';

/** Structures that a thread counts at a time. */
const STRIDE = 512;
/** Raised when a file of the former version would be misread. */
const CACHE_VERSION = 1;

/** Progress of counting edges. */
export type EdgeCountEvent =
  | { readonly type: 'count-edges'; readonly done: number; readonly total: number }
  /** The counts are right, but the next loader will have to count again. */
  | { readonly type: 'edge-counts-not-kept'; readonly path: string; readonly error: unknown };

/** What edges are counted of. */
export interface EdgeCountOptions {
  readonly path: string;
  /** Content hash of the dataset. */
  readonly hash: string;
  readonly length: number;
  /** Angstrom. */
  readonly cutoff: number;
  readonly pool: LoaderPool;
  /** Keep the counts in a file beside the dataset. */
  readonly keep: boolean;
  readonly onEvent: (event: EdgeCountEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** Where the counts of a dataset at a cutoff are kept: another content is another file. */
export function edgeCountsPath({
  path,
  hash,
  cutoff,
}: {
  path: string;
  hash: string;
  cutoff: number;
}): string {
  return `${path}.edges-${keyOf(hash, cutoff).slice(0, 12)}.json`;
}

/**
 * Directed edges of every structure: read from the file beside the dataset, or else counted by the
 * threads, once, and written there.
 *
 * @throws LoaderError when a structure cannot be read
 * @throws AbortedError when the signal fires
 */
export async function edgeCounts(options: EdgeCountOptions): Promise<Int32Array> {
  const file = edgeCountsPath(options);
  const kept = options.keep ? readCounts(file, options) : undefined;
  if (kept !== undefined) return kept;
  const counts = await countAll(options);
  if (options.keep) {
    const key = keyOf(options.hash, options.cutoff);
    const edges = Array.from(counts);
    const content = { version: CACHE_VERSION, key, checksum: checksumOf(edges), edges };
    try {
      writeFileAtomic(file, `${JSON.stringify(content)}\n`);
    } catch (error) {
      options.onEvent({ type: 'edge-counts-not-kept', path: file, error });
    }
  }
  return counts;
}

async function countAll(options: EdgeCountOptions): Promise<Int32Array> {
  const { length, pool, onEvent, signal } = options;
  const counts = new Int32Array(length);
  let done = 0;
  const starts = Array.from({ length: Math.ceil(length / STRIDE) }, (_, k) => k * STRIDE);
  await Promise.all(
    starts.map(async (start) => {
      const indices = Int32Array.from(
        { length: Math.min(STRIDE, length - start) },
        (_, k) => start + k,
      );
      const outcome = await pool.count(indices);
      if (signal?.aborted === true) {
        throw new AbortedError('data/aborted', 'stopped while edges were counted', {
          found: `${done} of ${length} structures`,
          where: options.path,
        });
      }
      if ('error' in outcome) throw outcome.error;
      counts.set(outcome.value.edges, start);
      done += indices.length;
      onEvent({ type: 'count-edges', done, total: length });
    }),
  );
  return counts;
}

/** Counts of a former loader; undefined when there are none, or of something else, or damaged. */
function readCounts(
  file: string,
  { hash, cutoff, length }: EdgeCountOptions,
): Int32Array | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { version, key, checksum, edges } = JSON.parse(readFileSync(file, 'utf8')) as {
      version: unknown;
      key: unknown;
      checksum: unknown;
      edges: number[];
    };
    const fits = version === CACHE_VERSION && key === keyOf(hash, cutoff);
    if (!fits || edges.length !== length || checksumOf(edges) !== checksum) return undefined;
    return Int32Array.from(edges);
  } catch {
    // Whatever is wrong with it, counting again gives the same.
    return undefined;
  }
}

function keyOf(hash: string, cutoff: number): string {
  return sha256(stableStringify({ hash, cutoff, version: CACHE_VERSION }));
}

function checksumOf(edges: readonly number[]): string {
  return sha256(edges.join(' '));
}
