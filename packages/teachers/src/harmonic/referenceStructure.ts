import { type Atoms, InvalidAtomsError, type Pbc, symbolOf } from '@mlffd/core';

/** @throws InvalidAtomsError unless the atoms are those of the reference, in its order */
export function requireSameAtoms(reference: Atoms, atoms: Atoms): void {
  const { numbers } = reference;
  if (atoms.numbers.length !== numbers.length) {
    throw otherStructure(`${numbers.length} atoms`, `${atoms.numbers.length} atoms`);
  }
  const i = numbers.findIndex((z, k) => z !== atoms.numbers[k]);
  if (i >= 0) {
    throw otherStructure(
      `${symbolOf(numbers[i])} as atom ${i}`,
      `${symbolOf(atoms.numbers[i])} as atom ${i}`,
    );
  }
  if (reference.pbc.some((flag, k) => flag !== atoms.pbc[k])) {
    throw otherStructure(`pbc ${describe(reference.pbc)}`, `pbc ${describe(atoms.pbc)}`);
  }
}

/** An error for a structure that is not a distortion of the reference. */
export function otherStructure(expected: string, found: string): InvalidAtomsError {
  return new InvalidAtomsError(
    'harmonic/other-structure',
    `the structure is not a distortion of the reference: ${found}`,
    {
      expected,
      found,
      hint: 'A harmonic potential knows one structure: same atoms, same order, same periodicity.',
    },
  );
}

const describe = (pbc: Pbc): string => pbc.map((flag) => (flag ? 'T' : 'F')).join('');
