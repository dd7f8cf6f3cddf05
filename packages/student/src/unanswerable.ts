import { type Atoms, InvalidAtomsError, type NeighborList, symbolOf } from '@mlffd/core';

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

/** @throws InvalidAtomsError `student/coincident-atoms` where an edge has no direction */
export function refuseCoincident(atoms: Atoms, list: NeighborList): void {
  const { distances, count } = list;
  for (let e = 0; e < count; e++) {
    if (distances[e] >= ONE_PLACE) continue;
    throw coincidentAtoms(atoms, list.centers[e], list.neighbors[e]);
  }
}

/** What a network has said: one number per atom, and their derivatives, 3 for each of `edges`. */
interface NetworkNumbers {
  readonly atoms: ArrayLike<number>;
  readonly derivatives: ArrayLike<number>;
  readonly edges: number;
}

/**
 * @param name of what computed it, for the message
 * @throws InvalidAtomsError `student/not-finite` where the numbers of a network have overflowed
 */
export function requireFinite(
  name: string,
  { numbers }: Pick<Atoms, 'numbers'>,
  { atoms, derivatives, edges }: NetworkNumbers,
): void {
  // One sum instead of many comparisons: what comes from float32 does not overflow in float64.
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += atoms[i];
  for (let k = 0; k < 3 * edges; k++) sum += derivatives[k];
  if (!Number.isFinite(sum)) throw noFiniteAnswer(name);
}
