import { Module } from 'h5wasm/node';
import type { Metadata } from 'h5wasm/node';

/** Bytes of one pointer in the memory of the library. */
const POINTER = 4;

/** What a read needs: where texts are, and how to have them put into memory. */
interface TextSource {
  readonly metadata: Metadata;
  readonly count: number;
  /** Reads into the memory at `pointer`. */
  readonly read: (pointer: bigint) => void;
  /** Frees the texts that a successful read allocated. */
  readonly release: (pointer: bigint) => void;
}

/**
 * Reads texts of variable length. h5wasm itself frees what a failed read left in the buffer, which is
 * whatever was there before: after that any call may hang or crash. Here the buffer is empty at
 * first, and a failed read frees nothing but the buffer.
 */
function readVariableTexts({ metadata, count, read, release }: TextSource): string[] {
  const bytes = Math.max(count * POINTER, POINTER);
  const buffer = Module._malloc(bytes);
  if (buffer === 0) throw new RangeError(`no memory for ${count} texts`);
  try {
    Module.HEAPU8.fill(0, buffer, buffer + bytes);
    read(BigInt(buffer));
    const decode = (text: number): string =>
      metadata.cset === 1 ? Module.UTF8ToString(text) : Module.AsciiToString(text);
    const view = new DataView(Module.HEAPU8.buffer, buffer, bytes);
    const texts = Array.from({ length: count }, (_, k) => {
      const text = view.getUint32(k * POINTER, true);
      return text === 0 ? '' : decode(text);
    });
    release(BigInt(buffer));
    return texts;
  } finally {
    Module._free(buffer);
  }
}

/** Texts of an attribute of variable length. */
export function readTextAttribute(file: bigint, path: string, name: string): string[] {
  const metadata = Module.get_attribute_metadata(file, path, name);
  return readVariableTexts({
    metadata,
    count: metadata.total_size,
    read: (pointer) => Module.get_attribute_data(file, path, name, pointer),
    release: (pointer) => Module.reclaim_vlen_memory(file, path, name, pointer),
  });
}

/** Texts of the rows `start` (included) to `end` (excluded) of a dataset of variable length. */
export function readTextRows(
  file: bigint,
  path: string,
  [start, end]: readonly [number, number],
): string[] {
  const metadata = Module.get_dataset_metadata(file, path);
  const shape = metadata.shape ?? [];
  const rows = shape.length === 0 ? 1 : Math.max(0, Math.min(end, shape[0]) - start);
  const rest = shape.slice(1);
  const counts = shape.length === 0 ? null : [BigInt(rows), ...rest.map(BigInt)];
  return readVariableTexts({
    metadata,
    count: rest.reduce((product, n) => product * n, rows),
    read: (pointer) => {
      const offsets = counts === null ? null : [BigInt(start), ...rest.map(() => 0n)];
      const strides = counts === null ? null : shape.map(() => 1n);
      Module.get_dataset_data(file, path, counts, offsets, strides, pointer);
    },
    release: (pointer) => {
      if (counts === null) Module.reclaim_vlen_memory(file, path, '', pointer);
      else Module.reclaim_vlen_memory_count(file, path, '', pointer, counts);
    },
  });
}
