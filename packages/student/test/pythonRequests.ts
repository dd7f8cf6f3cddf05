import { type Atoms, createAtoms, Rng } from '@mlffd/core';
import type { Student, StudentConfig } from '../src/index.ts';
import { exportedStudent } from './exchangeStudents.ts';
import { hashedParameters } from './formula.ts';
import { box, randomStudent, SMALL, water } from './systems.ts';

/** A structure, and whether its stress can be compared. */
export interface Named {
  readonly name: string;
  readonly atoms: Atoms;
}

const ELECTRONIC: StudentConfig = { ...SMALL, charge: true, spin: true };

/** One student of every kind. */
export const STUDENTS: Readonly<Record<string, Student>> = {
  plain: randomStudent(),
  zbl: randomStudent({ ...SMALL, zbl: true }),
  'isolated atoms': randomStudent({ ...SMALL, isolatedAtoms: 'baseline' }),
  softened: randomStudent({ ...SMALL, normSoftening: 0.1, isolatedAtoms: 'baseline' }),
  'one interaction': randomStudent({ ...SMALL, interactions: 1 }),
  'charge and spin': { ...randomStudent(ELECTRONIC), parameters: hashedParameters(ELECTRONIC, 2) },
  charge: randomStudent({ ...SMALL, charge: true, zbl: true, zblReach: 0.7 }),
  gaussian: exportedStudent('cosine'),
};

function scaled(atoms: Atoms, factor: number): Atoms {
  const times = (x: number): number => factor * x;
  return { ...atoms, positions: atoms.positions.map(times), cell: atoms.cell.map(times) };
}

/** Each atom moved by as many as 100 lattice vectors along periodic axes. */
function unwrapped(atoms: Atoms): Atoms {
  const rng = new Rng(3, 'unwrapped');
  const positions = atoms.positions.slice();
  for (let i = 0; i < atoms.numbers.length; i++) {
    for (let k = 0; k < 3; k++) {
      const cells = atoms.pbc[k] ? rng.integer(201) - 100 : 0;
      for (let a = 0; a < 3; a++) positions[3 * i + a] += cells * atoms.cell[3 * k + a];
    }
  }
  return { ...atoms, positions };
}

function small(cell: number[], pbc: boolean | boolean[] = true): Atoms {
  return createAtoms({
    symbols: ['C', 'N', 'O'],
    positions: [0.1, 0.2, 0, 1.2, 0.9, 0.4, 0.3, 1.4, 1.3],
    cell,
    pbc,
  });
}

const skewed = small([2.6, 0, 0, 1.9, 2.4, 0, -1.1, 0.8, 2.5]);
const left = small([0, 2.9, 0.2, 2.7, 0, 0, 0.1, 0.3, 3.3]);

/** Structures of every kind. */
export const STRUCTURES: readonly Named[] = [
  { name: 'water', atoms: water() },
  { name: 'one atom', atoms: createAtoms({ symbols: ['N'], positions: [1, 2, 3] }) },
  {
    name: 'one atom in a cell of 1.9',
    atoms: createAtoms({ symbols: ['C'], positions: [0, 0, 0], cell: [1.9, 1.9, 1.9], pbc: true }),
  },
  { name: 'open cluster', atoms: box(24, 2, false) },
  { name: 'periodic box', atoms: box(30) },
  { name: 'slab', atoms: box(20, 3, [true, true, false]) },
  { name: 'wire', atoms: box(16, 4, [false, true, false]) },
  { name: 'skewed', atoms: skewed },
  { name: 'left-handed', atoms: left },
  { name: 'needle', atoms: small([1.6, 0, 0, 0, 1.7, 0, 0, 0, 14]) },
  {
    name: 'slab without a third vector',
    atoms: small([2.6, 0, 0, 1.9, 2.4, 0, 0, 0, 0], [true, true, false]),
  },
  { name: 'unwrapped by 100 cells', atoms: unwrapped(box(12, 5)) },
  { name: 'unwrapped, skewed', atoms: unwrapped(skewed) },
  { name: 'dense', atoms: scaled(box(12, 6), 0.6) },
  {
    name: 'collision',
    atoms: createAtoms({
      symbols: ['O', 'C', 'H'],
      positions: [0, 0, 0, 0.25, 0.1, 0, 0.9, 0.8, 0],
    }),
  },
  {
    name: 'two molecules, far apart',
    atoms: createAtoms({
      symbols: ['O', 'H', 'O', 'H'],
      positions: [0, 0, 0, 0.9, 0, 0, 5e4, 0, 0, 5e4, 0.9, 0],
    }),
  },
  { name: 'ion', atoms: { ...water(), charge: 1, spin: 1 } },
  { name: 'dianion in a box', atoms: { ...box(12, 7), charge: -2 } },
];

/** A structure as the Python side takes it. */
export function requested({ numbers, positions, cell, pbc, charge, spin }: Atoms): object {
  return {
    numbers: [...numbers],
    // JSON has no NaN.
    positions: Array.from(positions, (x) => (Number.isFinite(x) ? x : null)),
    cell: [...cell],
    pbc: [...pbc],
    ...(charge === undefined ? {} : { charge }),
    ...(spin === undefined ? {} : { spin }),
  };
}
