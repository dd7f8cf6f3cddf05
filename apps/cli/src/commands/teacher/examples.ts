import { createAtoms, type NamedStructure } from '@mlffd/core';

/** A molecule, a metal and a semiconductor, none at rest; what a teacher does not know is reported. */
export const EXAMPLES: readonly NamedStructure[] = [
  {
    name: 'water',
    atoms: createAtoms({
      symbols: ['O', 'H', 'H'],
      positions: [0, 0, 0.12, 0, 0.78, -0.46, 0.03, -0.75, -0.5],
    }),
  },
  {
    name: 'copper',
    atoms: createAtoms({
      symbols: ['Cu', 'Cu', 'Cu', 'Cu'],
      positions: [0.05, 0, 0, 0, 1.83, 1.8, 1.8, 0.04, 1.8, 1.8, 1.8, -0.03],
      cell: [3.62, 3.62, 3.62],
      pbc: true,
    }),
  },
  {
    name: 'silicon',
    atoms: createAtoms({
      symbols: ['Si', 'Si'],
      positions: [0.04, -0.03, 0.02, 1.36, 1.36, 1.33],
      cell: [0, 2.715, 2.715, 2.715, 0, 2.715, 2.715, 2.715, 0],
      pbc: true,
    }),
  },
];
