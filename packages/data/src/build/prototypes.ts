import type { Matrix, Vector } from './vector.ts';

/** Names of the crystal structures that `prototypeCrystal` builds. */
export type PrototypeName =
  | 'fcc'
  | 'bcc'
  | 'hcp'
  | 'diamond'
  | 'rocksalt'
  | 'cscl'
  | 'zincblende'
  | 'wurtzite'
  | 'fluorite'
  | 'antifluorite'
  | 'rutile'
  | 'perovskite'
  | 'spinel';

/** A site of the asymmetric part of the cell: which element, and fractional coordinates. */
type Site = readonly [element: number, position: Vector];

/** A crystal structure without its elements and lengths. */
export interface Prototype {
  /** Atoms of each element in a formula unit; its length is the number of elements. */
  readonly formula: readonly number[];
  readonly system: 'cubic' | 'hexagonal' | 'tetragonal';
  readonly centring: 'P' | 'F' | 'I';
  /** Default c/a of what is not cubic. */
  readonly axialRatio?: number;
  /** Default of the free coordinate. */
  readonly u?: number;
  /** Sites that centring translations do not make of each other. */
  sites(u: number): readonly Site[];
}

const O: Vector = [0, 0, 0];
const HALF: Vector = [0.5, 0.5, 0.5];
const QUARTER: Vector = [0.25, 0.25, 0.25];
const THREE_QUARTERS: Vector = [0.75, 0.75, 0.75];
const [THIRD, TWO_THIRDS] = [1 / 3, 2 / 3];
/** c/a of close-packed spheres. */
const IDEAL_AXIAL_RATIO = Math.sqrt(8 / 3);

/** The structures by name. Coordinates follow the International Tables. */
export const PROTOTYPES: Readonly<Record<PrototypeName, Prototype>> = {
  fcc: { formula: [1], system: 'cubic', centring: 'F', sites: () => [[0, O]] },
  bcc: { formula: [1], system: 'cubic', centring: 'I', sites: () => [[0, O]] },
  hcp: {
    formula: [1],
    system: 'hexagonal',
    centring: 'P',
    axialRatio: IDEAL_AXIAL_RATIO,
    sites: () => [
      [0, [THIRD, TWO_THIRDS, 0.25]],
      [0, [TWO_THIRDS, THIRD, 0.75]],
    ],
  },
  diamond: {
    formula: [1],
    system: 'cubic',
    centring: 'F',
    sites: () => [
      [0, O],
      [0, QUARTER],
    ],
  },
  rocksalt: {
    formula: [1, 1],
    system: 'cubic',
    centring: 'F',
    sites: () => [
      [0, O],
      [1, HALF],
    ],
  },
  cscl: {
    formula: [1, 1],
    system: 'cubic',
    centring: 'P',
    sites: () => [
      [0, O],
      [1, HALF],
    ],
  },
  zincblende: {
    formula: [1, 1],
    system: 'cubic',
    centring: 'F',
    sites: () => [
      [0, O],
      [1, QUARTER],
    ],
  },
  wurtzite: {
    formula: [1, 1],
    system: 'hexagonal',
    centring: 'P',
    axialRatio: IDEAL_AXIAL_RATIO,
    u: 0.375,
    sites: (u) => [
      [0, [THIRD, TWO_THIRDS, 0]],
      [0, [TWO_THIRDS, THIRD, 0.5]],
      [1, [THIRD, TWO_THIRDS, u]],
      [1, [TWO_THIRDS, THIRD, 0.5 + u]],
    ],
  },
  fluorite: {
    formula: [1, 2],
    system: 'cubic',
    centring: 'F',
    sites: () => [
      [0, O],
      [1, QUARTER],
      [1, THREE_QUARTERS],
    ],
  },
  antifluorite: {
    formula: [2, 1],
    system: 'cubic',
    centring: 'F',
    sites: () => [
      [0, QUARTER],
      [0, THREE_QUARTERS],
      [1, O],
    ],
  },
  rutile: {
    formula: [1, 2],
    system: 'tetragonal',
    centring: 'P',
    axialRatio: 0.644,
    u: 0.305,
    sites: (u) => [
      [0, O],
      [0, HALF],
      [1, [u, u, 0]],
      [1, [-u, -u, 0]],
      [1, [0.5 + u, 0.5 - u, 0.5]],
      [1, [0.5 - u, 0.5 + u, 0.5]],
    ],
  },
  perovskite: {
    formula: [1, 1, 3],
    system: 'cubic',
    centring: 'P',
    sites: () => [
      [0, O],
      [1, HALF],
      [2, [0, 0.5, 0.5]],
      [2, [0.5, 0, 0.5]],
      [2, [0.5, 0.5, 0]],
    ],
  },
  // Origin choice 1: a tetrahedral cation at the origin, u = 3/8 for close-packed anions.
  spinel: {
    formula: [1, 2, 4],
    system: 'cubic',
    centring: 'F',
    u: 0.375,
    sites: (u) => {
      const [v, w] = [0.25 - u, 0.25 + u];
      return [
        [0, O],
        [0, QUARTER],
        [1, [0.625, 0.625, 0.625]],
        [1, [0.625, 0.375, 0.375]],
        [1, [0.375, 0.625, 0.375]],
        [1, [0.375, 0.375, 0.625]],
        [2, [u, u, u]],
        [2, [u, -u, -u]],
        [2, [-u, u, -u]],
        [2, [-u, -u, u]],
        [2, [v, v, v]],
        [2, [v, w, w]],
        [2, [w, v, w]],
        [2, [w, w, v]],
      ];
    },
  },
};

/** Centring translations, in units of the conventional vectors. */
export const CENTRINGS: Readonly<Record<Prototype['centring'], readonly Vector[]>> = {
  P: [O],
  F: [O, [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]],
  I: [O, HALF],
};

/** Primitive vectors, in units of the conventional ones. */
export const PRIMITIVE_VECTORS: Readonly<Record<Prototype['centring'], Matrix>> = {
  P: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  F: [
    [0, 0.5, 0.5],
    [0.5, 0, 0.5],
    [0.5, 0.5, 0],
  ],
  I: [
    [-0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0.5, 0.5, -0.5],
  ],
};

/** Conventional lattice vectors, in units of a. */
export function conventionalVectors({ system }: Prototype, axialRatio: number): Matrix {
  const second: Vector = system === 'hexagonal' ? [-0.5, Math.sqrt(3) / 2, 0] : [0, 1, 0];
  return [[1, 0, 0], second, [0, 0, system === 'cubic' ? 1 : axialRatio]];
}
