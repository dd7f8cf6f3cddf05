import { FileFormatError, readTextFile, shapes, writeFileAtomic } from '@mlffd/core';
import { PROFILE_SHAPE } from './profileShape.ts';
import { PROFILE_SCHEMA, type ProfileRecord } from './types.ts';

const HINT = 'Check the path; a damaged file has to come from a copy, or be measured again.';

/**
 * Reads a profile.
 *
 * @throws FileSystemError; FileFormatError for a file that is not whole, of another kind or version, or with
 * fields that are missing, unknown or of another type
 */
export function readProfile(path: string): ProfileRecord {
  const value = parsed(readTextFile(path), path);
  const { format, schema } = (value ?? {}) as { format?: unknown; schema?: unknown };
  if (format !== 'mlffd-profile') {
    throw new FileFormatError('profiler/invalid-profile', `${path} is no profile`, {
      expected: '"format": "mlffd-profile"',
      found: String(format),
      where: path,
      hint: HINT,
    });
  }
  if (schema !== PROFILE_SCHEMA) {
    throw new FileFormatError('profiler/other-schema', `${path} is of another version`, {
      expected: `schema ${PROFILE_SCHEMA}`,
      found: String(schema),
      where: path,
      hint: 'Measure again into a new file, or use the version that wrote it.',
    });
  }
  const wrong = shapes.mismatch(value, PROFILE_SHAPE, '$');
  if (wrong === undefined) return value as ProfileRecord;
  throw new FileFormatError('profiler/invalid-profile', `${path} is no whole profile`, {
    expected: wrong.expected,
    found: wrong.found,
    where: `${path}, ${wrong.where}`,
    hint: HINT,
  });
}

/**
 * Writes a whole profile, or leaves what was there.
 *
 * @throws FileSystemError
 */
export function writeProfile(path: string, profile: ProfileRecord): void {
  writeFileAtomic(path, `${JSON.stringify(profile, null, 1)}\n`);
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FileFormatError('profiler/invalid-profile', `${path} is not whole`, {
      expected: 'JSON',
      found: text === '' ? 'an empty file' : `${text.length} characters that are no JSON`,
      where: path,
      hint: HINT,
      cause,
    });
  }
}
