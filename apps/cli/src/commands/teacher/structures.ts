import { existsSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { InvalidArgumentError, type NamedStructure } from '@mlffd/core';
import { Dataset, hdf5Layout, readStructures } from '@mlffd/data';
import { HDF5_EXTENSIONS, openSource } from '../data/source.ts';

/** Structures to ask about, out of a file. */
export interface ChosenStructures {
  readonly structures: readonly NamedStructure[];
  /** How many the file has. */
  readonly of: number;
}

/**
 * Structures of any file that `readStructures` takes, of a dataset, or of the folder of a recipe: all,
 * or so many of them, evenly spread.
 *
 * @throws InvalidArgumentError `usage/no-structures` for a file without any
 */
export async function structuresFor(path: string, most: number): Promise<ChosenStructures> {
  const chosen = await chosenFrom(path, most);
  if (chosen.of > 0) return chosen;
  throw new InvalidArgumentError('usage/no-structures', `There is no structure in ${path}`, {
    where: path,
    expected: 'at least one structure',
    found: 'none',
  });
}

async function chosenFrom(path: string, most: number): Promise<ChosenStructures> {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const built = join(path, 'dataset.h5');
  const file = isFolder && existsSync(built) ? built : path;
  if (HDF5_EXTENSIONS.has(extname(file).toLowerCase())) {
    return (await hdf5Layout(file)) === 'mlffd' ? fromStore(file, most) : fromStream(file, most);
  }
  if (isFolder) return fromStream(file, most);
  const frames = await readStructures(file);
  const structures = spread(frames.length, most).map((k) => ({
    name: `frame ${String(k)}`,
    atoms: frames[k].atoms,
  }));
  return { structures, of: frames.length };
}

async function fromStore(file: string, most: number): Promise<ChosenStructures> {
  const dataset = await Dataset.open(file);
  try {
    const structures = spread(dataset.length, most).map((k) => {
      const { atoms, meta } = dataset.get(k);
      return { name: `${String(k)}: ${meta.id}`, atoms };
    });
    return { structures, of: dataset.length };
  } finally {
    dataset.close();
  }
}

/** Keeps every n-th of a stream of unknown length; n doubles whenever there are too many. */
async function fromStream(path: string, most: number): Promise<ChosenStructures> {
  const { structures } = await openSource(path, undefined);
  let kept: NamedStructure[] = [];
  let stride = 1;
  let seen = 0;
  for await (const { atoms, meta } of structures) {
    if (seen % stride === 0) kept.push({ name: `${String(seen)}: ${meta.id}`, atoms });
    seen++;
    if (kept.length < 2 * most) continue;
    kept = kept.filter((_, k) => k % 2 === 0);
    stride *= 2;
  }
  return { structures: spread(kept.length, most).map((k) => kept[k]), of: seen };
}

/** So many of the first `count` integers, evenly spread; all, where there are fewer. */
function spread(count: number, most: number): number[] {
  const length = Math.min(count, most);
  return Array.from({ length }, (_, k) => Math.floor(((k + 0.5) * count) / length));
}
