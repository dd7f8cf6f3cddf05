import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { FileFormatError, fileSystemError } from '@mlffd/core';

const SIGNATURE = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
const HEADER_BYTES = 96;
// Offset of the "end of file address" in the superblock, by version (HDF5 file format, section II).
const END_OF_FILE_AT: Readonly<Record<number, number>> = { 0: 40, 1: 44, 2: 28, 3: 28 };

/**
 * Looks at the first bytes of an HDF5 file before the library does: a file that was cut off must
 * give a plain message, and must not upset the library for the files after it.
 *
 * @throws FileSystemError when the file cannot be read
 * @throws FileFormatError when it is empty, no HDF5 file, or shorter than its header says
 */
export function checkHdf5Header(path: string): void {
  const { header, size } = readHeader(path);
  const broken = (found: string, hint: string): FileFormatError =>
    new FileFormatError('data/bad-hdf5', `${path} is not a usable HDF5 file: ${found}`, {
      expected: 'a complete HDF5 file',
      found,
      where: path,
      hint,
    });
  if (size === 0) throw broken('it is empty', 'Write the file again; nothing of it is left.');
  if (header.length < 12 || !header.subarray(0, 8).equals(SIGNATURE)) {
    throw broken('it does not start with the HDF5 signature', 'Give the path of an HDF5 dataset.');
  }
  const at = END_OF_FILE_AT[header[8]];
  if (!(header[8] in END_OF_FILE_AT)) {
    throw broken(`superblock version ${header[8]}`, 'Write the file with HDF5 1.8 to 2.0.');
  }
  const expected = header.length >= at + 8 ? Number(header.readBigUInt64LE(at)) : Infinity;
  if (size < expected) {
    throw broken(
      `it has ${size} bytes of ${Number.isFinite(expected) ? expected : 'a longer header'}`,
      'The copy or the writing was cut off: copy or write it again.',
    );
  }
}

function readHeader(path: string): { header: Buffer; size: number } {
  const header = Buffer.alloc(HEADER_BYTES);
  try {
    const fd = openSync(path, 'r');
    try {
      const count = readSync(fd, header, 0, HEADER_BYTES, 0);
      return { header: header.subarray(0, count), size: fstatSync(fd).size };
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
}

/** First line of an error's message, also of an error from another realm. */
export function messageOf(error: unknown): string {
  const text =
    typeof error === 'object' && error !== null && 'message' in error
      ? String(error.message)
      : String(error);
  return text.split('\n', 1)[0];
}
