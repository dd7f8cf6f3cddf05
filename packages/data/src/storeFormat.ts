import type { ColumnSpec } from './hdf5.ts';
import type { LabelProperty } from './structure.ts';

/** `format` attribute of every store. */
export const STORE_FORMAT = 'mlffd-dataset';
/** Raised when a reader of the former version would misread the file. */
export const STORE_VERSION = 1;

/** Rows per chunk of the per-atom datasets: 12 KB of positions, so that one small structure costs
 * little to fetch at random. */
export const ATOM_CHUNK = 512;
/** Rows per chunk of the per-structure datasets. */
export const STRUCTURE_CHUNK = 1024;

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
  attributes: { units: 'eV/Angstrom', missing: 'NaN' },
};

/** Per-structure datasets, one row each. */
export const STRUCTURE_COLUMNS: readonly ColumnSpec[] = [
  { name: 'cell', dtype: '<d', row: [3, 3], attributes: { units: 'Angstrom', rows: 'a b c' } },
  { name: 'pbc', dtype: '<B', row: [3], attributes: DIMENSIONLESS },
  { name: 'charge', dtype: '<d', row: [], attributes: { units: 'e', missing: 'NaN' } },
  {
    name: 'spin',
    dtype: '<d',
    row: [],
    attributes: { units: 'unpaired electrons', missing: 'NaN' },
  },
];

export const ENERGY_COLUMN: ColumnSpec = {
  name: 'energy',
  dtype: '<d',
  row: [],
  attributes: { units: 'eV', missing: 'NaN' },
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

export const OFFSETS_COLUMN: ColumnSpec = {
  name: 'offsets',
  dtype: '<q',
  row: [],
  attributes: { meaning: 'first atom row of each structure; one entry more than structures' },
};

/** Texts of each structure, UTF-8 of fixed length; `meta` and `info` hold JSON objects. */
export const TEXT_COLUMNS = ['ids', 'groups', 'sources', 'meta', 'info'] as const;

/** Dataset of flags that says which structures have the label. */
export function maskName(property: LabelProperty): string {
  return `has_${property}`;
}
