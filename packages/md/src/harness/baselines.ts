import { basename, dirname, resolve } from 'node:path';
import { lockFolder, type Machine, machineDifferences, machineKey } from '@mlffd/core';
import { BaselineError } from './errors.ts';
import { readRecords, readRecordsIfAny, writeRecords } from './recordFile.ts';
import type { HarnessRecord } from './types.ts';

const KIND = 'mlffd-benchmark-baselines';

/** What a record is looked up by. */
export type RecordIdentity = Pick<HarnessRecord, 'key' | 'machine' | 'subject' | 'settings'> & {
  readonly system: Pick<HarnessRecord['system'], 'name' | 'hash'>;
};

/**
 * Baselines of a file that may be compared on this machine.
 *
 * @throws BaselineError `md/other-machine` where all are of other machines
 * @throws FileSystemError, FileFormatError
 */
export function readBaselines(path: string, machine: Machine): readonly HarnessRecord[] {
  const records = readRecords(path, KIND);
  const here = machineKey(machine);
  const own = records.filter((record) => machineKey(record.machine) === here);
  if (own.length > 0) return own;
  if (records.length === 0) throw noBaseline(path, 'any record', 'none');
  const others = new Map(records.map((record) => [machineKey(record.machine), record.machine]));
  const [nearest] = [...others.values()].sort(
    (a, b) => machineDifferences(a, machine).length - machineDifferences(b, machine).length,
  );
  throw new BaselineError(
    'md/other-machine',
    'the baselines were measured on another machine, and times of different machines are not comparable',
    {
      expected: `this machine: ${here}`,
      found: `${[...others.keys()].join('; ')} (nearest: ${machineDifferences(nearest, machine).join(', ')})`,
      where: path,
      hint: 'Compare on that machine, or measure a baseline here: run once with --save-baseline.',
    },
  );
}

/**
 * The baseline of each record that has one: of the same machine, system and settings, and of the same
 * subject or, with `anySubject`, else of the one that was measured last.
 *
 * @throws BaselineError `md/no-baseline` where no record has one
 */
export function matchBaselines<R extends RecordIdentity>(
  records: readonly R[],
  baselines: readonly HarnessRecord[],
  options: { readonly path: string; readonly anySubject?: boolean },
): readonly { readonly record: R; readonly baseline: HarnessRecord }[] {
  const byDate = baselines.toSorted((a, b) => (a.date < b.date ? 1 : -1));
  const pairs = records.flatMap((record) => {
    const baseline =
      byDate.find(({ key }) => key === record.key) ??
      (options.anySubject === true ? byDate.find((other) => isSameTask(record, other)) : undefined);
    return baseline === undefined ? [] : [{ record, baseline }];
  });
  if (pairs.length > 0) return pairs;
  const known = baselines.map(({ system, subject }) => `${system.name} of ${subject.name}`);
  throw noBaseline(
    options.path,
    `one of ${records.map(({ system }) => system.name).join(', ')}, with the same subject and settings`,
    [...new Set(known)].slice(0, 8).join(', '),
  );
}

function isSameTask(record: RecordIdentity, other: HarnessRecord): boolean {
  return (
    record.system.hash === other.system.hash &&
    machineKey(record.machine) === machineKey(other.machine) &&
    Object.entries(record.settings).every(
      ([name, value]) => other.settings[name as keyof typeof other.settings] === value,
    )
  );
}

/**
 * Refuses to save what is there already.
 *
 * @throws BaselineError `md/baseline-exists`; FileSystemError, FileFormatError
 */
export function requireNew(path: string, records: readonly RecordIdentity[]): void {
  const keys = new Set(readRecordsIfAny(path, KIND).map(({ key }) => key));
  const known = records.filter(({ key }) => keys.has(key));
  if (known.length === 0) return;
  throw new BaselineError('md/baseline-exists', 'there are such baselines already', {
    expected: 'no baseline of the same machine, subject, system and settings',
    found: known.map(({ system }) => system.name).join(', '),
    where: path,
    hint: 'Save to another file, or replace them: --replace-baseline.',
  });
}

/**
 * Adds records to a file of baselines, one process at a time.
 *
 * @throws BaselineError `md/baseline-exists`, unless `replace` is set
 * @throws FileSystemError, FileFormatError; the file is left as it was
 */
export function saveBaselines(
  path: string,
  records: readonly HarnessRecord[],
  options: { readonly replace?: boolean } = {},
): void {
  const file = `.${basename(path)}.lock`;
  const release = lockFolder(dirname(resolve(path)), { file, action: 'saving baselines in' });
  try {
    if (options.replace !== true) requireNew(path, records);
    const keys = new Set(records.map(({ key }) => key));
    const kept = readRecordsIfAny(path, KIND).filter(({ key }) => !keys.has(key));
    writeRecords(path, KIND, [...kept, ...records]);
  } finally {
    release();
  }
}

function noBaseline(path: string, expected: string, found: string): BaselineError {
  return new BaselineError('md/no-baseline', 'there is no baseline to compare with', {
    expected,
    found: found === '' ? 'none' : found,
    where: path,
    hint: 'Measure one first: run the same command with --save-baseline.',
  });
}
