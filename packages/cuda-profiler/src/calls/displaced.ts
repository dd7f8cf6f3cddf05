import { type Atoms, Rng, withPositions } from '@mlffd/core';

/** Copies that calls go round. */
const COPIES = 16;

/** Copies of a structure with every position displaced by up to so much, Angstrom; made before the calls. */
export function displacedCopies(
  atoms: Atoms,
  { displacement, seed }: { readonly displacement: number; readonly seed: number },
): readonly Atoms[] {
  const rng = new Rng(seed, 'profile-copies');
  return Array.from({ length: COPIES }, () =>
    withPositions(
      atoms,
      atoms.positions.map((x) => x + displacement * (2 * rng.uniform() - 1)),
    ),
  );
}
