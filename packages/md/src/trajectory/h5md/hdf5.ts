import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { FileFormatError, fileSystemError, type FileSystemError } from '@mlffd/core';
import * as h5wasm from 'h5wasm/node';

/** Resolves when the HDF5 library can be used. Its errors are thrown, not printed. */
export const hdf5Ready: Promise<void> = h5wasm.ready.then((module) => {
  module.activate_throwing_error_handler();
});

const ERRNO: Readonly<Record<string, string>> = {
  'No space left on device': 'ENOSPC',
  'Quota exceeded': 'EDQUOT',
  'File too large': 'EFBIG',
  'Permission denied': 'EACCES',
  'Read-only file system': 'EROFS',
};

/** Turns what `node:fs` or the HDF5 library threw while writing into a typed error. */
export function hdf5WriteError(path: string, cause: unknown): FileSystemError {
  if (typeof cause === 'object' && cause !== null && 'code' in cause) {
    return fileSystemError('write', path, cause);
  }
  const reason = reasonOf(cause);
  const code = reason in ERRNO ? ERRNO[reason] : 'EIO';
  return fileSystemError('write', path, Object.assign(new Error(reason, { cause }), { code }));
}

/** An error about the content of an HDF5 file. */
export function hdf5Error(
  path: string,
  details: { readonly expected: string; readonly found?: string; readonly cause?: unknown },
): FileFormatError {
  const found = details.found ?? reasonOf(details.cause);
  return new FileFormatError(
    'md/trajectory-format',
    `${path} is not a whole H5MD trajectory: ${found}`,
    {
      expected: details.expected,
      found,
      where: path,
      hint: 'Was the file copied to its end, and closed by the program that wrote it?',
      cause: details.cause,
    },
  );
}

/** The innermost message of an error stack of the library, first that of the operating system. */
function reasonOf(cause: unknown): string {
  const text = String(cause);
  const told = /error message = '([^']*)'/.exec(text)?.[1];
  return (
    told ?? /.*#\d+: .*\(\): (.*)/s.exec(text)?.[1].split('\n', 1)[0] ?? text.split('\n', 1)[0]
  );
}

const SIGNATURE = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Where the superblock says how long the file is, by its version (HDF5 file format, section II). */
const END_AT: Readonly<Record<number, number>> = { 0: 40, 1: 44, 2: 28, 3: 28 };

/**
 * Looks at the first bytes before the library does, which a file that was cut off may upset.
 *
 * @throws FileSystemError, FileFormatError
 */
export function checkHdf5(path: string): void {
  const header = Buffer.alloc(96);
  let size: number;
  try {
    const file = openSync(path, 'r');
    try {
      readSync(file, header, 0, header.length, 0);
      ({ size } = fstatSync(file));
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
  const expected = 'a complete HDF5 file';
  const version = header[SIGNATURE.length];
  if (!header.subarray(0, SIGNATURE.length).equals(SIGNATURE) || !(version in END_AT)) {
    throw hdf5Error(path, { expected, found: size === 0 ? 'an empty file' : 'another signature' });
  }
  const end = header.readBigUInt64LE(END_AT[version]);
  if (BigInt(size) < end) throw hdf5Error(path, { expected, found: `${size} of ${end} bytes` });
}

/** Reads something with the library. */
export function hdf5Read<T>(path: string, expected: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof FileFormatError) throw cause;
    throw hdf5Error(path, { expected, cause });
  }
}
