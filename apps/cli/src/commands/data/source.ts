import { existsSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import {
  Dataset,
  hdf5Layout,
  importExtxyz,
  importMemmap,
  readHdf5Dataset,
  readStructures,
  type LabelledStructure,
} from '@mlffd/data';

export const HDF5_EXTENSIONS: ReadonlySet<string> = new Set(['.h5', '.hdf5']);
export const EXTXYZ_EXTENSIONS: ReadonlySet<string> = new Set(['.xyz', '.extxyz']);

/** Labelled structures, and who labelled them. */
export interface Source {
  readonly path: string;
  readonly teacher: string;
  readonly structures: Iterable<LabelledStructure> | AsyncIterable<LabelledStructure>;
}

/**
 * Opens whatever holds labelled structures, by its name.
 *
 * @param named who labelled them, where the file does not say
 */
export async function openSource(path: string, named: string | undefined): Promise<Source> {
  const name = basename(path, extname(path));
  const extension = extname(path).toLowerCase();
  const teacher = named ?? name;
  if (existsSync(path) && statSync(path).isDirectory()) {
    return { path, teacher, structures: importMemmap(path) };
  }
  if (HDF5_EXTENSIONS.has(extension)) {
    if ((await hdf5Layout(path)) !== 'mlffd') {
      return { path, teacher, structures: readHdf5Dataset(path) };
    }
    const dataset = await Dataset.open(path);
    const known = dataset.provenance.teacher;
    dataset.close();
    return { path, teacher: named ?? known, structures: readHdf5Dataset(path) };
  }
  if (EXTXYZ_EXTENSIONS.has(extension)) {
    return { path, teacher, structures: importExtxyz(path) };
  }
  const frames = await readStructures(path);
  const structures = frames.map(({ atoms, results }, k): LabelledStructure => {
    const { energy, forces, stress } = results;
    return {
      atoms,
      meta: { id: `${name}-${String(k).padStart(6, '0')}`, group: name, source: name },
      ...(energy === undefined ? {} : { energy }),
      ...(forces === undefined ? {} : { forces }),
      ...(stress === undefined ? {} : { stress }),
    };
  });
  return { path, teacher, structures };
}
