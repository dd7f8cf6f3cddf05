import { createAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { expect, test } from '@jest/globals';
import { diamond, rocksalt } from '../src/build/crystals.ts';
import { checkHydrogens } from '../src/molecules/checkHydrogens.ts';
import { MissingHydrogensError } from '../src/molecules/errors.ts';
import { moleculesFromSmiles } from '../src/molecules/fromSmiles.ts';
import { rattle } from '../src/perturb.ts';

const set = (...all: Atoms[]): { atoms: Atoms }[] => all.map((atoms) => ({ atoms }));

function strip(atoms: Atoms): Atoms {
  const heavy = Array.from(atoms.numbers.keys()).filter((i) => atoms.numbers[i] !== 1);
  return createAtoms({
    numbers: heavy.map((i) => atoms.numbers[i]),
    positions: heavy.map((i) => atoms.positions.subarray(3 * i, 3 * i + 3)),
  });
}

const organic = ['CCCC', 'c1ccccc1', 'CC(=O)N', 'CCO', 'CC#N', 'OCCN', 'c1ccncc1', 'C1CC1'].map(
  (smiles) => moleculesFromSmiles(smiles, { seed: 1 })[0].atoms,
);

test('organic molecules without hydrogens are refused, with a hint', () => {
  const bare = set(...organic.map(strip));
  expect(() => {
    checkHydrogens(bare, { where: 'set.xyz' });
  }).toThrow(MissingHydrogensError);
  expect(() => {
    checkHydrogens(bare, { where: 'set.xyz' });
  }).toThrow(
    expect.objectContaining({
      code: 'data/missing-hydrogens',
      where: 'set.xyz, first at structure 0',
      hint: expect.stringContaining('explicit hydrogens'),
    }),
  );
});

test('each of them alone is refused too, also rattled', () => {
  for (const atoms of organic) {
    const bare = strip(atoms);
    expect(() => {
      checkHydrogens(set(bare));
    }).toThrow(MissingHydrogensError);
    expect(() => {
      checkHydrogens(set(rattle(bare, { stdev: 0.03, seed: 1 })));
    }).toThrow(MissingHydrogensError);
  }
});

test('molecules with hydrogens pass', () => {
  checkHydrogens(set(...organic));
  // A few molecules are not what the set is.
  checkHydrogens(set(...organic.map(strip), organic[0]));
  expect(organic[0].numbers).toContain(1);
});

/** Truncated icosahedron with the two bond lengths of C60, 1.45 and 1.40 Angstrom. */
function c60(): Atoms {
  const phi = (1 + Math.sqrt(5)) / 2;
  const seeds = [
    [0, 1, 3 * phi],
    [1, 2 + phi, 2 * phi],
    [phi, 2, 2 * phi + 1],
  ];
  const sites = new Map<string, number[]>();
  for (const [a, b, c] of seeds) {
    for (let bits = 0; bits < 8; bits++) {
      const [x, y, z] = [a, b, c].map((v, k) => ((bits >> k) % 2 === 0 ? v : -v) + 0);
      for (const site of [
        [x, y, z],
        [y, z, x],
        [z, x, y],
      ]) {
        sites.set(
          site
            .map((v) => v.toFixed(3))
            .join(' ')
            .replaceAll('-0.000', '0.000'),
          site,
        );
      }
    }
  }
  // Edges of length 2 become 1.43 Angstrom.
  const positions = [...sites.values()].map((site) => site.map((v) => 0.715 * v));
  return createAtoms({ numbers: positions.map(() => 6), positions });
}

function graphite(): Atoms {
  const a = 2.46;
  return createAtoms({
    numbers: [6, 6, 6, 6],
    positions: [
      [0, 0, 0],
      [0, a / Math.sqrt(3), 0],
      [0, 0, 3.35],
      [a / 2, a / Math.sqrt(12), 3.35],
    ],
    cell: [
      [a, 0, 0],
      [-a / 2, (a * Math.sqrt(3)) / 2, 0],
      [0, 0, 6.7],
    ],
    pbc: true,
  });
}

const sound: Record<string, Atoms> = {
  C60: c60(),
  graphite: graphite(),
  'stretched diamond': diamond('C', 3.75),
  diamond: diamond('C', 3.567),
  salt: rocksalt(['Na', 'Cl'], 5.64),
  carbide: rocksalt(['Ti', 'C'], 4.33),
  'carbon atom': createAtoms({ numbers: [6], positions: [[0, 0, 0]] }),
  ...Object.fromEntries(
    ['O=C=O', 'ClC(Cl)(Cl)Cl', 'FC(F)(F)C(F)(F)F', '[C-]#[O+]', 'N#CC#N', 'S=C=S', 'O=C(Cl)Cl'].map(
      (smiles) => [smiles, moleculesFromSmiles(smiles, { seed: 1 })[0].atoms],
    ),
  ),
};

test.each(Object.keys(sound))('%s needs no hydrogen', (name) => {
  expect(sound[name].numbers).not.toContain(1);
  checkHydrogens(set(sound[name]));
  if (name === 'C60') expect(sound[name].numbers).toHaveLength(60);
  checkHydrogens(set(rattle(sound[name], { stdev: 0.03, seed: 2 })));
});
