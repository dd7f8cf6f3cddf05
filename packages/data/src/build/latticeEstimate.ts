import { COVALENT_RADII, numberOf } from '@mlffd/core';
import { invalidOption } from './invalidOption.ts';
import { ionicCharges, ionicRadius } from './ionicRadii.ts';
import { METALLIC_RADII } from './metallicRadii.ts';
import { PROTOTYPES } from './prototypes.ts';
import type { PrototypeName } from './prototypes.ts';

/** Lattice constants guessed from radii. */
export interface LatticeEstimate {
  /** Angstrom. */
  readonly a: number;
  /** Angstrom, of what is not cubic. */
  readonly c?: number;
  /** Free fractional coordinate, where the radii say something about it. */
  readonly u?: number;
  /** What the radii are. */
  readonly radii: 'metallic' | 'covalent' | 'ionic';
}

/** Length of a bond, Angstrom, between two elements of the formula with these coordinations. */
type BondLength = (first: [element: number, coordination: number], second: typeof first) => number;

/** Metallic over covalent radius, for elements that are no metals; between those of Si and C. */
const CLOSE_PACKED_FROM_COVALENT = 1.25;

/**
 * Lattice constants of a crystal from tabulated radii: a start for relaxation or for a strain
 * series, no substitute for them.
 *
 * - `fcc`, `bcc`, `hcp`: the volume per atom that the metallic radius stands for. Within 0.5 % for
 *   the structure that the element has, 2 % for the others.
 * - `diamond`, and whatever charges do not balance: sums of covalent radii (Cordero 2008), as for
 *   zincblende and wurtzite unless the anion is O or F. Within 6 %, carbides and silicides 10 %.
 * - otherwise sums of Shannon's ionic radii, with the most common charges that balance; perovskites
 *   by the fit of Jiang et al., J. Phys. Chem. Solids 67, 1531 (2006), spinels and their u from both
 *   bond lengths (Hill, Craig and Gibbs, Phys. Chem. Miner. 4, 317, 1979). Oxides and fluorides
 *   within 4 %, others 6 %.
 *
 * @throws InvalidArgumentError `data/invalid-option` for a wrong number of elements
 * @throws InvalidAtomsError for an unknown element
 */
export function estimateLattice(name: PrototypeName, elements: readonly string[]): LatticeEstimate {
  const { formula, axialRatio = 1 } = PROTOTYPES[name];
  if (elements.length !== formula.length) {
    throw invalidOption('elements', `${name} takes ${formula.length} elements`, {
      expected: `${formula.length} symbols`,
      found: elements.join(', '),
    });
  }
  const covalent = elements.map((symbol) => COVALENT_RADII[numberOf(symbol)]);
  if (name === 'fcc' || name === 'bcc' || name === 'hcp') {
    const radius = METALLIC_RADII[elements[0]] ?? covalent[0] * CLOSE_PACKED_FROM_COVALENT;
    return { ...closePacked(name, radius, axialRatio), radii: 'metallic' };
  }
  const charges = isTetrahedral(name, elements) ? undefined : balancedCharges(formula, elements);
  const bond: BondLength =
    charges === undefined
      ? ([i], [j]) => covalent[i] + covalent[j]
      : ([i, m], [j, n]) =>
          ionicRadius(elements[i], charges[i], m) + ionicRadius(elements[j], charges[j], n);
  return { ...GEOMETRY[name](bond), radii: charges === undefined ? 'covalent' : 'ionic' };
}

function closePacked(name: 'fcc' | 'bcc' | 'hcp', radius: number, axialRatio: number): Lengths {
  const volume = 4 * Math.SQRT2 * radius ** 3;
  if (name === 'fcc') return { a: (4 * volume) ** (1 / 3) };
  if (name === 'bcc') return { a: (2 * volume) ** (1 / 3) };
  const a = ((4 * volume) / (Math.sqrt(3) * axialRatio)) ** (1 / 3);
  return { a, c: a * axialRatio };
}

/** Bonds that sums of covalent radii describe better than those of ions. */
function isTetrahedral(name: PrototypeName, elements: readonly string[]): boolean {
  const anion = elements[elements.length - 1];
  return (name === 'zincblende' || name === 'wurtzite') && anion !== 'O' && anion !== 'F';
}

/** The neutral combination of charges that is most common; undefined where there is none. */
function balancedCharges(
  formula: readonly number[],
  elements: readonly string[],
): readonly number[] | undefined {
  let combinations = [{ charges: [] as number[], rank: 0, total: 0 }];
  for (const [k, symbol] of elements.entries()) {
    combinations = combinations.flatMap(({ charges, rank, total }) =>
      ionicCharges(symbol).map((charge, r) => ({
        charges: [...charges, charge],
        rank: rank + r,
        total: total + formula[k] * charge,
      })),
    );
  }
  const neutral = combinations.filter(({ total }) => total === 0);
  if (neutral.length === 0) return undefined;
  return neutral.reduce((best, next) => (next.rank < best.rank ? next : best)).charges;
}

type Lengths = Omit<LatticeEstimate, 'radii'>;

const SQRT3 = Math.sqrt(3);

const GEOMETRY: Readonly<
  Record<Exclude<PrototypeName, 'fcc' | 'bcc' | 'hcp'>, (bond: BondLength) => Lengths>
> = {
  diamond: (bond) => ({ a: (4 / SQRT3) * bond([0, 4], [0, 4]) }),
  rocksalt: (bond) => ({ a: 2 * bond([0, 6], [1, 6]) }),
  cscl: (bond) => ({ a: (2 / SQRT3) * bond([0, 8], [1, 8]) }),
  zincblende: (bond) => ({ a: (4 / SQRT3) * bond([0, 4], [1, 4]) }),
  wurtzite: (bond) => {
    // With the ideal c/a and u all four bonds are 3/8 c.
    const c = (8 / 3) * bond([0, 4], [1, 4]);
    return { a: c / Math.sqrt(8 / 3), c };
  },
  fluorite: (bond) => ({ a: (4 / SQRT3) * bond([0, 8], [1, 4]) }),
  antifluorite: (bond) => ({ a: (4 / SQRT3) * bond([0, 4], [1, 8]) }),
  rutile: (bond) => {
    const { axialRatio = 1, u = 0 } = PROTOTYPES.rutile;
    // Four bonds in a plane and two along its normal, per a.
    const four = Math.sqrt(2 * (0.5 - u) ** 2 + axialRatio ** 2 / 4);
    const a = (6 * bond([0, 6], [1, 3])) / (4 * four + 2 * Math.SQRT2 * u);
    return { a, c: a * axialRatio };
  },
  perovskite: (bond) => {
    // The fit was made with the radii of six neighbours on all sites.
    const octahedral = bond([1, 6], [2, 6]);
    const tolerance = bond([0, 6], [2, 6]) / (Math.SQRT2 * octahedral);
    return { a: 1.8836 * octahedral + 1.4898 * tolerance - 1.2062 };
  },
  spinel: (bond) => {
    const tetrahedral = bond([0, 4], [2, 4]);
    // More than twice too long a bond on one side leaves no solution: the other side decides.
    const root = Math.sqrt(Math.max(0, 33 * bond([1, 6], [2, 4]) ** 2 - 8 * tetrahedral ** 2));
    const a = (8 / (11 * SQRT3)) * (5 * tetrahedral + root);
    return { a, u: 0.25 + tetrahedral / (SQRT3 * a) };
  },
};
