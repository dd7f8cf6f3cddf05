import { Dataset } from '../store/dataset.ts';
import { Hdf5Reader } from '../store/hdf5Reader.ts';
import { STORE_FORMAT } from '../store/storeFormat.ts';
import type { LabelledStructure } from '../structure.ts';
import { readAniHdf5 } from './aniHdf5.ts';
import type { ReadAniOptions } from './aniHdf5.ts';
import { moleculeGroups } from './hdf5Molecules.ts';
import type { FoundGroup } from './hdf5Molecules.ts';
import { formatError, quoted } from './place.ts';
import { readSpiceHdf5 } from './spiceHdf5.ts';
import type { ReadSpiceOptions } from './spiceHdf5.ts';

/** Layouts of HDF5 files that `readHdf5Dataset` knows; `mlffd` is a store of this package. */
export type Hdf5Layout = 'mlffd' | 'ani' | 'spice';

/** Options of `readHdf5Dataset`: those of the reader of each layout. */
export interface ReadHdf5Options {
  readonly ani?: ReadAniOptions;
  readonly spice?: ReadSpiceOptions;
}

/** Dataset of a molecule by which a layout is known. */
const MEMBERS: Readonly<Record<string, Hdf5Layout>> = {
  conformations: 'spice',
  coordinates: 'ani',
};

/**
 * Layout of an HDF5 file, from the names in it.
 *
 * @throws FileSystemError when the file cannot be read
 * @throws FileFormatError when it is damaged or of another layout
 */
export async function hdf5Layout(path: string): Promise<Hdf5Layout> {
  const reader = await Hdf5Reader.open(path);
  try {
    if (reader.attribute('format') === STORE_FORMAT) return 'mlffd';
    const [first] = moleculeGroups(reader, Object.keys(MEMBERS));
    // There may be no group at all.
    const layout = (first as FoundGroup | undefined)?.member;
    if (layout !== undefined) return MEMBERS[layout];
    throw formatError(
      'hdf5/unknown-layout',
      { where: path },
      {
        expected: 'a dataset of this package, ANI-1x, ANI-1 or SPICE',
        found: quoted(reader.keys().slice(0, 5).join(' ')),
        hint: 'Convert the file to extended XYZ, or to one of these layouts.',
      },
    );
  } finally {
    reader.close();
  }
}

/**
 * Reads labelled structures of an HDF5 file one at a time, whatever its layout.
 *
 * @throws as `hdf5Layout` and the reader of the layout
 */
export async function* readHdf5Dataset(
  path: string,
  options: ReadHdf5Options = {},
): AsyncGenerator<LabelledStructure, void, undefined> {
  const layout = await hdf5Layout(path);
  if (layout === 'ani') yield* readAniHdf5(path, options.ani);
  else if (layout === 'spice') yield* readSpiceHdf5(path, options.spice);
  else {
    const dataset = await Dataset.open(path);
    try {
      yield* dataset;
    } finally {
      dataset.close();
    }
  }
}
