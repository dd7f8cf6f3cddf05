import { existsSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileSystemError } from '@mlffd/core';
import type { FileSystemError } from '@mlffd/core';
import * as h5wasm from 'h5wasm/node';
import { messageOf } from './hdf5Header.ts';

/** A typed array of a kind that the stores hold. */
export type Column =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Uint8Array
  | BigInt64Array;

/**
 * Resolves when the HDF5 library can be used. Compressions that are not part of HDF5 itself (Blosc,
 * LZF, zstd ...) come from h5wasm-plugins; its own `install_local_plugins` cannot cope with blanks in
 * the path.
 */
export const hdf5Library: Promise<void> = h5wasm.ready.then((module) => {
  // Without the throwing handler the library prints its errors and returns unread memory.
  module.activate_throwing_error_handler();
  const manifest = createRequire(import.meta.url).resolve('h5wasm-plugins/package.json');
  const plugins = join(dirname(manifest), 'plugins');
  if (existsSync(plugins)) module.insert_plugin_search_path(plugins, 0);
});

const ERRNO: Readonly<Record<string, string>> = {
  'No space left on device': 'ENOSPC',
  'Quota exceeded': 'EDQUOT',
  'File too large': 'EFBIG',
  'Permission denied': 'EACCES',
  'Operation not permitted': 'EPERM',
  'Not a directory': 'ENOTDIR',
  'Is a directory': 'EISDIR',
  'No such file or directory': 'ENOENT',
  'Read-only file system': 'EROFS',
};

/** Turns whatever `node:fs` or the HDF5 library threw while writing `path` into a typed error. */
export function writeError(path: string, cause: unknown): FileSystemError {
  if (typeof cause === 'object' && cause !== null && 'code' in cause) {
    return fileSystemError('write', path, cause);
  }
  const reason = reasonOf(cause);
  const code = reason in ERRNO ? ERRNO[reason] : isDiskFull(path) ? 'ENOSPC' : 'EIO';
  return fileSystemError('write', path, Object.assign(new Error(reason, { cause }), { code }));
}

/** The library cannot always say why it failed: it needs a temporary file for its message. */
function isDiskFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail === 0;
  } catch {
    return false;
  }
}

/** The most telling line of an HDF5 error stack: the innermost message of the operating system. */
export function reasonOf(cause: unknown): string {
  return /error message = '([^']*)'/.exec(String(cause))?.[1] ?? messageOf(cause);
}
