import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FileFormatError, MlffdError, symbols } from '@mlffd/core';
import { readCif } from '../src/formats/cif.ts';
import { readPdb } from '../src/formats/pdb.ts';
import { readPoscar } from '../src/formats/poscar.ts';
import { readStructures } from '../src/formats/readStructures.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures', 'formats', name), 'utf8');

/** Code and place of the error. */
function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof FileFormatError) return `${error.code} ${error.where ?? ''}`;
    throw error;
  }
  return 'no error';
}

describe('POSCAR', () => {
  const lines = [
    'NaCl',
    '1.0',
    '5 0 0',
    '0 5 0',
    '0 0 5',
    'Na Cl',
    '1 1',
    'Direct',
    '0 0 0',
    '0.5 0.5 0.5 Cl',
  ];
  const put = (line: number, text: string): string => lines.with(line - 1, text).join('\n');

  test.each<[string, string, string]>([
    ['scale 0', put(2, '0.0'), 'bad-scale f:2'],
    ['two factors', put(2, '1.0 2.0'), 'bad-scale f:2'],
    ['three factors, one negative', put(2, '1 1 -1'), 'bad-scale f:2'],
    ['text for a factor', put(2, 'one'), 'bad-number f:2:1'],
    ['text after a factor', put(2, '1 1 1 1'), 'extra-text f:2:7'],
    ['short lattice vector', put(4, '0 5'), 'bad-lattice f:4'],
    ['no volume', put(4, '5 0 0'), 'zero-volume f:5'],
    ['unknown element', put(6, 'Na Xx'), 'unknown-element f:6:4'],
    ['VASP 4', lines.toSpliced(5, 1).join('\n'), 'no-symbols f:6'],
    ['one count', put(7, '2'), 'bad-counts f:7'],
    ['count 0', put(7, '2 0'), 'bad-count f:7:3'],
    ['wild count', put(7, '1 900000000'), 'truncated f:10'],
    ['neither Direct nor Cartesian', put(8, 'Fractional'), 'bad-mode f:8'],
    ['two coordinates', put(9, '0 0'), 'bad-row f:9'],
    ['NaN', put(9, '0 NaN 0'), 'bad-number f:9:3'],
    ['another element in the row', put(10, '.5 .5 .5 Na'), 'wrong-element f:10:10'],
    ['one row more', [...lines, '0 0 0.5'].join('\n'), 'too-many-rows f:11:1'],
    ['one row less', lines.slice(0, -1).join('\n'), 'truncated f:9'],
    ['no flags', put(8, 'Selective\nDirect'), 'bad-row f:10'],
    ['empty', '', 'truncated f:1'],
  ])('%s', (_, text, expected) => {
    expect(refusal(() => readPoscar(text, 'f'))).toBe(`poscar/${expected}`);
  });

  test('symbols for VASP 4, and symbols that contradict the file', () => {
    const old = lines.toSpliced(5, 1).join('\n').replace('0.5 Cl', '0.5');
    expect(symbols(readPoscar(old, 'f', { symbols: ['K', 'F'] }).atoms)).toEqual(['K', 'F']);
    expect(refusal(() => readPoscar(lines.join('\n'), 'f', { symbols: ['K', 'F'] }))).toBe(
      'poscar/other-symbols f:6',
    );
    expect(refusal(() => readPoscar(old, 'f', { symbols: ['K', 'Xx'] }))).toBe(
      'poscar/bad-counts f:6',
    );
  });

  test('Windows line ends and a byte order mark change nothing', () => {
    const plain = readPoscar(lines.join('\n'), 'f');
    expect(readPoscar(`\ufeff${lines.join('\r\n')}\r\n`, 'f')).toEqual(plain);
  });
});

describe('CIF', () => {
  const quartz = fixture('quartz.cif');
  const swap = (from: string | RegExp, to: string, text = quartz): string => {
    expect(text).toMatch(from);
    return text.replace(from, to);
  };
  const p1Rows = '_atom_site_fract_z\nNa 0 0 0\nCl 0.5 0.5 0.5\n';
  const small = (extra: string): string =>
    'data_x\n_cell_length_a 5\n_cell_length_b 5\n_cell_length_c 5\n_cell_angle_alpha 90\n' +
    `_cell_angle_beta 90\n_cell_angle_gamma 90\n${extra}\nloop_\n_atom_site_label\n` +
    `_atom_site_fract_x\n_atom_site_fract_y\n${p1Rows}`;
  const named = "_symmetry_space_group_name_H-M 'P 1'";

  test.each<[string, string, string]>([
    ['no operations', swap(/loop_\n_space_group_symop[^]*?loop_/, 'loop_'), 'no-symmetry f:1:1'],
    ['no word of symmetry', small(''), 'no-symmetry f:1:1'],
    ['an operation lost', swap(/^'.*'\n/m, ''), 'bad-symmetry f:12:1'],
    ['bad operation', swap(/^'.*'\n/m, "'x, y, q'\n"), 'bad-symmetry f:12:1'],
    ['operations of another cell', swap('120', '90'), 'bad-symmetry f:12:1'],
    ['wrong name', swap('P 31 2 1', 'P 1'), 'bad-symmetry f:12:1'],
    ['volume', swap('data_quartz', 'data_quartz\n_cell_volume 213'), 'wrong-volume f:2:14'],
    ['no cell', swap(/_cell_length_b.*/, ''), 'no-cell f:1:1'],
    ['impossible angles', swap(/(gamma) 120/, '$1 200'), 'bad-cell f:2:16'],
    ['flat cell', swap('4.9134(1)', '0.01'), 'bad-cell f:2:16'],
    [
      'partial occupancy',
      swap('0 0 0 1.0', '0 0 0 0.5(1)', fixture('rocksalt.cif')),
      'partial-occupancy',
    ],
    ['unknown element', swap('Si1', 'Xx1'), 'unknown-element'],
    ['calcium or carbon', swap('Si1', 'CA1'), 'unknown-element'],
    ['Cartesian', swap(/fract_/g, 'Cartn_'), 'no-coordinates f:1:1'],
    ['text for a coordinate', swap('0.4699(1)', '0.46x'), 'bad-number'],
    ['too close', swap('O1 0.4141(2) 0.2681(2) 0.4521(1)', 'O1 0.47 0 0.3'), 'too-close'],
    ['off its axis', swap('0.4699(1) 0.0000', '0.4699(1) 0.02'), 'too-close'],
    ['row cut short', swap(/ 0.4521\(1\)/, ''), 'bad-loop'],
    ['no value', `${quartz}_journal_name`, 'missing-value'],
    ['value too many', `${small(named)}_a 1 2`, 'stray-value'],
    ['tag twice', `${small(named)}_cell_length_a 5`, 'duplicate-tag'],
    ['open quote', `${quartz}_a 'b`, 'unclosed-quote'],
    ['open text', `${quartz}_a\n;b`, 'unclosed-text'],
    ['CIF 2', `#\\#CIF_2.0\n${quartz}`, 'unsupported f:1:1'],
    ['save frame', `${quartz}save_x`, 'unsupported'],
    ['no block', '_cell_length_a 5', 'no-block f:1:1'],
    ['no atoms', 'data_x\n_a 1', 'empty f'],
    ['a page of the web', '<!DOCTYPE html><html></html>', 'no-block f:1:1'],
  ])('%s', (_, text, expected) => {
    const found = refusal(() => readCif(text, 'f'));
    expect(found.slice(0, `cif/${expected}`.length)).toBe(`cif/${expected}`);
  });

  test('P 1 by name or number, or because the caller says so', () => {
    const plain = readCif(small(named), 'f')[0];
    expect(plain.atoms.numbers).toEqual(Int32Array.of(11, 17));
    for (const text of ['_space_group_IT_number 1', "_space_group_name_Hall 'P 1'"]) {
      expect(readCif(small(text), 'f')[0].atoms.positions).toEqual(plain.atoms.positions);
    }
    expect(readCif(small(''), 'f', { assumeP1: true })[0].atoms.positions).toEqual(
      plain.atoms.positions,
    );
    expect(() => readCif(small(named), 'f', { tolerance: 1 })).toThrow(MlffdError);
  });

  test('rows listed twice and names with points are the same', () => {
    const [plain] = readCif(quartz, 'f');
    const twice = `${quartz.trimEnd()}\n${quartz.trimEnd().split('\n').at(-1)!}\n`;
    expect(readCif(twice, 'f')).toEqual([plain]);
    const pointed = quartz
      .replaceAll('_atom_site_', '_atom_site.')
      .replaceAll('_cell_', '_cell.')
      .replace('symop_', 'symop.');
    expect(readCif(pointed, 'f')).toEqual([plain]);
  });
});

describe('PDB', () => {
  const alanine = fixture('alanine.pdb');
  const row = (name: string, residue = 'LIG', element = '  '): string =>
    `HETATM    1 ${name} ${residue} A   1       1.000   2.000   3.000  1.00  0.00          ${element}`;
  const crystal = (group: string): string =>
    `CRYST1   12.000   13.000   14.000  90.00  90.00  90.00 ${group}\n`;

  test.each<[string, string, string]>([
    ['alternate location', alanine.replace('  N   ALA', '  N  AALA'), 'alternate-location f:2:17'],
    ['partial occupancy', alanine.replace('1.00', '0.40'), 'partial-occupancy f:2:55'],
    ['space group', crystal('P 21 21 21') + alanine, 'space-group f:1:56'],
    ['tab', alanine.replace('ATOM      1', 'ATOM   \t  1'), 'tab f:2:8'],
    ['short row', alanine.split('\n')[1].slice(0, 50), 'bad-coordinate f:1:47'],
    ['unknown element', row(' C1 ', 'LIG', 'Xx'), 'unknown-element f:1:77'],
    ['chlorine or carbon', row('CL1 '), 'ambiguous-element f:1:13'],
    ['a name that is no element', row('Q1  '), 'unknown-element f:1:13'],
    ['charge', `${row(' N1 ', 'LIG', ' N')}xx`, 'bad-charge f:1:79'],
    ['long row', `${row(' N1 ', 'LIG', ' N')}  x`, 'long-row f:1:81'],
    ['record', `ATM   1\n${alanine}`, 'bad-record f:1:1'],
    ['open model', `MODEL 1\n${row(' C1 ')}`, 'truncated f:2'],
    ['END in a model', `MODEL 1\n${row(' C1 ')}\nEND`, 'bad-model f:3:1'],
    ['model in a model', `MODEL 1\nMODEL 2`, 'bad-model f:2:1'],
    ['ENDMDL alone', `ENDMDL`, 'bad-model f:1:1'],
    ['atom outside', `MODEL 1\n${row(' C1 ')}\nENDMDL\n${row(' C1 ')}`, 'bad-model f:4:1'],
    ['empty', 'REMARK\n', 'empty f:2'],
    [
      'another orientation',
      `${crystal('P 1')}SCALE1      0.000000  0.076923  0.000000        0.00000\n${alanine}`,
      'other-orientation f:2:11',
    ],
  ])('%s', (_, text, expected) => {
    expect(refusal(() => readPdb(text, 'f'))).toBe(`pdb/${expected}`);
  });

  test.each([
    [' CA ', 'ALA', 'C'],
    ['CA  ', ' CA', 'Ca'],
    ['HG11', 'VAL', 'H'],
    ['1HB ', 'ALA', 'H'],
    ['ZN  ', 'LIG', 'Zn'],
    [' O1 ', 'LIG', 'O'],
  ])('the element of the name %s in %s is %s', (name, residue, symbol) => {
    expect(symbols(readPdb(row(name, residue), 'f')[0].atoms)).toEqual([symbol]);
  });

  test('one of several locations, and none where it is not everywhere', () => {
    const rows = ['A', 'B'].map((altloc, k) =>
      row(` C${k}`.padEnd(4), 'LIG', ' C').replace(/^(.{16})./, `$1${altloc}`),
    );
    const same = rows.map((text) => text.replace(/ C\d /, ' C1 '));
    const [frame] = readPdb(same.join('\n'), 'f', { altloc: 'B' });
    expect(frame.atoms.numbers).toHaveLength(1);
    expect(refusal(() => readPdb(rows.join('\n'), 'f', { altloc: 'A' }))).toBe(
      'pdb/alternate-location f:2',
    );
  });

  test('cells: P 1, the unit cell that means none, and none on demand', () => {
    const scale = 'SCALE1      0.083333  0.000000  0.000000        0.00000\n';
    expect(readPdb(crystal('P 1') + scale + alanine, 'f')[0].atoms.cell[4]).toBe(13);
    const none = 'CRYST1    1.000    1.000    1.000  90.00  90.00  90.00 P 1           1\n';
    expect(readPdb(none + alanine, 'f')[0].atoms.pbc).toEqual([false, false, false]);
    const molecule = readPdb(crystal('C 2') + alanine, 'f', { crystal: 'ignore' })[0];
    expect(molecule.atoms.pbc).toEqual([false, false, false]);
  });
});

describe('readStructures', () => {
  const { folder, remove } = makeTemporaryFolder();
  afterAll(remove);
  const failure = async (path: string): Promise<unknown> => {
    try {
      await readStructures(path);
    } catch (error) {
      return error instanceof MlffdError ? `${error.code}: ${error.message}` : error;
    }
    return 'no error';
  };

  test('an unknown name tells the known ones', async () => {
    const found = await failure(join(folder, 'a.mol2'));
    expect(found).toMatch(/^formats\/unknown: .*POSCAR.*\.cif.*\.db, found '\.mol2'$/);
  });

  test('a file that is not there, extended XYZ, and a format that is told', async () => {
    expect(await failure(join(folder, 'a.cif'))).toMatch(/^fs\/not-found/);
    const path = join(folder, 'a.xyz');
    writeFileSync(path, '1\n\nHe 0 0 0\n');
    expect((await readStructures(path))[0].atoms.numbers).toEqual(Int32Array.of(2));
    const odd = join(folder, 'relaxed.out');
    writeFileSync(odd, fixture('ase.vasp'));
    expect((await readStructures(odd, { format: 'poscar' }))[0].atoms.numbers).toHaveLength(8);
  });
});
