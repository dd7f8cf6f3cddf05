import { existsSync } from 'node:fs';
import { FileFormatError, readTextFile, shapes, writeFileAtomic } from '@mlffd/core';
import { HARNESS_SCHEMA } from './identity.ts';
import { RECORD_SHAPE } from './recordShape.ts';
import type { HarnessRecord } from './types.ts';

/** What a file of records is for: results of one run, or baselines of many. */
export type RecordFileKind = 'mlffd-benchmark' | 'mlffd-benchmark-baselines';

const { fields, list, mismatch } = shapes;

const FILE_SHAPE = fields({ format: 'string', schema: 'number', records: list(RECORD_SHAPE) });

/**
 * Records of a file.
 *
 * @throws FileSystemError; FileFormatError for a file that is not whole, of another kind or version, or with
 * fields that are missing, unknown or of another type
 */
export function readRecords(path: string, kind: RecordFileKind): readonly HarnessRecord[] {
  const text = readTextFile(path);
  const value = parsed(text, path);
  const fail = (expected: string, found: string, where: string): FileFormatError =>
    new FileFormatError('md/invalid-records', `${path} is no file of ${kind}`, {
      expected,
      found,
      where: `${path}, ${where}`,
      hint: 'Check the path; a damaged file has to come from a copy, or be measured again.',
    });
  const { format, schema } = (value ?? {}) as { format?: unknown; schema?: unknown };
  if (format !== kind) throw fail(`"format": "${kind}"`, String(format), 'format');
  if (schema !== HARNESS_SCHEMA) {
    throw new FileFormatError('md/other-schema', `${path} is of another version`, {
      expected: `schema ${HARNESS_SCHEMA}`,
      found: String(schema),
      where: path,
      hint: 'Measure again into a new file, or use the version that wrote it.',
    });
  }
  const wrong = mismatch(value, FILE_SHAPE, '$');
  if (wrong !== undefined) throw fail(wrong.expected, wrong.found, wrong.where);
  return (value as { records: HarnessRecord[] }).records;
}

/** The same, none where there is no file. */
export function readRecordsIfAny(path: string, kind: RecordFileKind): readonly HarnessRecord[] {
  return existsSync(path) ? readRecords(path, kind) : [];
}

/**
 * Writes a whole file of records, or leaves what was there.
 *
 * @throws FileSystemError
 */
export function writeRecords(
  path: string,
  kind: RecordFileKind,
  records: readonly HarnessRecord[],
): void {
  const content = { format: kind, schema: HARNESS_SCHEMA, records };
  writeFileAtomic(path, `${JSON.stringify(content, null, 1)}\n`);
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FileFormatError('md/invalid-records', `${path} is not whole`, {
      expected: 'JSON',
      found: text === '' ? 'an empty file' : `${text.length} characters that are no JSON`,
      where: path,
      hint: 'Check the path; a damaged file has to come from a copy, or be measured again.',
      cause,
    });
  }
}
