import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemError, sha256 } from '@mlffd/core';
import { CHECKPOINT_FILES } from '@mlffd/student';

/**
 * 16 hexadecimal digits of the weights and the configuration of a student.
 *
 * @throws FileSystemError
 */
export function studentHash(folder: string): string {
  const hashes = [CHECKPOINT_FILES.config, CHECKPOINT_FILES.weights].map((file) => {
    const path = join(folder, file);
    try {
      return sha256(readFileSync(path));
    } catch (cause) {
      throw fileSystemError('read', path, cause);
    }
  });
  return sha256(hashes.join(' ')).slice(0, 16);
}
