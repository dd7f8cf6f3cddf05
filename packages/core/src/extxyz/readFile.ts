import { readTextFile } from '../files.ts';
import { readExtxyz } from './reader.ts';
import type { Frame } from './frame.ts';

/**
 * Reads all frames of a file; for files of hundreds of megabytes use `streamExtxyzFile`.
 * @throws FileFormatError, FileSystemError
 */
export function readExtxyzFile(path: string): Frame[] {
  return readExtxyz(readTextFile(path), { where: path });
}
