import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FileFormatError, readVersionedJson, shapes } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'mlffd-json-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const { fields, list } = shapes;
const KIND = {
  format: 'times',
  schema: 2,
  shape: fields({ format: 'string', schema: 'number', values: list('number') }),
  codes: { invalid: 'times/invalid', otherSchema: 'times/other-schema' },
};

function read(text: string): unknown {
  const path = join(folder, 'times.json');
  writeFileSync(path, text);
  return readVersionedJson(path, KIND);
}

describe('a versioned file', () => {
  test('is read as it is', () => {
    const content = { format: 'times', schema: 2, values: [1, 2.5] };
    expect(read(JSON.stringify(content))).toEqual(content);
  });

  test.each([
    ['is empty', '', { code: 'times/invalid', found: 'an empty file' }],
    ['is cut', '{"format": "times", "sch', { code: 'times/invalid', expected: 'JSON' }],
    ['holds nothing', 'null', { code: 'times/invalid', expected: '"format": "times"' }],
    ['is of another kind', '{"format": "runs"}', { code: 'times/invalid', found: 'runs' }],
    [
      'is of another version',
      '{"format": "times", "schema": 1, "values": []}',
      { code: 'times/other-schema', expected: 'schema 2', found: '1' },
    ],
    [
      'lacks a field',
      '{"format": "times", "schema": 2}',
      { code: 'times/invalid', where: expect.stringContaining('$.values') },
    ],
    [
      'has a field of another type',
      '{"format": "times", "schema": 2, "values": [1, "2"]}',
      { code: 'times/invalid', where: expect.stringContaining('$.values[1]') },
    ],
  ])('is refused where it %s', (_, text, details) => {
    expect(() => read(text)).toThrow(FileFormatError);
    expect(() => read(text)).toThrow(expect.objectContaining(details));
  });

  test('that is not there is no format error', () => {
    expect(() => readVersionedJson(join(folder, 'none.json'), KIND)).toThrow(
      expect.objectContaining({ code: 'fs/not-found' }),
    );
  });
});
