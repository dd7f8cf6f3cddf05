/**
 * Folder of arrays that metatrain reads as `MemmapDataset` (its docs, "Dataset formats"): `ns.npy`
 * and `na.npy` are NumPy files, the rest is bare little-endian float32, `a.bin` int32.
 */
export const MEMMAP_FILES = {
  count: 'ns.npy',
  offsets: 'na.npy',
  positions: 'x.bin',
  numbers: 'a.bin',
  cells: 'c.bin',
  charge: 'charge.bin',
  multiplicity: 'spin_multiplicity.bin',
  /** Ours, ignored by metatrain: id, group, source ... of every structure, one JSON a line. */
  metas: 'structures.jsonl',
} as const;

/** Names of the files of labels, without `.bin`: what metatrain calls `key`. */
export interface MemmapKeys {
  /** Default `energy`. */
  readonly energy?: string;
  /** Default `forces`. */
  readonly forces?: string;
  /** Default `stress`. */
  readonly stress?: string;
}

/** Place of the Voigt components xx yy zz yz xz xy in a matrix of 3 x 3. */
export const VOIGT_PLACES: readonly number[] = [0, 4, 8, 5, 2, 1];

/** A NumPy file, version 1, of int64 in one dimension. */
export function npyOfIntegers(values: Float64Array): Uint8Array {
  const header = `{'descr': '<i8', 'fortran_order': False, 'shape': (${values.length},), }`;
  // Magic, version and length take 10 bytes; all of it is a multiple of 64, ended by a newline.
  const size = Math.ceil((10 + header.length + 1) / 64) * 64;
  const text = `${header.padEnd(size - 11)}\n`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${text}`, 'latin1');
  head.writeUInt16LE(text.length, 8);
  return Buffer.concat([head, new Uint8Array(BigInt64Array.from(values, BigInt).buffer)]);
}
