import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, InvalidAtomsError, neighborList, volume } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { hcp, prototypeCrystal } from '../src/build/crystals.ts';
import type { PrototypeOptions } from '../src/build/crystals.ts';
import { PROTOTYPES } from '../src/build/prototypes.ts';
import type { PrototypeName } from '../src/build/prototypes.ts';
import { ASE, shellDifference, SHELL_TOLERANCE, shellsOf } from './support/buildShells.ts';

const A = 4;
const SQRT3 = Math.sqrt(3);

interface Textbook {
  readonly name: PrototypeName;
  readonly elements: string[];
  /** Atoms of the conventional and of the primitive cell. */
  readonly atoms: [number, number];
  /** Volume of a formula unit, a^3. */
  readonly formulaVolume: number;
  /** Neighbours: of element, which element, how many, at which distance in a. */
  readonly bonds: [string, string, number, number][];
}

const CLOSE_PACKED = SQRT3 * Math.sqrt(2 / 3);
const TEXTBOOK: Textbook[] = [
  {
    name: 'fcc',
    elements: ['Cu'],
    atoms: [4, 1],
    formulaVolume: 1 / 4,
    bonds: [['Cu', 'Cu', 12, Math.SQRT1_2]],
  },
  {
    name: 'bcc',
    elements: ['Fe'],
    atoms: [2, 1],
    formulaVolume: 1 / 2,
    bonds: [['Fe', 'Fe', 8, SQRT3 / 2]],
  },
  {
    name: 'hcp',
    elements: ['Mg'],
    atoms: [2, 2],
    formulaVolume: CLOSE_PACKED / 2,
    bonds: [['Mg', 'Mg', 12, 1]],
  },
  {
    name: 'diamond',
    elements: ['Si'],
    atoms: [8, 2],
    formulaVolume: 1 / 8,
    bonds: [['Si', 'Si', 4, SQRT3 / 4]],
  },
  {
    name: 'rocksalt',
    elements: ['Mg', 'O'],
    atoms: [8, 2],
    formulaVolume: 1 / 4,
    bonds: [
      ['Mg', 'O', 6, 0.5],
      ['O', 'Mg', 6, 0.5],
    ],
  },
  {
    name: 'cscl',
    elements: ['Cs', 'Cl'],
    atoms: [2, 2],
    formulaVolume: 1,
    bonds: [
      ['Cs', 'Cl', 8, SQRT3 / 2],
      ['Cl', 'Cs', 8, SQRT3 / 2],
    ],
  },
  {
    name: 'zincblende',
    elements: ['Ga', 'As'],
    atoms: [8, 2],
    formulaVolume: 1 / 4,
    bonds: [
      ['Ga', 'As', 4, SQRT3 / 4],
      ['As', 'Ga', 4, SQRT3 / 4],
    ],
  },
  {
    name: 'wurtzite',
    elements: ['Zn', 'O'],
    atoms: [4, 4],
    formulaVolume: CLOSE_PACKED / 2,
    bonds: [
      ['Zn', 'O', 4, Math.sqrt(3 / 8)],
      ['O', 'Zn', 4, Math.sqrt(3 / 8)],
    ],
  },
  {
    name: 'fluorite',
    elements: ['Ca', 'F'],
    atoms: [12, 3],
    formulaVolume: 1 / 4,
    bonds: [
      ['Ca', 'F', 8, SQRT3 / 4],
      ['F', 'Ca', 4, SQRT3 / 4],
    ],
  },
  {
    name: 'antifluorite',
    elements: ['Li', 'O'],
    atoms: [12, 3],
    formulaVolume: 1 / 4,
    bonds: [
      ['Li', 'O', 4, SQRT3 / 4],
      ['O', 'Li', 8, SQRT3 / 4],
    ],
  },
  // Four Ti-O bonds are shorter than the other two; both counted up to the longer one.
  {
    name: 'rutile',
    elements: ['Ti', 'O'],
    atoms: [6, 6],
    formulaVolume: 0.644 / 2,
    bonds: [
      ['Ti', 'O', 4, Math.sqrt(2 * 0.195 ** 2 + 0.322 ** 2)],
      ['Ti', 'O', 6, 0.305 * Math.SQRT2],
      ['O', 'Ti', 3, 0.305 * Math.SQRT2],
    ],
  },
  {
    name: 'perovskite',
    elements: ['Sr', 'Ti', 'O'],
    atoms: [5, 5],
    formulaVolume: 1,
    bonds: [
      ['Ti', 'O', 6, 0.5],
      ['Sr', 'O', 12, Math.SQRT1_2],
      ['O', 'Ti', 2, 0.5],
      ['O', 'Sr', 4, Math.SQRT1_2],
    ],
  },
  {
    name: 'spinel',
    elements: ['Mg', 'Al', 'O'],
    atoms: [56, 14],
    formulaVolume: 1 / 8,
    bonds: [
      ['Mg', 'O', 4, SQRT3 / 8],
      ['Al', 'O', 6, 0.25],
      ['O', 'Mg', 1, SQRT3 / 8],
      ['O', 'Al', 3, 0.25],
    ],
  },
];

/** Number of neighbours `to` of every atom `of` within a distance; -1 if they differ. */
function coordination(atoms: Atoms, [of, to]: [number, number], distance: number): number {
  const list = neighborList(atoms, distance);
  const counts = new Set<number>();
  for (let i = 0; i < atoms.numbers.length; i++) {
    if (atoms.numbers[i] !== of) continue;
    let count = 0;
    for (let e = list.offsets[i]; e < list.offsets[i + 1]; e++) {
      if (atoms.numbers[list.neighbors[e]] === to) count++;
    }
    counts.add(count);
  }
  return counts.size === 1 ? [...counts][0] : -1;
}

// Rounding of coordinates of some Angstrom.
const ROUNDING = 1e-9;

test('every prototype is here', () => {
  expect(TEXTBOOK.map(({ name }) => name).sort()).toEqual(Object.keys(PROTOTYPES).sort());
});

describe.each(TEXTBOOK)('$name', ({ name, elements, atoms: sizes, formulaVolume, bonds }) => {
  test.each(['conventional', 'primitive'] as const)('%s cell is that of the textbook', (cell) => {
    const atoms = prototypeCrystal(name, elements, { a: A, cell });
    expect(atoms.numbers).toHaveLength(sizes[cell === 'conventional' ? 0 : 1]);
    expect(atoms.pbc).toEqual([true, true, true]);
    const { formula } = PROTOTYPES[name];
    const units = atoms.numbers.length / formula.reduce((sum, n) => sum + n, 0);
    expect(volume(atoms) / units / A ** 3).toBeCloseTo(formulaVolume, 10);
    const numbers = elements.map((symbol) => numberIn(atoms, elements.indexOf(symbol)));
    for (const [k, z] of numbers.entries()) {
      expect(atoms.numbers.filter((other) => other === z)).toHaveLength(units * formula[k]);
    }
    for (const [of, to, count, distance] of bonds) {
      const pair: [number, number] = [numbers[elements.indexOf(of)], numbers[elements.indexOf(to)]];
      expect(coordination(atoms, pair, A * distance + ROUNDING)).toBe(count);
    }
    // Nothing is nearer than the shortest bond.
    const shortest = A * Math.min(...bonds.map(([, , , d]) => d));
    expect(neighborList(atoms, shortest - ROUNDING).count).toBe(0);
  });

  /** Atomic number of element k: sites are listed element by element in the order of the formula. */
  function numberIn(atoms: Atoms, k: number): number {
    return [...new Set(atoms.numbers)][k];
  }
});

describe('ASE builds the same crystals', () => {
  const cases: [PrototypeName, string[], PrototypeOptions][] = [
    ['fcc', ['Cu'], { a: 3.61 }],
    ['bcc', ['Fe'], { a: 2.87 }],
    ['hcp', ['Mg'], { a: 3.21, c: 5.21 }],
    ['diamond', ['Si'], { a: 5.43 }],
    ['rocksalt', ['Mg', 'O'], { a: 4.21 }],
    ['cscl', ['Cs', 'Cl'], { a: 4.12 }],
    ['zincblende', ['Ga', 'As'], { a: 5.65 }],
    ['wurtzite', ['Zn', 'O'], { a: 3.25, c: 5.2, u: 0.382 }],
    ['fluorite', ['Ca', 'F'], { a: 5.46 }],
    ['antifluorite', ['Li', 'O'], { a: 4.62 }],
    ['rutile', ['Ti', 'O'], { a: 4.594, c: 2.959, u: 0.305 }],
    ['perovskite', ['Sr', 'Ti', 'O'], { a: 3.905 }],
    ['spinel', ['Mg', 'Al', 'O'], { a: 8.08, u: 0.3872 }],
  ];
  test.each(cases)('%s', (name, elements, options) => {
    const { volumePerAtom, shells } = ASE.crystals[name];
    for (const cell of ['conventional', 'primitive'] as const) {
      const atoms = prototypeCrystal(name, elements, { ...options, cell });
      expect(volume(atoms) / atoms.numbers.length).toBeCloseTo(volumePerAtom, 8);
      expect(shellDifference(shellsOf(atoms, ASE.cutoff), shells)).toBeLessThan(SHELL_TOLERANCE);
    }
  });

  test('a difference would be seen', () => {
    const atoms = prototypeCrystal('spinel', ['Mg', 'Al', 'O'], { a: 8.08, u: 0.386 });
    const { shells } = ASE.crystals.spinel;
    expect(shellDifference(shellsOf(atoms, ASE.cutoff), shells)).toBeGreaterThan(SHELL_TOLERANCE);
  });
});

describe('options', () => {
  test('repeat multiplies the cell', () => {
    const atoms = prototypeCrystal('wurtzite', ['Zn', 'O'], { a: 3.25, repeat: [2, 1, 3] });
    expect(atoms.numbers).toHaveLength(24);
  });

  test('hcp takes its own c', () => {
    expect(hcp('Ti', 2.95, { c: 4.68 }).cell[8]).toBe(4.68);
    expect(hcp('Ti', 3).cell[8]).toBeCloseTo(3 * Math.sqrt(8 / 3), 12);
  });

  const refused: [string, () => Atoms, string][] = [
    ['too few elements', () => prototypeCrystal('spinel', ['Mg', 'O']), 'elements'],
    ['too many elements', () => prototypeCrystal('fcc', ['Mg', 'O'], { a: 4 }), 'elements'],
    ['c of a cubic crystal', () => prototypeCrystal('rocksalt', ['Mg', 'O'], { c: 4 }), 'c'],
    ['u of rocksalt', () => prototypeCrystal('rocksalt', ['Mg', 'O'], { u: 0.3 }), 'u'],
    ['u that is no number', () => prototypeCrystal('rutile', ['Ti', 'O'], { u: NaN }), 'u'],
    ['a of 0', () => prototypeCrystal('hcp', ['Mg'], { a: 0 }), 'a'],
    ['negative c', () => prototypeCrystal('hcp', ['Mg'], { c: -1 }), 'c'],
    ['no such structure', () => prototypeCrystal('quartz' as PrototypeName, ['Si']), 'name'],
  ];
  test.each(refused)('%s is refused', (_case, make, where) => {
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(expect.objectContaining({ code: 'data/invalid-option', where }));
  });

  test('an unknown element is named', () => {
    expect(() => prototypeCrystal('fcc', ['Xx'], { a: 4 })).toThrow(InvalidAtomsError);
  });
});
