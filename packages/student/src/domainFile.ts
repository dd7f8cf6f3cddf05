import { join } from 'node:path';
import { decodeDomain, encodeDomain, type TrainingDomain, writeFileAtomic } from '@mlffd/core';
import { CHECKPOINT_FILES } from './checkpointFiles.ts';
import { readFileIfAny, removeFileIfAny } from './optionalFile.ts';

/**
 * Says in a student's folder what its training structures are like, or replaces what is said there: one
 * file, written whole or not at all.
 *
 * @throws FileSystemError
 */
export function saveDomain(folder: string, domain: TrainingDomain): void {
  writeFileAtomic(join(folder, CHECKPOINT_FILES.domain), encodeDomain(domain));
}

/**
 * What the training structures of the student in a folder are like; undefined where nothing is said.
 *
 * @throws FileFormatError for a damaged file, FileSystemError
 */
export function readDomain(folder: string): TrainingDomain | undefined {
  const path = join(folder, CHECKPOINT_FILES.domain);
  const bytes = readFileIfAny(path);
  return bytes === undefined ? undefined : decodeDomain(bytes.toString('utf8'), path);
}

/** Removes what the folder of a student says about its training structures. */
export function removeDomain(folder: string): void {
  removeFileIfAny(join(folder, CHECKPOINT_FILES.domain));
}
