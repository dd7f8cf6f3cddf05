import { mkdirSync } from 'node:fs';
import { fileSystemError } from '@mlffd/core';

/** Makes the folder that a command writes into, unless it is there. */
export function makeOutputFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw fileSystemError('write', folder, cause);
  }
}
