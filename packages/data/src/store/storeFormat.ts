import type { LabelProperty } from '../structure.ts';
import type { ColumnFilter, ColumnSpec } from './hdf5Writer.ts';

/** `format` attribute of every store. */
export const STORE_FORMAT = 'mlffd-dataset';
/** Raised when a reader of the former version would misread the file. */
export const STORE_VERSION = 2;

/**
 * How a store is packed. `plain`: exact, deflated, for any HDF5 library. `small`: positions and
 * forces as integers on a grid (`Rounding`), packed with Blosc; h5py needs hdf5plugin.
 */
export type StoreForm = 'plain' | 'small';

/**
 * Filter of a dataset. Blosc refuses a chunk that does not get smaller, which integers with some
 * leading bits to spare always do; deflate stores it as it is.
 */
export function filterOf({ name, dtype }: ColumnSpec, form: StoreForm): ColumnFilter {
  if (name === CHECKSUM_COLUMN.name) return 'none';
  return form === 'small' && (dtype === '<i' || dtype === '<q') ? 'blosc' : 'deflate';
}

/** Rows per chunk of the per-atom datasets: 24 KB of positions at most, so that one structure costs
 * little to fetch at random, yet enough to compress. */
export const ATOM_CHUNK = 1024;
/** Rows per chunk of the per-structure datasets. */
export const STRUCTURE_CHUNK = 1024;
/** Bytes per chunk of texts. */
export const TEXT_CHUNK = 16384;

/** Forces that are not known, in the integers of the form `small`. */
export const MISSING: number = -(2 ** 31);
/** Integers of the form `small` are below this: three bits are spared for Blosc. */
export const GRID_LIMIT: number = 2 ** 29;

/** Attribute of every dataset but positions and forces: CRC-32 of its content, little-endian. */
export const CHECKSUM_ATTRIBUTE = 'crc32';
/** Attribute of integers on a grid: the spacing, in the units of the dataset. */
export const SCALE_ATTRIBUTE = 'scale';
/** Attribute of rounded values: largest error, in the units of the dataset. */
export const BOUND_ATTRIBUTE = 'max_rounding_error';

const DIMENSIONLESS = { units: '1' };

export const NUMBERS_COLUMN: ColumnSpec = {
  name: 'numbers',
  dtype: '<B',
  row: [],
  attributes: DIMENSIONLESS,
};

export const POSITIONS_COLUMN: ColumnSpec = {
  name: 'positions',
  dtype: '<d',
  row: [3],
  attributes: { units: 'Angstrom' },
};

export const FORCES_COLUMN: ColumnSpec = {
  name: 'forces',
  dtype: '<f',
  row: [3],
  attributes: { units: 'eV/Angstrom' },
};

export const OFFSETS_COLUMN: ColumnSpec = {
  name: 'offsets',
  dtype: '<q',
  row: [],
  attributes: { meaning: 'first atom row of each structure; one entry more than structures' },
};

export const CELL_COLUMN: ColumnSpec = {
  name: 'cell',
  dtype: '<d',
  row: [3, 3],
  attributes: { units: 'Angstrom', rows: 'a b c' },
};

export const PBC_COLUMN: ColumnSpec = {
  name: 'pbc',
  dtype: '<B',
  row: [3],
  attributes: DIMENSIONLESS,
};

export const CHARGE_COLUMN: ColumnSpec = {
  name: 'charge',
  dtype: '<d',
  row: [],
  attributes: { units: 'e', missing: 'NaN' },
};

export const SPIN_COLUMN: ColumnSpec = {
  name: 'spin',
  dtype: '<d',
  row: [],
  attributes: { units: 'unpaired electrons', missing: 'NaN' },
};

export const ENERGY_COLUMN: ColumnSpec = {
  name: 'energy',
  dtype: '<d',
  row: [],
  attributes: { units: 'eV', missing: 'NaN' },
};

export const ENERGIES_COLUMN: ColumnSpec = {
  name: 'energies',
  dtype: '<d',
  row: [],
  attributes: { units: 'eV', meaning: 'energy of each atom', missing: 'NaN' },
};

export const STRESS_COLUMN: ColumnSpec = {
  name: 'stress',
  dtype: '<d',
  row: [6],
  attributes: {
    units: 'eV/Angstrom^3',
    voigt: 'xx yy zz yz xz xy',
    sign: 'tension positive',
    missing: 'NaN',
  },
};

export const CHECKSUM_COLUMN: ColumnSpec = {
  name: 'checksum',
  dtype: '<I',
  row: [],
  attributes: {
    meaning: 'CRC-32 of the positions, then the forces where known, as little-endian float64',
  },
};

/**
 * Texts, UTF-8: `<name>_text` holds the bytes of all, `<name>_offsets` where each begins. Of all but
 * the ids every text is there once, and the dataset `<name>` says which one a structure has. `meta`
 * and `info` are JSON objects.
 */
export const TEXT_NAMES = ['id', 'group', 'source', 'meta', 'info'] as const;
export type TextName = (typeof TEXT_NAMES)[number];

/** Stores that this one was made from: one JSON object each, in the order of their structures. */
export const ORIGINS = 'origin';

/** Dataset of flags that says which structures have the label. */
export function maskColumn(property: LabelProperty): ColumnSpec {
  return { name: `has_${property}`, dtype: '<B', row: [], attributes: DIMENSIONLESS };
}
