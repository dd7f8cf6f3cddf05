import { existsSync } from 'node:fs';
import { readVersionedJson, shapes, writeFileAtomic } from '@mlffd/core';
import { HARNESS_SCHEMA } from './identity.ts';
import { RECORD_SHAPE } from './recordShape.ts';
import type { HarnessRecord } from './types.ts';

/** What a file of records is for: results of one run, or baselines of many. */
export type RecordFileKind = 'mlffd-benchmark' | 'mlffd-benchmark-baselines';

const { fields, list } = shapes;

const FILE_SHAPE = fields({ format: 'string', schema: 'number', records: list(RECORD_SHAPE) });

/**
 * Records of a file.
 *
 * @throws FileSystemError; FileFormatError for a file that is not whole, of another kind or version, or with
 * fields that are missing, unknown or of another type
 */
export function readRecords(path: string, kind: RecordFileKind): readonly HarnessRecord[] {
  const content = readVersionedJson(path, {
    format: kind,
    schema: HARNESS_SCHEMA,
    shape: FILE_SHAPE,
    codes: { invalid: 'md/invalid-records', otherSchema: 'md/other-schema' },
  });
  return (content as { records: HarnessRecord[] }).records;
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
