import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileSystemError, machineKey, sha256 } from '@mlffd/core';
import { ProfileError } from './errors.ts';
import { readProfile } from './profileFile.ts';
import { subjectIdentity } from './subjectIdentity.ts';
import type { ProfileRecord } from './types.ts';

/** What a profile in a folder is found by. */
export type ProfileKey = Pick<ProfileRecord, 'machine' | 'subject'>;

/**
 * File for the profile of a subject on a machine in a folder of baselines: one for each calculator, back end,
 * number of threads and machine.
 */
export function profilePath(folder: string, { machine, subject }: ProfileKey): string {
  const identity = subjectIdentity(subject, [machineKey(machine)]);
  const readable = subject.name.replaceAll(/[^\w.-]+/g, '-').slice(0, 60);
  return join(folder, `${readable}-${sha256(identity).slice(0, 8)}.json`);
}

/**
 * The baseline of a subject on a machine.
 *
 * @throws ProfileError `profiler/no-baseline`, naming what is there; as `readProfile`
 */
export function findProfile(folder: string, key: ProfileKey): ProfileRecord {
  const path = profilePath(folder, key);
  if (existsSync(path)) return readProfile(path);
  const files = filesIn(folder);
  throw new ProfileError('profiler/no-baseline', `${folder} has no baseline to compare with`, {
    expected: `a profile of ${key.subject.name} on this machine: ${machineKey(key.machine)}`,
    found: files.length === 0 ? 'no profile' : files.join(', '),
    where: path,
    hint: 'Measure one first, and save it into that folder.',
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (cause) {
    throw fileSystemError('read', folder, cause);
  }
}
