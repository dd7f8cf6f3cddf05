import { FileFormatError } from '@mlffd/core';

/** A tensor of a safetensors file: row-major float32. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Content of a safetensors file. */
export interface SafetensorsContent {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Length of the header's length. */
const PREFIX = 8;
/** The reference implementation refuses larger headers. */
const LARGEST_HEADER = 100_000_000;
const ALIGNMENT = 8;

/**
 * Writes float32 tensors in the safetensors format: the length of a JSON header (u64, little-endian),
 * the header (name -> dtype, shape, data_offsets), the values. Same content, same bytes.
 */
export function encodeSafetensors(content: SafetensorsContent): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(content.metadata).length > 0) header.__metadata__ = content.metadata;
  let offset = 0;
  for (const [name, { shape, data }] of content.tensors) {
    const end = offset + data.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(PREFIX + padded + offset).fill(0x20, PREFIX, PREFIX + padded);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(padded), true);
  bytes.set(json, PREFIX);
  let at = PREFIX + padded;
  for (const { data } of content.tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

interface Entry {
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a safetensors file whose tensors are float32.
 *
 * @param where name of the file, for messages
 * @throws FileFormatError for truncated, overlong or malformed files and for other dtypes
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  where = 'safetensors data',
): SafetensorsContent {
  const { header, start } = readHeader(bytes, where);
  const tensors = new Map<string, NamedTensor>();
  let metadata: Record<string, string> = {};
  let covered = 0;
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = value as Record<string, string>;
      continue;
    }
    const { shape, begin, end } = readEntry(value, { name, where });
    if (start + end > bytes.length) {
      throw broken('safetensors/truncated', where, {
        expected: `${start + end} bytes, where tensor "${name}" ends`,
        found: `${bytes.length} bytes`,
      });
    }
    covered += end - begin;
    tensors.set(name, { shape, data: copyFloats(bytes, start + begin, end - begin) });
  }
  if (start + covered !== bytes.length) {
    throw broken('safetensors/length', where, {
      expected: `${start + covered} bytes for the tensors of the header`,
      found: `${bytes.length} bytes`,
    });
  }
  return { tensors, metadata };
}

function copyFloats(bytes: Uint8Array, begin: number, length: number): Float32Array {
  const data = new Float32Array(length / 4);
  new Uint8Array(data.buffer).set(bytes.subarray(begin, begin + length));
  return data;
}

function readHeader(
  bytes: Uint8Array,
  where: string,
): { header: Record<string, unknown>; start: number } {
  if (bytes.length < PREFIX) {
    throw broken('safetensors/truncated', where, {
      expected: `at least ${PREFIX} bytes`,
      found: `${bytes.length} bytes`,
    });
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const start = PREFIX + Number(length);
  if (length > LARGEST_HEADER || start > bytes.length) {
    throw broken('safetensors/truncated', where, {
      expected: `a header of ${length} bytes`,
      found: `${bytes.length - PREFIX} bytes after its length`,
    });
  }
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(PREFIX, start)),
    );
  } catch (cause) {
    throw broken(
      'safetensors/header',
      where,
      { expected: 'a header in JSON', found: String(cause) },
      cause,
    );
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw broken('safetensors/header', where, {
      expected: 'a JSON object as header',
      found: JSON.stringify(header).slice(0, 60),
    });
  }
  return { header: header as Record<string, unknown>, start };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function readEntry(value: unknown, at: { name: string; where: string }): Entry {
  const { name, where } = at;
  const fail = (expected: string): FileFormatError =>
    broken('safetensors/entry', where, {
      expected: `${expected} for tensor "${name}"`,
      found: JSON.stringify(value),
    });
  if (typeof value !== 'object' || value === null) throw fail('an object');
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (dtype !== 'F32') throw fail('dtype F32');
  if (!Array.isArray(shape) || !shape.every(isCount)) throw fail('a shape of counts');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw fail('two data offsets');
  }
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((product, count) => product * count, 4);
  if (end - begin !== size) throw fail(`data offsets that are ${size} bytes apart`);
  return { shape, begin, end };
}

function broken(
  code: string,
  where: string,
  details: { expected: string; found: string },
  cause?: unknown,
): FileFormatError {
  return new FileFormatError(code, `${where} is no complete safetensors file: ${details.found}`, {
    ...details,
    where,
    hint: 'The file is damaged or was not copied completely: copy it again, or save the student again.',
    ...(cause === undefined ? {} : { cause }),
  });
}
