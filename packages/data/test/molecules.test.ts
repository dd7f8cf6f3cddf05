import { COVALENT_RADII, UnsupportedElementError } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConformerError, SmilesError } from '../src/molecules/errors.ts';
import { moleculesFromSmiles } from '../src/molecules/fromSmiles.ts';
import { generateSmiles } from '../src/molecules/generateSmiles.ts';

/** Bonds are within this of the sum of the covalent radii, relative: triple bonds and P=O. */
const BOND_TOLERANCE = 0.25;
/** Atoms that are not bonded are farther than this multiple of that sum: cyclopropane H...C. */
const CONTACT = 1.25;

const count = ({ numbers }: Atoms, z: number): number => numbers.filter((n) => n === z).length;
const one = (smiles: string, seed = 1): Atoms => moleculesFromSmiles(smiles, { seed })[0].atoms;

function ratios({ numbers, positions }: Atoms): { pair: [number, number]; ratio: number }[] {
  const all: { pair: [number, number]; ratio: number }[] = [];
  for (let i = 0; i < numbers.length; i++) {
    for (let j = 0; j < i; j++) {
      const d = [0, 1, 2].map((c) => positions[3 * i + c] - positions[3 * j + c]);
      const radii = COVALENT_RADII[numbers[i]] + COVALENT_RADII[numbers[j]];
      all.push({ pair: [i, j], ratio: Math.hypot(...d) / radii });
    }
  }
  return all;
}

test.each([
  ['C', 4, 0, 0],
  ['CCO', 6, 0, 0],
  ['c1ccccc1', 6, 0, 0],
  ['O', 2, 0, 0],
  ['[NH4+]', 4, 1, 0],
  ['CC(=O)[O-]', 3, -1, 0],
  ['C[NH3+].[Cl-]', 6, 0, 0],
  ['[CH3]', 3, 0, 1],
  ['[O]', 0, 0, 2],
  ['[O-]S(=O)(=O)[O-]', 0, -2, 0],
  ['CN(=O)=O', 3, 0, 0],
  ['[H]O[H]', 2, 0, 0],
  ['[H][H]', 2, 0, 0],
  ['Br', 1, 0, 0],
  ['C#C', 2, 0, 0],
  ['c1cc[nH]c1', 5, 0, 0],
  ['CP(=O)(O)OC', 7, 0, 0],
])(
  '%s has %i hydrogens, charge %i and %i unpaired electrons',
  (smiles, hydrogens, charge, spin) => {
    const atoms = one(smiles);
    expect(count(atoms, 1)).toBe(hydrogens);
    expect(atoms.charge).toBe(charge);
    expect(atoms.spin).toBe(spin);
    expect(atoms.info).toMatchObject({ smiles, conformer: 0 });
  },
);

/** Number of bonds by formula: rings and multiple bonds keep their number of sigma bonds. */
const BONDS: Record<string, number> = {
  CCO: 8,
  c1ccccc1: 12,
  'C1CC1C#N': 10,
  'CC(=O)N': 8,
  'FC=CBr': 5,
  'CS(=O)(=O)Cl': 7,
  'O=C=O': 2,
  'C#C': 3,
  Br: 1,
  '[H][H]': 1,
  CP: 6,
};

test.each(Object.keys(BONDS))('%s has bonds of usual length and no close contacts', (smiles) => {
  const near = ratios(one(smiles)).filter(({ ratio }) => ratio < CONTACT);
  expect(near).toHaveLength(BONDS[smiles]);
  for (const { ratio } of near) expect(Math.abs(ratio - 1)).toBeLessThan(BOND_TOLERANCE);
});

test('molecules of the generator are made, with sound geometry', () => {
  const smiles = generateSmiles({ count: 12, seed: 5, maxHeavyAtoms: 8 });
  for (const text of smiles) {
    const atoms = one(text);
    const all = ratios(atoms).map(({ ratio }) => ratio);
    expect(Math.min(...all, 1)).toBeGreaterThan(1 - BOND_TOLERANCE);
    expect(atoms.charge).toBeDefined();
  }
});

test('MMFF94 minimises what it knows; what it does not know is marked', () => {
  expect(one('CCO').info?.minimized).toBe(true);
  expect(one('CB(O)O').info?.minimized).toBe(false);
  const raw = moleculesFromSmiles('CCO', { seed: 1, minimize: false })[0].atoms;
  expect(raw.info?.minimized).toBe(false);
  expect(raw.positions).not.toEqual(one('CCO').positions);
});

test('conformers of a flexible molecule differ, and are the same in the next run', () => {
  const options = { conformers: 4, seed: 7 };
  const made = moleculesFromSmiles('NCCC(=O)O', options);
  expect(made).toHaveLength(4);
  expect(made.map(({ id }) => id)).toEqual([0, 1, 2, 3].map((k) => `NCCC(=O)O conformer ${k}`));
  expect(new Set(made.map(({ group }) => group)).size).toBe(1);
  const sorted = made.map(({ atoms }) =>
    ratios(atoms)
      .map(({ ratio }) => ratio)
      .sort((a, b) => a - b),
  );
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < i; j++) {
      const largest = Math.max(...sorted[i].map((x, k) => Math.abs(x - sorted[j][k])));
      expect(largest).toBeGreaterThan(0.05);
    }
  }
  expect(moleculesFromSmiles('NCCC(=O)O', options)).toEqual(made);
});

test('rigid molecules have one conformer, and ways of writing one group', () => {
  expect(moleculesFromSmiles('C1CC1', { seed: 1, conformers: 5 })).toHaveLength(1);
  const [a] = moleculesFromSmiles('OCC', { seed: 1 });
  const [b] = moleculesFromSmiles('C(C)O', { seed: 1 });
  expect(a.group).toBe(b.group);
});

test('stereo is kept: the two hands of a molecule are mirror images', () => {
  const volume = ({ positions: p }: Atoms): number => {
    const [a, b, c] = [1, 2, 3].map((i) => [0, 1, 2].map((x) => p[3 * i + x] - p[x]));
    return (
      a[0] * (b[1] * c[2] - b[2] * c[1]) -
      a[1] * (b[0] * c[2] - b[2] * c[0]) +
      a[2] * (b[0] * c[1] - b[1] * c[0])
    );
  };
  const [left, right] = ['[C@](F)(Cl)(Br)C', '[C@@](F)(Cl)(Br)C'].map((text) => volume(one(text)));
  // Seen from F, @ has Cl, Br, C turn to the left; seen from C, F, Cl, Br turn to the right.
  expect(left).toBeGreaterThan(1);
  expect(right).toBeLessThan(-1);
});

test.each([
  '',
  ' ',
  'C(',
  'C()',
  'C%',
  'C1CC',
  'C11',
  'C==C',
  'C.',
  '.C',
  '(C)',
  '1CC1',
  'CC)C',
  '[C',
  '[Xx]',
  '[CH',
  '*C',
  'C>>O',
  'CCO ethanol',
  'hello',
  'C=1CC-1',
  'C\u0000',
])('%j is not a SMILES', (smiles) => {
  expect(() => one(smiles)).toThrow(SmilesError);
  expect(() => one(smiles)).toThrow(expect.objectContaining({ code: 'data/not-smiles' }));
});

test.each([
  'F(C)C',
  'C(C)(C)(C)(C)C',
  'c1cccc1',
  'c1ccccc1c',
  '[CH9]',
  'N=N=N=N',
  '[N]',
  'C'.repeat(201),
])('%s is no possible molecule', (smiles) => {
  expect(() => one(smiles)).toThrow(SmilesError);
  expect(() => one(smiles)).toThrow(expect.objectContaining({ code: 'data/impossible-molecule' }));
});

test.each(['[Fe]', 'C[Mg]C', '[U]', '[He]'])('%s has an element without rules', (smiles) => {
  expect(() => one(smiles)).toThrow(UnsupportedElementError);
});

test('a molecule without a geometry says so', () => {
  // Cumulated double bonds in a bicycle of five atoms.
  expect(() => one('C12=C=C=C1C2')).toThrow(ConformerError);
});

test('any text gives molecules or a typed error', () => {
  const part = fc.stringMatching(/^([CNOFSPcnos123()[\]=#+\-.@H/\\%]|Cl|Br|\[nH\])$/);
  fc.assert(
    fc.property(fc.array(part, { maxLength: 7 }), (parts) => {
      try {
        const [{ atoms }] = moleculesFromSmiles(parts.join(''), { seed: 1, minimize: false });
        expect(atoms.positions.every(Number.isFinite)).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^data\//) });
      }
    }),
    { numRuns: 150, seed: 1 },
  );
});

test('options out of range are refused', () => {
  for (const options of [{ conformers: 0 }, { conformers: 1.5 }, { minDifference: -1 }]) {
    expect(() => moleculesFromSmiles('C', { seed: 1, ...options })).toThrow(
      expect.objectContaining({ code: 'data/invalid-option' }),
    );
  }
});
