import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Machine, thisMachine } from '@mlffd/core';
import {
  type HarnessRecord,
  matchBaselines,
  readBaselines,
  readRecords,
  requireNew,
  runHarness,
  saveBaselines,
  writeRecords,
} from '../src/index.ts';
import { SHORT, SUBJECT, water, waterSprings } from './harnessSystems.ts';

const KIND = 'mlffd-benchmark-baselines';

let record: HarnessRecord;
let folder: string;
let path: string;

beforeAll(async () => {
  const { records } = await runHarness({
    calculator: waterSprings(),
    subject: SUBJECT,
    systems: [{ name: 'water-3', atoms: water() }],
    settings: SHORT,
  });
  record = JSON.parse(JSON.stringify(records[0])) as HarnessRecord;
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-baselines-'));
  path = join(folder, 'baselines.json');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const another = (more: Partial<HarnessRecord>): HarnessRecord => ({ ...record, ...more });
const abacus: Machine = { ...thisMachine(), cpu: 'abacus', cores: 96 };

describe('saveBaselines', () => {
  test('adds, and never overwrites unless told to', () => {
    saveBaselines(path, [record]);
    expect(readRecords(path, KIND)).toEqual([record]);
    saveBaselines(path, [another({ key: 'b' })]);
    const before = readFileSync(path, 'utf8');
    const newer = another({ date: '2099-01-01T00:00:00.000Z' });
    expect(() => {
      saveBaselines(path, [another({ key: 'c' }), newer]);
    }).toThrow(
      expect.objectContaining({ code: 'md/baseline-exists', found: 'water-3', where: path }),
    );
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(() => {
      requireNew(path, [newer]);
    }).toThrow(expect.objectContaining({ name: 'BaselineError' }));
    saveBaselines(path, [newer], { replace: true });
    expect(readRecords(path, KIND).map(({ key, date }) => [key, date])).toEqual([
      ['b', record.date],
      [record.key, newer.date],
    ]);
  });

  test('waits for nobody, and takes no file that another process writes', () => {
    const lock = join(folder, '.baselines.json.lock');
    writeFileSync(
      lock,
      JSON.stringify({ pid: 1, host: `not-${hostname()}`, space: '', start: '' }),
    );
    expect(() => {
      saveBaselines(path, [record]);
    }).toThrow(expect.objectContaining({ code: 'core/folder-busy' }));
    expect(existsSync(path)).toBe(false);
    rmSync(lock);
    saveBaselines(path, [record]);
    expect(existsSync(lock)).toBe(false);
  });

  test('says where it cannot write', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => {
      saveBaselines(join(folder, 'file', 'b.json'), [record]);
    }).toThrow(expect.objectContaining({ name: 'FileSystemError' }));
  });
});

describe('readBaselines', () => {
  test('refuses those of other machines, and says which and what to do', () => {
    writeRecords(path, KIND, [another({ machine: abacus })]);
    expect(() => readBaselines(path, thisMachine())).toThrow(
      expect.objectContaining({
        code: 'md/other-machine',
        found: expect.stringMatching(/abacus.*cpu: abacus, here .*cores: 96, here/s),
        hint: expect.stringContaining('--save-baseline'),
      }),
    );
  });

  test('takes its own out of a file of many', () => {
    writeRecords(path, KIND, [another({ machine: abacus, key: 'x' }), record]);
    expect(readBaselines(path, thisMachine())).toEqual([record]);
  });

  test.each([
    ['nothing', ''],
    ['half of it', '{"format": "mlffd-benchmark-baselines", "schema": 1, "records": [{"sch'],
    ['something else', '{"format": "mlffd-benchmark", "schema": 1, "records": []}'],
    ['a list', '[]'],
    ['null', 'null'],
  ])('refuses %s', (_, text) => {
    writeFileSync(path, text);
    expect(() => readBaselines(path, thisMachine())).toThrow(
      expect.objectContaining({ code: 'md/invalid-records' }),
    );
    // Nor is it written over.
    expect(() => {
      saveBaselines(path, [record]);
    }).toThrow(expect.objectContaining({ code: 'md/invalid-records' }));
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('refuses another version', () => {
    writeFileSync(path, JSON.stringify({ format: KIND, schema: 2, records: [] }));
    expect(() => readBaselines(path, thisMachine())).toThrow(
      expect.objectContaining({ code: 'md/other-schema', found: '2' }),
    );
  });

  test.each([
    ['a field too many', { colour: 'red' }, '$.records[0].colour'],
    ['a number for a text', { key: 3 }, '$.records[0].key'],
    ['a list for an object', { system: [] }, '$.records[0].system'],
    ['a detail that is none', { subject: { ...SUBJECT, details: { a: true } } }, 'details.a'],
    ['a missing field', { nsPerDay: undefined }, '$.records[0].nsPerDay'],
  ])('refuses %s', (_, change, where) => {
    const records = [{ ...record, ...change }];
    writeFileSync(path, JSON.stringify({ format: KIND, schema: 1, records }));
    expect(() => readBaselines(path, thisMachine())).toThrow(
      expect.objectContaining({
        code: 'md/invalid-records',
        where: expect.stringContaining(where),
      }),
    );
  });

  test('an empty file of baselines has none to compare with', () => {
    writeRecords(path, KIND, []);
    expect(() => readBaselines(path, thisMachine())).toThrow(
      expect.objectContaining({ code: 'md/no-baseline' }),
    );
  });

  test('a file that is not there', () => {
    expect(() => readBaselines(path, thisMachine())).toThrow(
      expect.objectContaining({ code: 'fs/not-found' }),
    );
  });
});

describe('matchBaselines', () => {
  test('finds its own, or else that of another subject where that is asked for', () => {
    const older = another({ key: 'other', subject: { ...SUBJECT, hash: 'old' } });
    const newest = { ...older, key: 'newest', date: '2099-01-01T00:00:00.000Z' };
    const all = [older, newest, record];
    expect(matchBaselines([record], all, { path })).toEqual([{ record, baseline: record }]);
    const others = [older, newest];
    expect(() => matchBaselines([record], others, { path })).toThrow(
      expect.objectContaining({
        code: 'md/no-baseline',
        found: 'water-3 of springs',
        hint: expect.stringContaining('--save-baseline'),
      }),
    );
    expect(matchBaselines([record], others, { path, anySubject: true })).toEqual([
      { record, baseline: newest },
    ]);
    // Other settings are another task.
    const settings = { ...record.settings, timestep: 1 };
    const longer = others.map((one) => ({ ...one, settings }));
    expect(() => matchBaselines([record], longer, { path, anySubject: true })).toThrow(
      expect.objectContaining({ code: 'md/no-baseline' }),
    );
  });
});
