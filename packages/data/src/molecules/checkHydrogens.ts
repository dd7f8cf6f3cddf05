import { neighborList } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { MissingHydrogensError } from './errors.ts';

/** Options of `checkHydrogens`. */
export interface CheckHydrogensOptions {
  /** Where the structures come from, for the message. */
  readonly where?: string;
  /** Fraction of the molecules that must look bare; default 0.8. */
  readonly fraction?: number;
}

/** Length of a single bond of carbon by the element of its partner, Angstrom. */
const SINGLE_BOND: Readonly<Record<number, number>> = {
  5: 1.58,
  6: 1.54,
  7: 1.47,
  8: 1.41,
  9: 1.35,
  14: 1.87,
  15: 1.85,
  16: 1.81,
  17: 1.77,
  34: 1.95,
  35: 1.94,
  53: 2.14,
};
/** How fast bonds shorten with their order, Angstrom (Brown and Altermatt 1985). */
const SOFTNESS = 0.37;
/** A bond is at most this much longer than a single one, Angstrom. */
const STRETCH = 0.3;
/** Valence of a carbon atom below which one of its neighbours is missing: benzene without H has 2.9. */
const FULL = 3.15;
/** Bonds beyond which a carbon atom has no room for hydrogen, stretched as they may be. */
const MOST_BONDS = 3;
/** Fraction of the carbon atoms that must be deficient for a molecule to look bare. */
const BARE = 0.25;

/**
 * Refuses a set of organic molecules that has lost its hydrogens, as happens in files for viewers
 * and in conversions of crystal structures.
 *
 * The order of a bond of length d is exp((d1 - d) / 0.37 Angstrom), d1 being a single bond; carbon
 * atoms whose orders add up to far less than 4 miss neighbours. Nothing is said of structures with
 * hydrogen or elements outside B C N O F Si P S Cl Se Br I, of single atoms and pairs, and of sets
 * without carbon.
 *
 * @throws MissingHydrogensError `data/missing-hydrogens`
 */
export function checkHydrogens(
  structures: Iterable<{ readonly atoms: Atoms }>,
  { where, fraction = 0.8 }: CheckHydrogensOptions = {},
): void {
  let carbon = 0;
  let bare = 0;
  let first = -1;
  let index = 0;
  for (const { atoms } of structures) {
    if (atoms.numbers.includes(1)) return;
    if (isJudged(atoms)) {
      carbon++;
      if (isBare(atoms)) {
        bare++;
        if (first === -1) first = index;
      }
    }
    index++;
  }
  if (bare === 0 || bare < fraction * carbon) return;
  throw new MissingHydrogensError(
    'data/missing-hydrogens',
    `the molecules have lost their hydrogens: ${bare} of ${carbon} with carbon miss bonds`,
    {
      expected: 'organic molecules with all their hydrogen atoms',
      found: `no hydrogen in ${index} structures, and carbon atoms with free valences`,
      where: `${where === undefined ? '' : `${where}, `}first at structure ${first}`,
      hint: 'Export the structures again with explicit hydrogens, or read them from molfiles or SMILES, which adds them.',
    },
  );
}

function isJudged({ numbers }: Atoms): boolean {
  return numbers.length > 2 && numbers.includes(6) && numbers.every((z) => z in SINGLE_BOND);
}

function isBare(atoms: Atoms): boolean {
  const { numbers } = atoms;
  const valence = new Float64Array(numbers.length);
  const bonds = new Int32Array(numbers.length);
  const list = neighborList(atoms, SINGLE_BOND[53] + STRETCH);
  for (let e = 0; e < list.count; e++) {
    const i = list.centers[e];
    if (numbers[i] !== 6) continue;
    const single = SINGLE_BOND[numbers[list.neighbors[e]]];
    const d = list.distances[e];
    if (d > single + STRETCH) continue;
    valence[i] += Math.exp((single - d) / SOFTNESS);
    bonds[i]++;
  }
  let carbons = 0;
  let deficient = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i] !== 6) continue;
    carbons++;
    if (valence[i] < FULL && bonds[i] <= MOST_BONDS) deficient++;
  }
  return deficient >= BARE * carbons;
}
