import { FileFormatError, sha256 } from '@mlffd/core';

/** What the exporter stores beside the graph of an ONNX file. */
export interface OnnxFile {
  /** The bytes of the file, checked against the checksum in its metadata. */
  readonly bytes: Uint8Array;
  /** The graph (GraphProto), a view of `bytes`. */
  readonly graph: Uint8Array;
  /** Metadata by name; the exporter writes every value as JSON. */
  readonly metadata: ReadonlyMap<string, unknown>;
}

// Field numbers of onnx.ModelProto and onnx.StringStringEntryProto.
const GRAPH = 7;
const METADATA_PROPS = 14;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/**
 * Splits an ONNX file into graph and metadata, and checks the graph against `graphSha256`.
 *
 * @param where the file's name, for messages
 * @throws FileFormatError `onnx/corrupt` for truncated or altered bytes
 */
export function parseOnnxFile(bytes: Uint8Array, where: string): OnnxFile {
  const metadata = new Map<string, unknown>();
  let graph: Uint8Array | undefined;
  for (const [field, value] of messages(bytes, where)) {
    if (field === GRAPH) graph = value;
    if (field !== METADATA_PROPS) continue;
    const entry = new Map(messages(value, where));
    const text = new TextDecoder();
    const key = text.decode(entry.get(ENTRY_KEY));
    metadata.set(key, parseValue(text.decode(entry.get(ENTRY_VALUE)), key, where));
  }
  if (graph === undefined) throw corrupt(where, 'no graph');
  const expected = metadata.get('graphSha256');
  if (expected !== sha256(graph)) {
    throw corrupt(where, expected === undefined ? 'no checksum' : 'a graph with another checksum');
  }
  return { bytes, graph, metadata };
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
    expected: 'an ONNX file as tooling/python/chgnet/export.py writes it',
    found,
    where,
    hint: 'Reinstall @mlffd/teachers, or export the model again.',
    ...(cause === undefined ? {} : { cause }),
  });
}
