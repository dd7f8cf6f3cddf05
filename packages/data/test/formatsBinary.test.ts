import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FileFormatError, FileSystemError, KCAL_PER_MOL } from '@mlffd/core';
import { strToU8, zipSync } from 'fflate';
import initSqlJs from 'sql.js';
import { readAseDb } from '../src/formats/aseDb.ts';
import { readMd17Npz } from '../src/formats/md17.ts';
import type { ReadMd17Options } from '../src/formats/md17.ts';

const folder = join(import.meta.dirname, 'fixtures', 'formats');

function npy(descr: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = header.padEnd(117) + '\n';
  const start = Uint8Array.of(0x93, ...strToU8('NUMPY'), 1, 0, padded.length, 0);
  return Uint8Array.of(...start, ...strToU8(padded), ...data);
}

const f8 = (shape: readonly number[], values: readonly number[]): Uint8Array =>
  npy('<f8', shape, new Uint8Array(Float64Array.from(values).buffer));

/** Water in the layout of MD17; energies in kcal/mol. */
function water(change: Readonly<Record<string, Uint8Array>> = {}, scale = 1): Uint8Array {
  const files = {
    'z.npy': npy('|u1', [3], Uint8Array.of(8, 1, 1)),
    'R.npy': f8([1, 3, 3], [0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0]),
    'E.npy': f8([1], [-47900 * scale]),
    'F.npy': f8(
      [1, 3, 3],
      [20, 5, 0, -10, 0, 0, -10, -5, 0].map((f) => f * scale),
    ),
    ...change,
  };
  return zipSync(files);
}

function refusal(bytes: Uint8Array, options: ReadMd17Options = { units: 'kcal/mol' }): string {
  try {
    readMd17Npz(bytes, 'f', options);
  } catch (error) {
    if (error instanceof FileFormatError) return `${error.code} ${error.where ?? ''}`;
    throw error;
  }
  return 'no error';
}

describe('MD17 npz', () => {
  test('energies in eV', () => {
    const [frame] = readMd17Npz(water(), 'f', { units: 'kcal/mol' });
    expect(frame.results.energy).toBe(-47900 * KCAL_PER_MOL);
    expect(frame.results.forces![0]).toBe(20 * KCAL_PER_MOL);
  });

  const text = (value: string): Uint8Array =>
    npy(
      `<U${value.length}`,
      [1],
      new Uint8Array(Uint32Array.from(value, (c) => c.codePointAt(0)!).buffer),
    );

  test.each<[string, Uint8Array, string]>([
    ['no archive', strToU8('E,F\n1,2\n'), 'damaged f'],
    ['no positions', zipSync({ 'z.npy': npy('|u1', [1], Uint8Array.of(1)) }), 'unknown-layout f'],
    ['both layouts', water({ 'coords.npy': f8([1], [0]) }), 'unknown-layout f'],
    [
      'wrong shape',
      water({ 'F.npy': f8([3, 3], new Array<number>(9).fill(0)) }),
      'bad-shape f, array F',
    ],
    ['NaN', water({ 'E.npy': f8([1], [NaN]) }), 'non-finite f, array E'],
    [
      'big-endian',
      water({ 'E.npy': npy('>f8', [1], new Uint8Array(8)) }),
      'unsupported-type f, array E',
    ],
    [
      'objects',
      water({ 'E.npy': npy('|O', [1], new Uint8Array(8)) }),
      'unsupported-type f, array E',
    ],
    ['cut array', water({ 'E.npy': npy('<f8', [2], new Uint8Array(8)) }), 'truncated f, array E'],
    ['no array', water({ 'E.npy': strToU8('1.0') }), 'bad-header f, array E'],
    [
      'no element',
      water({ 'z.npy': npy('|u1', [3], Uint8Array.of(8, 0, 1)) }),
      'unknown-element f, geometry 0',
    ],
    ['Bohr', water({ 'r_unit.npy': text('Bohr') }), 'unknown-unit f, array r_unit'],
    ['another unit', water({ 'e_unit.npy': text('eV') }), 'unknown-unit f'],
  ])('%s', (_, bytes, expected) => {
    expect(refusal(bytes)).toBe(`npz/${expected}`);
  });

  test('the unit must be known, and fit the data', () => {
    expect(refusal(water(), {})).toBe('npz/unknown-unit f');
    expect(refusal(water(), { units: 'eV' })).toBe('npz/implausible-units f');
    expect(refusal(water(), { units: 'Hartree' })).toBe('npz/implausible-units f');
    expect(refusal(water({}, KCAL_PER_MOL))).toBe('npz/implausible-units f');
    expect(refusal(water({}, KCAL_PER_MOL), { units: 'eV' })).toBe('no error');
    expect(refusal(water(), { units: 'eV', checkUnits: false })).toBe('no error');
    expect(refusal(water({ 'e_unit.npy': text('kcal/mol') }), {})).toBe('no error');
  });

  test('energies of another zero are judged by the forces, positions by distances', () => {
    const shifted = { 'E.npy': f8([1], [-230]) };
    expect(refusal(water(shifted))).toBe('no error');
    expect(refusal(water(shifted), { units: 'Hartree' })).toBe('npz/implausible-units f');
    const bohr = [0, 0, 0, 1.81, 0, 0, -0.45, 1.76, 0];
    expect(refusal(water({ 'R.npy': f8([1, 3, 3], bohr) }))).toBe('npz/implausible-units f');
  });
});

describe('ASE database', () => {
  const bytes = new Uint8Array(readFileSync(join(folder, 'ase.db')));

  async function changed(statement: string): Promise<string> {
    const { Database } = await initSqlJs();
    const database = new Database(bytes);
    database.run(statement);
    const content = database.export();
    database.close();
    return codeOf(content);
  }

  async function codeOf(content: string | Uint8Array): Promise<string> {
    try {
      await readAseDb(content, { where: 'f' });
    } catch (error) {
      if (error instanceof FileFormatError) return `${error.code} ${error.where ?? ''}`;
      throw error;
    }
    return 'no error';
  }

  test.each([
    ["UPDATE information SET value = '10'", 'version f'],
    ['DROP TABLE information', 'version f'],
    ['DELETE FROM systems', 'empty f'],
    ['ALTER TABLE systems DROP COLUMN stress', 'damaged f'],
    ['UPDATE systems SET natoms = 5 WHERE id = 2', 'bad-row f, row 2'],
    ['UPDATE systems SET natoms = NULL WHERE id = 2', 'bad-row f, row 2'],
    ['UPDATE systems SET positions = NULL WHERE id = 1', 'bad-row f, row 1'],
    ["UPDATE systems SET energy = 'low' WHERE id = 1", 'bad-row f, row 1'],
    ['UPDATE systems SET pbc = 8 WHERE id = 1', 'bad-row f, row 1'],
    ['UPDATE systems SET stress = forces WHERE id = 1', 'no error'],
    ["UPDATE systems SET forces = x'00' WHERE id = 1", 'bad-row f, row 1'],
    [
      "UPDATE systems SET cell = x'" + '000000000000f07f'.repeat(9) + "' WHERE id = 1",
      'bad-row f, row 1',
    ],
    ["UPDATE systems SET key_value_pairs = '{' WHERE id = 1", 'bad-row f, row 1'],
    ["UPDATE systems SET key_value_pairs = '[]' WHERE id = 1", 'bad-row f, row 1'],
    [`UPDATE systems SET key_value_pairs = '{"a":[1]}' WHERE id = 1`, 'bad-row f, row 1'],
    ["UPDATE systems SET numbers = x'0000000000000000' WHERE id = 1", 'unknown-element f, row 1'],
    ["UPDATE information SET value = '8'", 'no error'],
  ])('%s', async (statement, expected) => {
    expect(await changed(statement)).toBe(
      expected === 'no error' ? expected : `ase-db/${expected}`,
    );
  });

  test('other content, and no file', async () => {
    expect(await codeOf(strToU8('{"1": {}}'))).toBe('ase-db/not-sqlite f');
    expect(await codeOf(bytes.slice(0, 5000))).toBe('ase-db/damaged f');
    await expect(readAseDb(join(folder, 'none.db'))).rejects.toThrow(FileSystemError);
  });
});
