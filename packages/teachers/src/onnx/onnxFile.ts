import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { FileFormatError, fileSystemError, sha256 } from '@mlffd/core';

/** What an exporter stores beside the graph of an ONNX file. */
export interface OnnxFile {
  /** The bytes of the file, checked against the checksums in its metadata. */
  readonly bytes: Uint8Array;
  /** The graph (GraphProto), a view of `bytes`. */
  readonly graph: Uint8Array;
  /** Functions that its nodes may call (FunctionProto), views of `bytes`. */
  readonly functions: readonly Uint8Array[];
  /** Metadata by name; the exporters write every value as JSON. */
  readonly metadata: ReadonlyMap<string, unknown>;
}

// Field numbers of onnx.ModelProto and onnx.StringStringEntryProto.
const GRAPH = 7;
const METADATA_PROPS = 14;
const FUNCTIONS = 25;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** What stands for `fileSha256` in the file while its checksum is taken. */
const BLANK = new TextEncoder().encode(JSON.stringify('0'.repeat(64)));

/**
 * Splits an ONNX file into graph and metadata, and checks both against their checksums:
 * `graphSha256`, which every file has, and `fileSha256`, which covers all of it.
 *
 * @param where the file's name, for messages
 * @throws FileFormatError `onnx/corrupt` for truncated or altered bytes
 */
export function parseOnnxFile(bytes: Uint8Array, where: string): OnnxFile {
  const metadata = new Map<string, unknown>();
  const functions: Uint8Array[] = [];
  let graph: Uint8Array | undefined;
  let seal: Uint8Array | undefined;
  for (const [field, value] of messages(bytes, where)) {
    if (field === GRAPH) graph = value;
    if (field === FUNCTIONS) functions.push(value);
    if (field !== METADATA_PROPS) continue;
    const entry = new Map(messages(value, where));
    const text = new TextDecoder();
    const key = text.decode(entry.get(ENTRY_KEY));
    if (key === 'fileSha256') seal = entry.get(ENTRY_VALUE);
    metadata.set(key, parseValue(text.decode(entry.get(ENTRY_VALUE)), key, where));
  }
  if (graph === undefined) throw corrupt(where, 'no graph');
  const expected = metadata.get('graphSha256');
  if (expected !== sha256(graph)) {
    throw corrupt(where, expected === undefined ? 'no checksum' : 'a graph with another checksum');
  }
  if (metadata.has('fileSha256') && metadata.get('fileSha256') !== checksumAround(bytes, seal)) {
    throw corrupt(where, 'another checksum than the file says');
  }
  return { bytes, graph, functions, metadata };
}

/** @throws FileSystemError for a file that cannot be read */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileSystemError('read', path, error);
  }
}

/** SHA-256 of the file as it was before its seal was put in, or nothing where it has none. */
function checksumAround(bytes: Uint8Array, seal: Uint8Array | undefined): string | undefined {
  if (seal?.length !== BLANK.length) return undefined;
  const start = seal.byteOffset - bytes.byteOffset;
  return createHash('sha256')
    .update(bytes.subarray(0, start))
    .update(BLANK)
    .update(bytes.subarray(start + BLANK.length))
    .digest('hex');
}

/** The length-delimited fields of a protobuf message, in order. */
export function* messages(
  bytes: Uint8Array,
  where: string,
): Generator<readonly [field: number, value: Uint8Array]> {
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      if (position >= bytes.length) throw corrupt(where, 'the end of the file inside a field');
      const byte = bytes[position++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw corrupt(where, `a malformed number at byte ${position}`);
  };
  while (position < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const type = tag % 8;
    if (type === VARINT) {
      varint();
      continue;
    }
    let size: number;
    if (type === LENGTH_DELIMITED) size = varint();
    else if (type === FIXED64) size = 8;
    else if (type === FIXED32) size = 4;
    else throw corrupt(where, `an unknown field type at byte ${position}`);
    if (position + size > bytes.length) {
      throw corrupt(where, `${bytes.length} bytes where a field ends at ${position + size}`);
    }
    if (type === LENGTH_DELIMITED) yield [field, bytes.subarray(position, position + size)];
    position += size;
  }
}

function parseValue(text: string, key: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw corrupt(where, `metadata ${key} that is not JSON`, cause);
  }
}

/** @param found what is wrong, as a phrase */
export function corrupt(where: string, found: string, cause?: unknown): FileFormatError {
  return new FileFormatError('onnx/corrupt', `${where} is not a complete teacher model: ${found}`, {
    expected:
      'an ONNX file with manifest and checksums, as the exporters in tooling/python write it',
    found,
    where,
    hint: 'Copy it or export it again; for the model of this package, reinstall @mlffd/teachers.',
    ...(cause === undefined ? {} : { cause }),
  });
}
