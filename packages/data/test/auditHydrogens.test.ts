import { describe, expect, test } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { diamond, prototypeCrystal } from '../src/build/crystals.ts';
import { moleculesFromSmiles } from '../src/molecules/fromSmiles.ts';
import { rattle } from '../src/perturb.ts';
import type { LabelledStructure } from '../src/structure.ts';
import { find } from './support/auditSets.ts';

const ORGANIC = [
  'CCO',
  'c1ccccc1',
  'CC(=O)NC',
  'C1CCCCC1',
  'CC(C)C(N)C(=O)O',
  'c1ccncc1',
  'OCC(O)CO',
  'CS(=O)(=O)C',
  'Clc1ccccc1O',
  'CC#N',
];
/** Molecules that have no hydrogen. */
const COMPLETE = ['FC(F)(F)F', 'O=C=O', 'ClC(Cl)=C(Cl)Cl', 'N#CC#N', 'S=C=S', 'FC(F)(F)C(F)(F)F'];

const geometry = (smiles: string): Atoms =>
  moleculesFromSmiles(smiles, { conformers: 1, seed: 1 })[0].atoms;

function strip(atoms: Atoms): Atoms {
  const heavy = [...atoms.numbers.keys()].filter((i) => atoms.numbers[i] !== 1);
  return createAtoms({
    numbers: heavy.map((i) => atoms.numbers[i]),
    positions: heavy.map((i) => atoms.positions.subarray(3 * i, 3 * i + 3)),
    cell: atoms.cell,
    pbc: atoms.pbc,
  });
}

const setOf = (atoms: readonly Atoms[]): LabelledStructure[] =>
  atoms.map((item, k) => ({
    atoms: item,
    meta: { id: `m${k}`, group: `m${k}`, source: 'test' },
    energy: -k,
  }));
const bare = (atoms: readonly Atoms[]) => find(setOf(atoms), 'missing-hydrogens');

/** Uncorrelated displacements that change bonds as much as 1000 K do, Angstrom. */
const THERMAL = 0.035;

describe('an audit of hydrogens', () => {
  const whole = ORGANIC.map(geometry);
  const complete = COMPLETE.map(geometry);

  test('whole molecules have theirs, and some molecules have none', () => {
    for (const set of [whole, complete, [...whole, ...complete]]) expect(bare(set)).toBeUndefined();
    const thermal = complete.flatMap((atoms) =>
      [1, 2, 3, 4].map((seed) => rattle(atoms, { stdev: THERMAL, seed })),
    );
    expect(bare(thermal)).toBeUndefined();
  });

  test('a set that lost them is refused, one of many is a warning', () => {
    const stripped = whole.map(strip);
    const lost = bare(stripped);
    expect(lost).toMatchObject({ severity: 'error', count: ORGANIC.length });
    const thermal = stripped.map((atoms) => rattle(atoms, { stdev: THERMAL, seed: 1 }));
    expect(bare(thermal)!.count).toBeGreaterThanOrEqual(ORGANIC.length - 1);
    expect(bare([...whole, stripped[0]])).toMatchObject({
      severity: 'warning',
      indices: [10],
      message: expect.stringContaining('1 of 11 organic structures'),
    });
  });

  test('water without hydrogen, also in a box', () => {
    const oxygens = Array.from({ length: 27 }, (_, k) => [
      3.1 * (k % 3),
      3.1 * (Math.floor(k / 3) % 3),
      3.1 * Math.floor(k / 9),
    ]);
    const box = createAtoms({
      symbols: oxygens.map(() => 'O'),
      positions: oxygens,
      cell: [9.3, 9.3, 9.3],
      pbc: true,
    });
    expect(bare([box])).toMatchObject({ severity: 'error', count: 1 });
  });

  test('crystals without hydrogen are none that lost it', () => {
    const graphene = createAtoms({
      symbols: ['C', 'C'],
      positions: [0, 0, 0, 0, 1.42, 0],
      cell: [2.4595, 0, 0, 1.2298, 2.13, 0, 0, 0, 15],
      pbc: [true, true, false],
    });
    const quartz = prototypeCrystal('rutile', ['Si', 'O'], { a: 4.18 });
    const oxide = prototypeCrystal('rocksalt', ['Mg', 'O']);
    const crystals = [diamond('C', 3.567), quartz, oxide].map((atoms) =>
      rattle(atoms, { stdev: THERMAL, seed: 1 }),
    );
    const sheet = createAtoms({
      numbers: [6, 6, 6, 6],
      positions: [0, 0, 0, 0, 1.42, 0, 2.4595, 0, 0, 2.4595, 1.42, 0],
      cell: [4.919, 0, 0, 1.2298, 2.13, 0, 0, 0, 15],
      pbc: [true, true, false],
    });
    expect(bare([graphene, sheet, ...crystals])).toBeUndefined();
  });
});
