import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileSystemError, sha256, stableStringify } from '@mlffd/core';
import { Dataset, hdf5Layout, writeDataset, type LabelledStructure } from '@mlffd/data';
import { HDF5_EXTENSIONS, openSource } from '../commands/data/source.ts';
import { stopped } from '../pipeline/stage.ts';

/** A file of labelled structures, known by its content. */
export interface DataSource {
  readonly path: string;
  /** Whether it is a store that can be used as it is. */
  readonly isStore: boolean;
  readonly hash: string;
}

/**
 * Identifies whatever holds labelled structures.
 *
 * @throws FileSystemError when it cannot be read, FileFormatError when it is damaged
 */
export async function identifySource(path: string): Promise<DataSource> {
  if (!existsSync(path)) throw fileSystemError('read', path, { code: 'ENOENT' });
  if (statSync(path).isDirectory()) return { path, isStore: false, hash: folderHash(path) };
  const isHdf5 = HDF5_EXTENSIONS.has(extname(path).toLowerCase());
  if (isHdf5 && (await hdf5Layout(path)) === 'mlffd') {
    const dataset = await Dataset.open(path);
    dataset.close();
    return { path, isStore: true, hash: dataset.hash };
  }
  return { path, isStore: false, hash: await fileHash(path) };
}

/** Writes the structures of a file into a store. */
export async function importSource(
  source: DataSource,
  out: string,
  work: {
    readonly teacher: string | undefined;
    readonly signal: AbortSignal;
    readonly onStructure: (done: number) => void;
  },
): Promise<void> {
  const { teacher, structures } = await openSource(source.path, work.teacher);
  await writeDataset(out, watched(structures, work), {
    teacher,
    generator: `imported from ${source.path}`,
  });
}

async function* watched(
  structures: Iterable<LabelledStructure> | AsyncIterable<LabelledStructure>,
  work: { readonly signal: AbortSignal; readonly onStructure: (done: number) => void },
): AsyncGenerator<LabelledStructure, void, undefined> {
  let done = 0;
  for await (const structure of structures) {
    if (work.signal.aborted) throw stopped();
    work.onStructure(++done);
    yield structure;
  }
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
  return hash.digest('hex');
}

/** Memory-mapped arrays are large: what tells a folder from another is names, sizes and times. */
function folderHash(path: string): string {
  const names = readdirSync(path).sort();
  return sha256(
    stableStringify(
      names.map((name) => {
        const { size, mtimeMs } = statSync(join(path, name));
        return [name, size, mtimeMs];
      }),
    ),
  );
}
