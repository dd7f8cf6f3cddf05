import { readVersionedJson, type VersionedJson, writeFileAtomic } from '@mlffd/core';
import { PROFILE_SHAPE } from './profileShape.ts';
import { PROFILE_SCHEMA, type ProfileRecord } from './types.ts';

const PROFILE: VersionedJson = {
  format: 'mlffd-profile',
  schema: PROFILE_SCHEMA,
  shape: PROFILE_SHAPE,
  codes: { invalid: 'profiler/invalid-profile', otherSchema: 'profiler/other-schema' },
};

/**
 * Reads a profile.
 *
 * @throws FileSystemError; FileFormatError for a file that is not whole, of another kind or version, or with
 * fields that are missing, unknown or of another type
 */
export function readProfile(path: string): ProfileRecord {
  return readVersionedJson(path, PROFILE) as ProfileRecord;
}

/**
 * Writes a whole profile, or leaves what was there.
 *
 * @throws FileSystemError
 */
export function writeProfile(path: string, profile: ProfileRecord): void {
  writeFileAtomic(path, `${JSON.stringify(profile, null, 1)}\n`);
}
