import type { ColumnSpec } from '../store/hdf5Writer.ts';
import type { DirectionKind } from './directions.ts';

/** `format` attribute of a file of products. */
export const PRODUCT_FORMAT = 'mlffd-hessian-products';
export const PRODUCT_VERSION = 1;

/** What products are of; two files with the same description belong together. */
export interface ProductDescription {
  /** Hash of the dataset. */
  readonly dataset: string;
  readonly teacher: string;
  /** What tells teachers of the same name apart. */
  readonly fingerprint?: string;
  /** Angstrom. */
  readonly displacement: number;
  /** Directions of each structure. */
  readonly directions: number;
  readonly kind: DirectionKind;
  readonly seed: number;
}

export const STRUCTURE_COLUMN: ColumnSpec = {
  name: 'structure',
  dtype: '<i',
  row: [],
  attributes: { meaning: 'number of the structure of each product in the dataset' },
};

export const NUMBER_COLUMN: ColumnSpec = {
  name: 'direction_number',
  dtype: '<i',
  row: [],
  attributes: { meaning: 'number of the direction of each product' },
};

export const PRODUCT_OFFSETS_COLUMN: ColumnSpec = {
  name: 'offsets',
  dtype: '<q',
  row: [],
  attributes: { meaning: 'first atom row of each product; one entry more than products' },
};

export const DIRECTIONS_COLUMN: ColumnSpec = {
  name: 'directions',
  dtype: '<f',
  row: [3],
  attributes: { units: '1' },
};

export const PRODUCTS_COLUMN: ColumnSpec = {
  name: 'products',
  dtype: '<f',
  row: [3],
  attributes: {
    units: 'eV/Angstrom^2',
    meaning: 'H v, with H the second derivatives of the energy and v the direction',
  },
};

export const PRODUCT_CHECKSUM_COLUMN: ColumnSpec = {
  name: 'checksum',
  dtype: '<I',
  row: [],
  attributes: { meaning: 'CRC-32 of direction, then product, as little-endian float64' },
};
