import { type Atoms, InvalidAtomsError, symbolOf } from '@mlffd/core';

/** Atoms closer than this are at one place, Angstrom: a tenth of the radius of a nucleus. */
export const ONE_PLACE = 1e-6;

/** The error for two atoms at one place, between which there is no direction. */
export function coincidentAtoms({ numbers }: Atoms, i: number, j: number): InvalidAtomsError {
  const name = (k: number): string => `${symbolOf(numbers[k])} (atom ${k})`;
  return new InvalidAtomsError(
    'student/coincident-atoms',
    `${name(i)} and ${name(j)} are at one place`,
    {
      expected: `atoms at least ${ONE_PLACE} Angstrom apart`,
      found: 'a distance of zero',
      where: `atoms ${i} and ${j}`,
      hint: 'Remove the one that is there twice.',
    },
  );
}

/** The error for a structure for which the network's numbers overflow. */
export function noFiniteAnswer(name: string): InvalidAtomsError {
  return new InvalidAtomsError(
    'student/not-finite',
    `${name} has no finite energy or forces for this structure`,
    {
      expected: 'finite energy and forces',
      found: 'infinity or NaN',
      where: name,
      hint: 'Look at the shortest distances: far from what it was trained on a student says anything.',
    },
  );
}
