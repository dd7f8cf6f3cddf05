import { FileSystemError } from './errors.ts';

interface Failure {
  readonly code: string;
  readonly found: string;
  readonly hint: string;
}

const FAILURES: Readonly<Record<string, Failure>> = {
  ENOENT: {
    code: 'fs/not-found',
    found: 'no such file or folder',
    hint: 'Check the spelling, and make the folder first.',
  },
  EACCES: {
    code: 'fs/permission-denied',
    found: 'permission denied',
    hint: 'Check the owner and the permissions of the file and its folder.',
  },
  EPERM: {
    code: 'fs/permission-denied',
    found: 'operation not permitted',
    hint: 'Check the owner and the permissions of the file and its folder.',
  },
  EROFS: {
    code: 'fs/not-writable',
    found: 'a read-only file system',
    hint: 'Choose a folder on a writable file system.',
  },
  ENOTDIR: {
    code: 'fs/not-a-directory',
    found: 'a file where a folder is needed',
    hint: 'Remove that file, or choose another path.',
  },
  EISDIR: {
    code: 'fs/is-a-directory',
    found: 'a folder where a file is needed',
    hint: 'Give the name of a file.',
  },
  ENOTEMPTY: {
    code: 'fs/is-a-directory',
    found: 'a folder that is not empty',
    hint: 'Remove the folder, or choose another name.',
  },
  EEXIST: {
    code: 'fs/already-exists',
    found: 'something of that name',
    hint: 'Remove it, or choose another name.',
  },
  ENOSPC: {
    code: 'fs/disk-full',
    found: 'no space left',
    hint: 'Free space, or choose a folder on another disk; nothing finished is lost.',
  },
  EDQUOT: {
    code: 'fs/disk-full',
    found: 'a used-up quota',
    hint: 'Free space, or choose a folder on another disk; nothing finished is lost.',
  },
  EFBIG: {
    code: 'fs/file-too-large',
    found: 'a limit on the size of files',
    hint: 'Raise the limit (ulimit -f), or write smaller files.',
  },
  EMFILE: {
    code: 'fs/too-many-open-files',
    found: 'too many open files',
    hint: 'Close files, or raise the limit (ulimit -n).',
  },
};

/**
 * Turns an error of `node:fs` into a `FileSystemError` with a code that programs can test.
 *
 * Codes: `fs/not-found`, `fs/permission-denied`, `fs/not-writable`, `fs/not-a-directory`,
 * `fs/is-a-directory`, `fs/already-exists`, `fs/disk-full`, `fs/file-too-large`,
 * `fs/too-many-open-files`, otherwise `fs/io-error`.
 * @param action what was tried, as a verb: `'write'`
 */
export function fileSystemError(action: string, path: string, cause: unknown): FileSystemError {
  const errno = errnoOf(cause);
  const failure = FAILURES[errno] ?? {
    code: 'fs/io-error',
    found: errno === '' ? String(cause) : errno,
    hint: 'Check the disk and the mount.',
  };
  return new FileSystemError(failure.code, `cannot ${action} ${path}: ${failure.found}`, {
    found: failure.found,
    where: path,
    hint: failure.hint,
    cause,
  });
}

/** True for an error that says that there is no such file or folder. */
export function isMissingFile(cause: unknown): boolean {
  return errnoOf(cause) === 'ENOENT';
}

// Errors of node:fs may come from another realm, so that `instanceof Error` cannot tell.
function errnoOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return '';
  return typeof cause.code === 'string' ? cause.code : '';
}
