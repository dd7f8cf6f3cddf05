/** What a dataset is measured against: a potential for many compounds unless told otherwise. */
export interface DiversityGoals {
  /** Symbols of the elements that are wanted; default those that occur, and `elementCount` of them. */
  readonly elements?: readonly string[];
  /** How many elements are wanted where `elements` does not say which; default 10. */
  readonly elementCount?: number;
  /** Smallest and largest number of atoms; default 10 to 500. */
  readonly sizes?: readonly [number, number];
  /** Width of the middle 90 % of referenced energies, eV/atom; default 0.2, (3/2) kT at 1550 K. */
  readonly energyWidth?: number;
  /** Share of atoms in each bucket of |F|, 0..1; default 0.05. */
  readonly forceShare?: number;
  /** Width of the middle 90 % of temperatures, K; default 600: 300 K to the 900 K of stress tests. */
  readonly temperatureWidth?: number;
  /** Effective number of different structures in a sample of 2,000; default 200. */
  readonly environments?: number;
  /** Effective number of independent groups; default 50: five validation groups in a 10 % split. */
  readonly groups?: number;
}

/** Goals with every field in place; no `elements` means those that occur. */
export type CompleteGoals = Required<Omit<DiversityGoals, 'elements'>> &
  Pick<DiversityGoals, 'elements'>;

export const DEFAULT_GOALS: Required<Omit<DiversityGoals, 'elements'>> = {
  elementCount: 10,
  sizes: [10, 500],
  energyWidth: 0.2,
  forceShare: 0.05,
  temperatureWidth: 600,
  environments: 200,
  groups: 50,
};

/** Weights of the parts of the coverage score; they add up to 1. */
export const COVERAGE_WEIGHTS = {
  // What the structures are counts most: nothing else makes up for what was never shown.
  environments: 0.2,
  elements: 0.15,
  forces: 0.15,
  sizes: 0.1,
  energies: 0.1,
  temperatures: 0.1,
  uniqueness: 0.1,
  groups: 0.1,
} as const;

/** What a dataset has to show before the next, more expensive stage begins. */
export interface DiversityGate {
  readonly name: string;
  /** Structures at which it stands. */
  readonly structures: number;
  /** Least share of attempted structures with energy and forces, 0..1. */
  readonly labelled: number;
  /** Most errors that the audit may find. */
  readonly auditErrors: number;
  /** Least coverage score, 0..1. */
  readonly coverage: number;
  /** Most duplicates or near duplicates, share of structures, 0..1. */
  readonly duplicates: number;
  /** Least structures with the rarest element. */
  readonly rarest: number;
  /** Least independent groups. */
  readonly groups: number;
}

/** Of the structures at which a gate stands this part is enough: up to 5 % may fail to be labelled. */
export const ENOUGH = 0.95;

/**
 * The gates of growth. Labels: 95 %, as the rest is rarely a random part of the whole. Coverage grows:
 * 1,000 structures only have to show that the pipeline works and no part is forgotten (0.5); 10,000
 * train the first useful student (0.6); 120,000 must be worth days of labelling (0.7). Copies cost
 * labels and lie in tests, so fewer are allowed as they become dearer. Each element needs a handful of
 * structures to be seen, some fifty for a fitted environment, several hundred to be tested by itself.
 * Groups: a split in three needs ten, error bars over groups need fifty, then two hundred.
 */
export const DIVERSITY_GATES: readonly DiversityGate[] = [
  {
    name: '1K',
    structures: 1_000,
    labelled: 0.95,
    auditErrors: 0,
    coverage: 0.5,
    duplicates: 0.2,
    rarest: 10,
    groups: 10,
  },
  {
    name: '10K',
    structures: 10_000,
    labelled: 0.95,
    auditErrors: 0,
    coverage: 0.6,
    duplicates: 0.1,
    rarest: 50,
    groups: 50,
  },
  {
    name: '120K',
    structures: 120_000,
    labelled: 0.95,
    auditErrors: 0,
    coverage: 0.7,
    duplicates: 0.05,
    rarest: 300,
    groups: 200,
  },
];

/** The gate that a dataset of `count` structures stands at: the largest it reaches, else the first. */
export function gateFor(count: number): DiversityGate {
  const reached = DIVERSITY_GATES.filter(({ structures }) => count >= ENOUGH * structures);
  return reached.at(-1) ?? DIVERSITY_GATES[0];
}
