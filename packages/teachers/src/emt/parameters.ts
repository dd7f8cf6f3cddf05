import { BOHR } from '@mlffd/core';

/**
 * E0 (eV), s0 (bohr), V0 (eV), eta2 (1/bohr), kappa (1/bohr), lambda (1/bohr), n0 (1/bohr^3) by
 * atomic number, as in `ase.calculators.emt` of ASE 3.29; the metals are those of K. W. Jacobsen,
 * P. Stoltze, J. K. Norskov, Surf. Sci. 366, 394 (1996).
 */
const PARAMETERS: ReadonlyMap<number, readonly number[]> = new Map([
  [13, [-3.28, 3.0, 1.493, 1.24, 2.0, 1.169, 0.007]], // Al
  [29, [-3.51, 2.67, 2.476, 1.652, 2.74, 1.906, 0.0091]], // Cu
  [47, [-2.96, 3.01, 2.132, 1.652, 2.79, 1.892, 0.00547]], // Ag
  [79, [-3.8, 3.0, 2.321, 1.674, 2.873, 2.182, 0.00703]], // Au
  [28, [-4.44, 2.6, 3.673, 1.669, 2.757, 1.948, 0.0103]], // Ni
  [46, [-3.9, 2.87, 2.773, 1.818, 3.107, 2.155, 0.00688]], // Pd
  [78, [-5.85, 2.9, 4.067, 1.812, 3.145, 2.192, 0.00802]], // Pt
  // Toys: ASE has them "just for fun".
  [1, [-3.21, 1.31, 0.132, 2.652, 2.79, 3.892, 0.00547]], // H
  [6, [-3.5, 1.81, 0.332, 1.652, 2.79, 1.892, 0.01322]], // C
  [7, [-5.1, 1.88, 0.132, 1.652, 2.79, 1.892, 0.01222]], // N
  [8, [-4.6, 1.95, 0.332, 1.652, 2.79, 1.892, 0.0085]], // O
]);

/** (16 pi / 3)^(1/3) / sqrt(2), with the digits that ASE keeps. */
export const BETA = 1.809;

/** Atomic numbers of the potential, ascending. */
export const EMT_ELEMENTS: readonly number[] = [...PARAMETERS.keys()].sort((a, b) => a - b);

/** The smooth step w(r) = 1 / (1 + exp(slope (r - middle))), and where pairs end. */
export interface EmtCutoff {
  /** Angstrom. */
  readonly middle: number;
  /** 1/Angstrom. */
  readonly slope: number;
  /** Pairs at this distance and beyond are left out, Angstrom. */
  readonly end: number;
}

/**
 * The cutoff that goes with the largest s0 among `elements`.
 *
 * It lies half-way between the third and the fourth shell of that element's fcc crystal, and w is
 * 1e-4 at the fourth.
 * @param isFixed ASE's default (end 0.5 Angstrom after the middle) or its `asap_cutoff` (4.5 %)
 */
export function emtCutoff(elements: readonly number[], isFixed: boolean): EmtCutoff {
  const largest = Math.max(...elements.map((z) => parametersOf(z)[1]));
  const nearest = BETA * largest * BOHR;
  const middle = nearest * 0.5 * (Math.sqrt(3) + 2);
  const slope = Math.log(1 / 1e-4 - 1) / (2 * nearest - middle);
  return { middle, slope, end: isFixed ? middle + 0.5 : 1.045 * middle };
}

/** Parameters by kind of atom, in the units of their fields, eV and Angstrom. */
export interface EmtTable {
  /** Kind of each atomic number. */
  readonly kinds: Int32Array;
  /** Number of kinds. */
  readonly count: number;
  readonly e0: Float64Array;
  readonly s0: Float64Array;
  readonly v0: Float64Array;
  readonly eta2: Float64Array;
  readonly kappa: Float64Array;
  readonly lambda: Float64Array;
  /** 1 / (12 gamma1). */
  readonly inverseGamma1: Float64Array;
  /** -V0 / (2 gamma2), eV. */
  readonly pairScale: Float64Array;
  /** n0 of the second over n0 of the first, kinds x kinds. */
  readonly chi: Float64Array;
}

export function emtTable(cutoff: EmtCutoff): EmtTable {
  const members = EMT_ELEMENTS;
  const rows = members.map((z) => parametersOf(z));
  const column = (k: number, unit: number): Float64Array =>
    Float64Array.from(rows, (row) => row[k] * unit);
  const s0 = column(1, BOHR);
  const v0 = column(2, 1);
  const eta2 = column(3, 1 / BOHR);
  const kappa = column(4, 1 / BOHR);
  const kinds = new Int32Array(members[members.length - 1] + 1).fill(-1);
  for (const [kind, z] of members.entries()) kinds[z] = kind;
  return {
    kinds,
    count: members.length,
    e0: column(0, 1),
    s0,
    v0,
    eta2,
    kappa,
    lambda: column(5, 1 / BOHR),
    inverseGamma1: s0.map((s, k) => 1 / (12 * shellSum(s, eta2[k], cutoff))),
    pairScale: s0.map((s, k) => (-0.5 * v0[k]) / shellSum(s, kappa[k] / BETA, cutoff)),
    chi: Float64Array.from({ length: members.length ** 2 }, (_, pair) => {
      const first = Math.floor(pair / members.length);
      return rows[pair % members.length][6] / rows[first][6];
    }),
  };
}

/** gamma: the sum over three shells of the perfect fcc crystal, which makes sigma 12 there. */
function shellSum(s0: number, decay: number, { slope, middle }: EmtCutoff): number {
  const nearest = BETA * s0;
  let sum = 0;
  for (const [shell, atoms] of [12, 6, 24].entries()) {
    const r = nearest * Math.sqrt(shell + 1);
    const w = 1 / (1 + Math.exp(slope * (r - middle)));
    sum += ((atoms * w) / 12) * Math.exp(-decay * (r - nearest));
  }
  return sum;
}

function parametersOf(z: number): readonly number[] {
  return PARAMETERS.get(z) ?? [];
}
