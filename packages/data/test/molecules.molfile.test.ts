import { COVALENT_RADII, FileFormatError } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Molecule } from 'openchemlib';
import { moleculesFromSmiles } from '../src/molecules/fromSmiles.ts';
import { readMolfile } from '../src/molecules/molfile.ts';
import { readSdf } from '../src/molecules/sdf.ts';

const WATER = `water
  test              3D

  3  2  0  0  0  0  0  0  0  0999 V2000
    0.7570    0.5860    0.0000 H   0  0
    0.0000    0.0000    0.0000 O   0  0
   -0.7570    0.5860    0.0000 H   0  0
  1  2  1  0
  2  3  1  0
M  END
`;

const AMMONIUM = `ammonium, hydrogens implied
  test              3D

  0  0  0     0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 2 1 0 0 0
M  V30 BEGIN ATOM
M  V30 7 N 1.5e-1 0 -
M  V30 0.25 0 CHG=1
M  V30 3 C 1.62 0.1 0.2 0
M  V30 END ATOM
M  V30 BEGIN BOND
M  V30 1 1 7 3
M  V30 END BOND
M  V30 END CTAB
M  END
`;

/** Bonds to hydrogen are within this of the sum of the covalent radii, relative. */
const BOND_TOLERANCE = 0.1;
/** What V2000 writes, Angstrom. */
const ROUNDING = 1e-4;

const distance = ({ positions }: Atoms, i: number, j: number): number =>
  Math.hypot(...[0, 1, 2].map((c) => positions[3 * i + c] - positions[3 * j + c]));

test('coordinates of a V2000 file stay as they are', () => {
  const { atoms, title } = readMolfile(WATER, 'water.mol');
  expect(title).toBe('water');
  expect([...atoms.numbers]).toEqual([1, 8, 1]);
  expect([...atoms.positions]).toEqual([0.757, 0.586, 0, 0, 0, 0, -0.757, 0.586, 0]);
  expect(atoms).toMatchObject({ charge: 0, spin: 0, info: { hydrogensAdded: 0 } });
});

test('V3000: charges, continued lines, and hydrogens at sensible places', () => {
  const { atoms } = readMolfile(AMMONIUM.replaceAll('\n', '\r\n'), 'a.mol');
  expect([...atoms.numbers]).toEqual([7, 6, 1, 1, 1, 1, 1, 1]);
  expect([...atoms.positions.subarray(0, 6)]).toEqual([0.15, 0, 0.25, 1.62, 0.1, 0.2]);
  expect(atoms).toMatchObject({ charge: 1, spin: 0, info: { hydrogensAdded: 6 } });
  for (let h = 2; h < 8; h++) {
    const heavy = h < 5 ? 0 : 1;
    const sum = COVALENT_RADII[1] + COVALENT_RADII[atoms.numbers[heavy]];
    expect(Math.abs(distance(atoms, h, heavy) / sum - 1)).toBeLessThan(BOND_TOLERANCE);
    expect(distance(atoms, h, 1 - heavy)).toBeGreaterThan(1.8);
    for (let other = 2; other < h; other++) expect(distance(atoms, h, other)).toBeGreaterThan(1.5);
  }
  expect(readMolfile(AMMONIUM, 'a.mol', { addHydrogens: false }).atoms.numbers).toHaveLength(2);
});

/** The molecule of a SMILES with 3-D coordinates, as a molfile without its hydrogens. */
function bareFile(smiles: string, version: 'V2000' | 'V3000'): { file: string; whole: Atoms } {
  const whole = moleculesFromSmiles(smiles, { seed: 1 })[0].atoms;
  const molecule = Molecule.fromSmiles(smiles);
  const heavy = Array.from({ length: molecule.getAllAtoms() }, (_, i) => i);
  const bonds = Array.from({ length: molecule.getAllBonds() }, (_, b) => [
    molecule.getBondOrder(b),
    molecule.getBondAtom(0, b) + 1,
    molecule.getBondAtom(1, b) + 1,
  ]);
  const xyz = (i: number): string[] =>
    [0, 1, 2].map((c) => whole.positions[3 * i + c].toFixed(4).padStart(10));
  const charges = heavy.map((i) => molecule.getAtomCharge(i));
  const radicals = heavy.map((i) => molecule.getAtomRadical(i) / 16);
  const pad = (...values: number[]): string => values.map((v) => String(v).padStart(3)).join('');
  const head = `${smiles}\n  test              3D\n\n`;
  const lines =
    version === 'V2000'
      ? [
          `${pad(heavy.length, bonds.length)}  0  0  0  0  0  0  0  0999 V2000`,
          ...heavy.map((i) => `${xyz(i).join('')} ${molecule.getAtomLabel(i).padEnd(3)} 0  0`),
          ...bonds.map(([order, i, j]) => pad(i, j, order)),
          ...heavy.filter((i) => charges[i] !== 0).map((i) => `M  CHG  1 ${i + 1} ${charges[i]}`),
          ...heavy.filter((i) => radicals[i] !== 0).map((i) => `M  RAD  1 ${i + 1} ${radicals[i]}`),
        ]
      : [
          '  0  0  0     0  0            999 V3000',
          ...[
            'BEGIN CTAB',
            `COUNTS ${heavy.length} ${bonds.length} 0 0 0`,
            'BEGIN ATOM',
            ...heavy.map(
              (i) =>
                `${i + 1} ${molecule.getAtomLabel(i)} ${xyz(i).join(' ')} 0 CHG=${charges[i]} RAD=${radicals[i]}`,
            ),
            'END ATOM',
            'BEGIN BOND',
            ...bonds.map((bond, b) => `${b + 1} ${bond.join(' ')}`),
            'END BOND',
            'END CTAB',
          ].map((line) => `M  V30 ${line}`),
        ];
  return { file: `${head}${lines.join('\n')}\nM  END\n`, whole };
}

test.each([
  'CCO',
  'C=C',
  'CC#C',
  'c1ccccc1',
  'CC(=O)N',
  'c1cc[nH]c1',
  'CC(C)(C)O',
  'CS(=O)(=O)N',
  'CC(=O)[O-]',
  'OP(=O)(O)C',
  'C1CC1N',
  'C[CH]C',
  'CCCCCC',
])('%s comes back with its hydrogens, from V2000 and V3000', (smiles) => {
  for (const version of ['V2000', 'V3000'] as const) {
    const { file, whole } = bareFile(smiles, version);
    const { atoms } = readMolfile(file, 'bare.mol');
    const { charge, spin } = whole;
    expect([...atoms.numbers].sort()).toEqual([...whole.numbers].sort());
    expect(atoms).toMatchObject({ charge, spin });
    const heavy = atoms.numbers.filter((z) => z > 1).length;
    for (let i = 0; i < 3 * heavy; i++) {
      expect(Math.abs(atoms.positions[i] - whole.positions[i])).toBeLessThan(ROUNDING);
    }
    for (let h = heavy; h < atoms.numbers.length; h++) {
      const near = Array.from({ length: h }, (_, i) => distance(atoms, h, i)).sort((a, b) => a - b);
      expect(near[0]).toBeGreaterThan(0.9);
      if (near.length > 1) expect(near[1]).toBeGreaterThan(1.4);
    }
  }
});

test('ethene stays planar', () => {
  const { atoms } = readMolfile(bareFile('C=C', 'V3000').file, 'ethene.mol');
  const [a, b, c] = [1, 2, 3].map((i) =>
    [0, 1, 2].map((x) => atoms.positions[3 * (i + 1) + x] - atoms.positions[x]),
  );
  const volume =
    a[0] * (b[1] * c[2] - b[2] * c[1]) -
    a[1] * (b[0] * c[2] - b[2] * c[0]) +
    a[2] * (b[0] * c[1] - b[1] * c[0]);
  expect(Math.abs(volume)).toBeLessThan(1e-3);
});

test('a drawing gets a conformer, with the stereo of its wedges', () => {
  const drawing = Molecule.fromSmiles('C[C@H](N)C(=O)O').toMolfile();
  const { atoms } = readMolfile(drawing, 'alanine.mol');
  expect(atoms.numbers).toHaveLength(13);
  expect(atoms.info).toMatchObject({ coordinates: 'conformer', hydrogensAdded: 7 });
  expect(readMolfile(drawing, 'alanine.mol').atoms).toEqual(atoms);
  const mirror = readMolfile(Molecule.fromSmiles('C[C@@H](N)C(=O)O').toMolfile(), 'd.mol').atoms;
  const hand = ({ positions: p }: Atoms): number => {
    const [a, b, c] = [0, 2, 3].map((i) => [0, 1, 2].map((x) => p[3 * i + x] - p[3 + x]));
    return (
      a[0] * (b[1] * c[2] - b[2] * c[1]) -
      a[1] * (b[0] * c[2] - b[2] * c[0]) +
      a[2] * (b[0] * c[1] - b[1] * c[0])
    );
  };
  // Seen from CH3, H N COOH turn to the left for @; so do, seen from H, N CH3 COOH.
  expect(hand(atoms)).toBeGreaterThan(1);
  expect(hand(mirror)).toBeLessThan(-1);
});

test('charges and radicals of V2000 property lines', () => {
  const oxygen = (line: string): Atoms =>
    readMolfile(
      `o\n  test              3D\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 O   0  5\n${line}M  END\n`,
      'o.mol',
    ).atoms;
  expect(oxygen('')).toMatchObject({ charge: -1, spin: 0 });
  expect([...oxygen('').numbers]).toEqual([8, 1]);
  expect(oxygen('M  CHG  1   1  -2\n')).toMatchObject({ charge: -2, spin: 0 });
  expect(oxygen('M  RAD  1   1   2\n')).toMatchObject({ charge: 0, spin: 1 });
});

const SDF = `${WATER}> <ENERGY>\n-76.4\nhartree\n\n>  <NAME> (1)\nwater\n\n$$$$\n${AMMONIUM}$$$$\n`;

test('all records of an SDF file, with their data', () => {
  const records = readSdf(SDF, 'set.sdf');
  expect(records.map(({ title }) => title)).toEqual(['water', 'ammonium, hydrogens implied']);
  expect(records[0].properties).toEqual({ ENERGY: '-76.4\nhartree', NAME: 'water' });
  expect(records[1].properties).toEqual({});
  expect(readSdf(WATER, 'one.sdf')).toHaveLength(1);
});

test.each([
  ['an empty file', '', 'molfile/empty', 'x.sdf'],
  ['a number of atoms', SDF.replace('  3  2', '  x  2'), 'molfile/malformed', 'x.sdf:4'],
  ['a coordinate', SDF.replace('0.7570', '0.7x70'), 'molfile/malformed', 'x.sdf:5'],
  ['an element', SDF.replace(' O ', ' R#'), 'molfile/malformed', 'x.sdf:6'],
  ['a bond to nowhere', SDF.replace('  2  3  1', '  2  4  1'), 'molfile/malformed', 'x.sdf:9'],
  ['a bond twice', SDF.replace('  2  3  1', '  2  1  1'), 'molfile/malformed', 'x.sdf:9'],
  [
    'a record in the middle',
    SDF.replace('M  V30 7 N', 'M  V30 7'),
    'molfile/malformed',
    'x.sdf:27',
  ],
  ['one atom twice', SDF.replace('-0.7570', ' 0.7570'), 'molfile/bad-geometry', 'x.sdf, record 1'],
  ['other units', SDF.replace('-0.7570', '-75.700'), 'molfile/bad-geometry', 'x.sdf, record 1'],
  ['a file cut off', SDF.split('\n').slice(0, 6).join('\n'), 'molfile/truncated', 'x.sdf'],
  ['too many bonds', WATER.replace('  1  2  1', '  1  2  3'), 'molfile/bad-valence', 'x.sdf'],
])('an error in %s is told with its place', (_, text, code, where) => {
  expect(() => readSdf(text, 'x.sdf')).toThrow(FileFormatError);
  expect(() => readSdf(text, 'x.sdf')).toThrow(
    expect.objectContaining({ code, where: expect.stringContaining(where) }),
  );
});

test('a molfile cut off anywhere is refused', () => {
  for (const text of [WATER, AMMONIUM]) {
    const whole = text.trimEnd().length;
    for (let length = 0; length < whole; length++) {
      expect(() => readMolfile(text.slice(0, length), 'cut.mol')).toThrow(FileFormatError);
    }
  }
});

test('changed files give a sound structure or a typed error', () => {
  const edit = fc.record({
    at: fc.nat(SDF.length - 1),
    remove: fc.nat(4),
    insert: fc.oneof(
      fc.constantFrom(
        '',
        ' ',
        '\n',
        '9',
        '-',
        'C',
        'e99',
        'NaN',
        '1e',
        '$$$$\n',
        'M  END\n',
        '\u0000',
      ),
      fc.string({ maxLength: 4 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      let text = SDF;
      for (const { at, remove, insert } of edits) {
        text = text.slice(0, at) + insert + text.slice(at + remove);
      }
      try {
        for (const { atoms } of readSdf(text, 'changed.sdf')) {
          expect(atoms.positions.every((x) => Math.abs(x) < 1e4 + 10)).toBe(true);
          expect(atoms.positions).toHaveLength(3 * atoms.numbers.length);
        }
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(molfile|data)\//) });
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});
