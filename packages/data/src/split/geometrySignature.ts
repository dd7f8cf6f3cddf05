import { neighborList } from '@mlffd/core';
import type { Atoms, NeighborList } from '@mlffd/core';
import { compositionName, countElements } from '../composition.ts';
import { PairSums, SIGMAS } from './pairSums.ts';
import { ShortestDistances } from './shortestDistances.ts';

/** Distances that a signature sees in periodic and in large structures, Angstrom. */
export const SIGNATURE_CUTOFF = 6;
/** Finite structures up to this size are seen as a whole, without a cutoff. */
const WHOLE = 150;
/** Where the scale of distances of whole structures is half used up, Angstrom. */
const HALF = 3;
/** Rounding of a distance, Angstrom: positions of 1000 Angstrom in float64, cells with six digits. */
const ROUNDING = 1e-5;

/**
 * A few numbers that say which structure this is: sums over pairs of atoms, so that shifts,
 * rotations, reflections, another order of the atoms and another choice of periodic images make no
 * difference.
 */
export interface GeometrySignature {
  /** Composition, periodicity, charge and spin; structures with other ones are never the same. */
  readonly key: string;
  /** Sums over pairs of atoms. */
  readonly sums: Float64Array;
  /** How far each sum moves when atoms move by the tolerance. */
  readonly sumSlack: Float64Array;
  /** Shortest distances, Angstrom. */
  readonly distances: Float64Array;
  /** How far a distance moves, Angstrom. */
  readonly distanceSlack: number;
}

/**
 * Signature of a geometry: sums s_m = 1/2 sum_ij w_i w_j (1 - x)^2 cos(m pi x), with x = d_ij / 6
 * Angstrom for periodic and x = d_ij / (d_ij + 3 Angstrom) for small finite structures, and the
 * shortest distances.
 *
 * When atoms move at random by `tolerance` in root mean square, s_m changes by about |grad s_m| times
 * that, and by the second order where the gradient is zero by symmetry. The slack is 5 standard
 * deviations (at most the bound that holds for any displacement) of both. There is no grid, hence no
 * pair of structures that falls on two sides of a line.
 *
 * @param tolerance root mean square displacement per atom, Angstrom
 * @param list full neighbour list with a cutoff of at least 6 Angstrom, if there is one already
 */
export function geometrySignature(
  atoms: Atoms,
  tolerance: number,
  list?: NeighborList,
): GeometrySignature {
  const { numbers, pbc, charge, spin } = atoms;
  const parts = { sums: new PairSums(), shortest: new ShortestDistances() };
  const whole = !pbc.includes(true) && numbers.length <= WHOLE;
  if (whole) addAllPairs(parts, atoms);
  else addListedPairs(parts, atoms, list ?? neighborList(atoms, SIGNATURE_CUTOFF));
  const composition = compositionName(countElements(numbers), 'formula');
  return {
    key: `${composition} ${pbc.map(Number).join('')} ${charge ?? ''} ${spin ?? ''}`,
    sums: parts.sums.values,
    sumSlack: parts.sums.slack(tolerance, numbers.length),
    distances: parts.shortest.values(),
    // Both ends of a distance move.
    distanceSlack: SIGMAS * Math.sqrt(2 / 3) * tolerance + ROUNDING,
  };
}

interface Parts {
  readonly sums: PairSums;
  readonly shortest: ShortestDistances;
}

function addAllPairs({ sums, shortest }: Parts, { numbers, positions }: Atoms): void {
  const { vector } = sums;
  for (let i = 0; i < numbers.length; i++) {
    for (let j = 0; j < numbers.length; j++) {
      if (j === i) continue;
      for (let c = 0; c < 3; c++) vector[c] = positions[3 * j + c] - positions[3 * i + c];
      const d = Math.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2);
      const scale = 1 / (d + HALF);
      sums.x = d * scale;
      sums.slope = HALF * scale * scale;
      sums.curvature = -2 * sums.slope * scale;
      sums.add(weight(numbers[i]) * weight(numbers[j]), d);
      shortest.add(d);
    }
    sums.finishAtom();
  }
}

function addListedPairs({ sums, shortest }: Parts, { numbers }: Atoms, list: NeighborList): void {
  const { vector } = sums;
  sums.slope = 1 / SIGNATURE_CUTOFF;
  sums.curvature = 0;
  for (let i = 0; i < numbers.length; i++) {
    for (let e = list.offsets[i]; e < list.offsets[i + 1]; e++) {
      const d = list.distances[e];
      if (d >= SIGNATURE_CUTOFF) continue;
      for (let c = 0; c < 3; c++) vector[c] = list.vectors[3 * e + c];
      sums.x = d / SIGNATURE_CUTOFF;
      sums.add(weight(numbers[i]) * weight(numbers[list.neighbors[e]]), d);
      shortest.add(d);
    }
    sums.finishAtom();
  }
}

/** Between 0.5 and 1.5, and different for all elements. */
function weight(z: number): number {
  const turn = z * 0.6180339887498949;
  return 0.5 + turn - Math.floor(turn);
}
