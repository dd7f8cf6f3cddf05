/**
 * The container of ASE's .traj files, ULM version 3 (ase/io/ulm.py, ASE 3.29).
 *
 * | bytes | what |
 * |---|---|
 * | 0 | `- of Ulm` |
 * | 8 | tag, 16 characters |
 * | 24 | version, number of items, place of the table of items: int64 each |
 * | 48 | first table, one entry |
 *
 * A table has room for 1, 42, 42^2 ... items; a full one is written again, 42 times larger, at the
 * end of the file. An item is the length of a JSON text (int64) and the text; arrays lie before it,
 * aligned to 8 bytes, and are named in it by shape, type and place.
 */
export const ULM_HEADER_BYTES = 56;
const VERSION_AT = 24;
export const ITEMS_AT = 32;
export const TABLE_AT = 40;
export const FIRST_TABLE = 48;
/** Each table is as many times larger than the one before. */
export const TABLE_GROWTH = 42;

const MAGIC = '- of Ulm';
/** Written up to ULM version 2. */
const OLD_MAGIC = 'AFFormat';
const TAG = 'ASE-Trajectory';
const VERSION = 3n;

/** A file without items. */
export function emptyUlm(): Buffer {
  const bytes = Buffer.alloc(ULM_HEADER_BYTES);
  bytes.write(`${MAGIC}${TAG.padEnd(16)}`, 'latin1');
  bytes.writeBigInt64LE(VERSION, VERSION_AT);
  bytes.writeBigInt64LE(BigInt(FIRST_TABLE), TABLE_AT);
  bytes.writeBigInt64LE(-1n, FIRST_TABLE);
  return bytes;
}

/** What the first 48 bytes say, or in words what is wrong with them. */
export function parseUlmHeader(
  bytes: Buffer,
): { readonly items: number; readonly table: number } | string {
  if (bytes.length < FIRST_TABLE) return `${bytes.length} bytes`;
  const magic = bytes.toString('latin1', 0, 8);
  if (magic !== MAGIC && magic !== OLD_MAGIC) return 'another signature';
  const tag = bytes.toString('latin1', 8, VERSION_AT).trimEnd();
  if (tag !== TAG) return `a ULM file of ${JSON.stringify(tag)}`;
  const version = bytes.readBigInt64LE(VERSION_AT);
  if (version < 1n || version > VERSION) return `ULM version ${version}`;
  const items = Number(bytes.readBigInt64LE(ITEMS_AT));
  const table = Number(bytes.readBigInt64LE(TABLE_AT));
  if (items < 0 || table < FIRST_TABLE) return 'a damaged header';
  return { items, table };
}

/** Items that fit into the table of a file with `items` items. */
export function tableCapacity(items: number): number {
  let capacity = 1;
  while (capacity < items) capacity *= TABLE_GROWTH;
  return capacity;
}

export function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

export function alignTo8(position: number): number {
  return Math.ceil(position / 8) * 8;
}
