import { formatError, quoted } from './place.ts';

/** An array of an .npy file, in C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** Numbers, exact up to 2^53; or undefined for text. */
  readonly values: Float64Array | undefined;
  /** Text of a string array, otherwise undefined. */
  readonly text: readonly string[] | undefined;
}

type Reader = (view: DataView, at: number) => number;

const READERS: Readonly<Partial<Record<string, readonly [number, Reader]>>> = {
  '<f4': [4, (view, at) => view.getFloat32(at, true)],
  '<f8': [8, (view, at) => view.getFloat64(at, true)],
  '|i1': [1, (view, at) => view.getInt8(at)],
  '|u1': [1, (view, at) => view.getUint8(at)],
  '<i2': [2, (view, at) => view.getInt16(at, true)],
  '<i4': [4, (view, at) => view.getInt32(at, true)],
  '<i8': [8, (view, at) => Number(view.getBigInt64(at, true))],
};
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const HEADER =
  /^\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(((?:\d+, ?)*\d*),?\),? ?\}\s*$/;

/**
 * Reads an array in the format of NumPy (versions 1 to 3): little-endian f4, f8, i1, u1, i2, i4,
 * i8 and strings, in C or Fortran order.
 * @param where name of the source for error messages
 * @throws FileFormatError `npz/...`
 */
export function readNpy(bytes: Uint8Array, where: string): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { start, text } = readHeader(bytes, view, where);
  const match = HEADER.exec(text);
  if (match === null) {
    throw formatError(
      'npz/bad-header',
      { where },
      {
        expected: "a header with 'descr', 'fortran_order' and 'shape'",
        found: quoted(text.trim()),
        hint: 'Save the array with numpy.save or numpy.savez; arrays with named fields are not read.',
      },
    );
  }
  const [, dtype, order, dimensions] = match;
  const shape = dimensions
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const count = shape.reduce((product, n) => product * n, 1);
  const string = /^<U(\d{1,6})$/.exec(dtype);
  const reader = Object.hasOwn(READERS, dtype) ? READERS[dtype] : undefined;
  const size = string === null ? reader?.[0] : 4 * Number(string[1]);
  if (size === undefined) {
    throw formatError(
      'npz/unsupported-type',
      { where },
      {
        expected: `one of ${Object.keys(READERS).join(' ')}`,
        found: quoted(dtype),
        hint: 'Convert the array, e.g. with a.astype("<f8"), and save it again.',
      },
    );
  }
  if (bytes.length - start !== count * size) {
    throw formatError(
      'npz/truncated',
      { where },
      {
        expected: `${count * size} bytes for the shape (${shape.join(', ')})`,
        found: `${bytes.length - start} bytes`,
        hint: 'The file is damaged: copy it again.',
      },
    );
  }
  const fortran = order === 'True';
  if (string !== null) {
    return { shape, values: undefined, text: readStrings(view, start, { count, size }) };
  }
  const read = reader?.[1] ?? (() => NaN);
  const values = new Float64Array(count);
  for (let k = 0; k < count; k++) values[k] = read(view, start + k * size);
  return { shape, values: fortran ? toCOrder(values, shape) : values, text: undefined };
}

function readHeader(
  bytes: Uint8Array,
  view: DataView,
  where: string,
): { start: number; text: string } {
  const version = bytes.at(6) ?? 0;
  const prefix = version === 1 ? 10 : 12;
  const known = MAGIC.every((byte, k) => bytes.at(k) === byte) && version >= 1 && version <= 3;
  if (known && bytes.length >= prefix) {
    const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
    const start = prefix + length;
    if (start <= bytes.length) {
      return { start, text: new TextDecoder().decode(bytes.subarray(prefix, start)) };
    }
  }
  throw formatError(
    'npz/bad-header',
    { where },
    {
      expected: 'an array in the format of NumPy, version 1 to 3',
      found: known ? 'a header that is cut short' : 'something else',
      hint: 'Save the array with numpy.save or numpy.savez.',
    },
  );
}

function readStrings(
  view: DataView,
  start: number,
  { count, size }: { count: number; size: number },
): string[] {
  const out: string[] = [];
  for (let k = 0; k < count; k++) {
    let text = '';
    for (let at = start + k * size; at < start + (k + 1) * size; at += 4) {
      const code = view.getUint32(at, true);
      if (code > 0 && code <= 0x10ffff) text += String.fromCodePoint(code);
    }
    out.push(text);
  }
  return out;
}

/** First index fastest, to last index fastest. */
function toCOrder(values: Float64Array, shape: readonly number[]): Float64Array {
  const out = new Float64Array(values.length);
  const index = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, k) => shape.slice(0, k).reduce((product, n) => product * n, 1));
  for (let k = 0; k < out.length; k++) {
    out[k] = values[index.reduce((sum, i, axis) => sum + i * strides[axis], 0)];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      if (index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return out;
}
