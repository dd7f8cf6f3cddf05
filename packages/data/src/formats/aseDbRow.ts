import type { AtomsInput, Frame, FrameArray, InfoValue, Pbc, Results } from '@mlffd/core';
import { formatError, makeAtoms, quoted } from './place.ts';
import type { Place } from './place.ts';

/** A row of the table `systems`, by the names of its columns. */
export type AseDbRow = Readonly<Record<string, unknown>>;

interface Column {
  readonly name: string;
  readonly type: 'real' | 'integer';
  readonly columns: number;
}

const ARRAYS: readonly Column[] = [
  { name: 'initial_magmoms', type: 'real', columns: 1 },
  { name: 'initial_charges', type: 'real', columns: 1 },
  { name: 'masses', type: 'real', columns: 1 },
  { name: 'tags', type: 'integer', columns: 1 },
  { name: 'momenta', type: 'real', columns: 3 },
];

/**
 * The frame of one row.
 * @throws FileFormatError `ase-db/bad-row`
 */
export function frameOfRow(row: AseDbRow, where: string): Frame {
  const place: Place = { where: `${where}, row ${String(row.id)}` };
  const count = row.natoms;
  if (typeof count !== 'number' || !(Number.isInteger(count) && count > 0)) {
    throw badRow(place, 'natoms, 1 or more', String(count));
  }
  const numbers = integers(row, 'numbers', count, place);
  const positions = reals(row, 'positions', 3 * count, place);
  if (numbers === undefined || positions === undefined) {
    throw badRow(place, 'numbers and positions', 'NULL');
  }
  const cell = reals(row, 'cell', 9, place);
  const input: AtomsInput = {
    numbers,
    positions,
    ...(cell === undefined ? {} : { cell }),
    pbc: readPbc(row.pbc, place),
    info: readInfo(row, place),
  };
  const arrays: Record<string, FrameArray> = {};
  for (const { name, type, columns } of ARRAYS) {
    const values =
      type === 'real'
        ? reals(row, name, columns * count, place)
        : integers(row, name, count, place);
    if (values === undefined) continue;
    arrays[name] = { kind: type, columns, values };
  }
  return {
    atoms: makeAtoms('ase-db', input, () => place),
    results: readResults(row, count, place),
    arrays,
  };
}

function readResults(row: AseDbRow, count: number, place: Place): Results {
  const energy = row.energy;
  if (energy !== null && (typeof energy !== 'number' || !Number.isFinite(energy))) {
    throw badRow(place, 'a finite energy (eV) or NULL', JSON.stringify(energy));
  }
  const forces = reals(row, 'forces', 3 * count, place);
  const stress = reals(row, 'stress', 6, place);
  return {
    ...(energy === null ? {} : { energy }),
    ...(forces === undefined ? {} : { forces }),
    ...(stress === undefined ? {} : { stress }),
  };
}

/** Three bits, a first. */
function readPbc(value: unknown, place: Place): Pbc {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 8) {
    return [(value & 1) !== 0, (value & 2) !== 0, (value & 4) !== 0];
  }
  throw badRow(place, 'pbc from 0 to 7', String(value));
}

function readInfo(row: AseDbRow, place: Place): Record<string, InfoValue> {
  const text = row.key_value_pairs;
  let pairs: unknown;
  try {
    pairs = JSON.parse(typeof text === 'string' ? text : '');
  } catch {
    throw badRow(
      place,
      'key_value_pairs in JSON',
      typeof text === 'string' ? quoted(text) : 'none',
    );
  }
  if (typeof pairs !== 'object' || pairs === null || Array.isArray(pairs)) {
    throw badRow(place, 'key_value_pairs of keys and values', quoted(String(text)));
  }
  const info: [string, InfoValue][] = [];
  for (const [key, value] of Object.entries(pairs)) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw badRow(place, `a text, number or logical value of ${key}`, JSON.stringify(value));
    }
    info.push([key, value]);
  }
  if (typeof row.unique_id === 'string') info.push(['unique_id', row.unique_id]);
  if (typeof row.id === 'number') info.push(['ase_id', row.id]);
  return Object.fromEntries(info);
}

/** Little-endian float64 values of a blob; undefined where it is NULL. */
function reals(row: AseDbRow, name: string, count: number, place: Place): Float64Array | undefined {
  const view = blob(row, name, 8 * count, place);
  if (view === undefined) return undefined;
  const values = Float64Array.from({ length: count }, (_, k) => view.getFloat64(8 * k, true));
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return values;
  throw badRow(place, `finite ${name}`, `${values[bad]} at position ${bad}`);
}

/** Little-endian int32, or int64 as some versions of NumPy made them. */
function integers(
  row: AseDbRow,
  name: string,
  count: number,
  place: Place,
): Float64Array | undefined {
  const value = row[name];
  const wide = value instanceof Uint8Array && value.length === 8 * count;
  const view = blob(row, name, (wide ? 8 : 4) * count, place);
  if (view === undefined) return undefined;
  return Float64Array.from({ length: count }, (_, k) =>
    wide ? Number(view.getBigInt64(8 * k, true)) : view.getInt32(4 * k, true),
  );
}

function blob(row: AseDbRow, name: string, size: number, place: Place): DataView | undefined {
  const value = row[name];
  if (value === null) return undefined;
  if (value instanceof Uint8Array && value.length === size) {
    return new DataView(value.buffer, value.byteOffset, value.byteLength);
  }
  const found = value instanceof Uint8Array ? `${value.length} bytes` : typeof value;
  throw badRow(place, `${name} of ${size} bytes`, found);
}

function badRow(place: Place, expected: string, found: string): Error {
  return formatError('ase-db/bad-row', place, {
    expected,
    found,
    hint: 'The row is damaged, or not of ASE: delete it, or write the database again.',
  });
}
