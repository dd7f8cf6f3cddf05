import { crc32 } from 'node:zlib';
import { unzipSync } from 'fflate';
import { readNpy } from './npy.ts';
import type { NpyArray } from './npy.ts';
import { formatError } from './place.ts';

// Deflate never packs more tightly than this.
const LARGEST_RATIO = 1032;

/**
 * Reads arrays of an .npz archive (of `numpy.savez` or `savez_compressed`) by name; others are not
 * unpacked.
 *
 * Checksums are verified, so that a damaged archive is refused rather than read wrong.
 * @param where name of the source for error messages, usually the path
 * @throws FileFormatError `npz/...`
 */
export function readNpz(
  bytes: Uint8Array,
  where: string,
  names: readonly string[],
): Map<string, NpyArray> {
  const checksums = readChecksums(bytes, where);
  const files = unpack(bytes, where, names);
  const arrays = new Map<string, NpyArray>();
  for (const [file, content] of Object.entries(files)) {
    if (crc32(content) !== checksums.get(file))
      throw damaged(where, `${file} with a wrong checksum`);
    const name = file.replace(/\.npy$/, '');
    arrays.set(name, readNpy(content, `${where}, array ${name}`));
  }
  return arrays;
}

function unpack(
  bytes: Uint8Array,
  where: string,
  names: readonly string[],
): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        if (!name.endsWith('.npy') || !names.includes(name.slice(0, -4))) return false;
        if (originalSize > LARGEST_RATIO * (size + 1)) throw new RangeError('impossible size');
        return true;
      },
    });
  } catch (cause) {
    throw damaged(where, 'an archive that cannot be unpacked', cause);
  }
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_SIZE = 22;
const ENTRY_SIZE = 46;

/** CRC-32 of each file, from the directory at the end of the archive (APPNOTE 4.3.12, 4.3.16). */
function readChecksums(bytes: Uint8Array, where: string): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - END_SIZE;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) throw damaged(where, 'no directory at the end of the archive');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const checksums = new Map<string, number>();
  for (let k = 0; k < count; k++) {
    if (at + ENTRY_SIZE > end || view.getUint32(at, true) !== ENTRY) {
      throw damaged(where, 'a directory that is cut short');
    }
    const length = view.getUint16(at + 28, true);
    const start = at + ENTRY_SIZE;
    const name = new TextDecoder().decode(bytes.subarray(start, start + length));
    if (checksums.has(name)) throw damaged(where, `${name} twice`);
    checksums.set(name, view.getUint32(at + 16, true));
    at = start + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return checksums;
}

function damaged(where: string, found: string, cause?: unknown): Error {
  return formatError(
    'npz/damaged',
    { where },
    {
      expected: 'an .npz archive of at most 4 GiB',
      found,
      hint: 'The file is damaged or cut short: copy or download it again.',
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
