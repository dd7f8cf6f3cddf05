import { rankCorrelation } from '@mlffd/core';

/** Energy and force on even steps of one coordinate; `null` where there was no finite answer. */
export interface ScanCurve {
  /** Angstrom, ascending, evenly spaced. */
  readonly x: readonly number[];
  /** eV, above the energy that the scan takes for zero. */
  readonly energy: readonly (number | null)[];
  /** -dE/dx from the calculator's forces, eV/Angstrom: positive where it pushes outward. */
  readonly force: readonly (number | null)[];
}

/** A point of a curve. */
export interface CurvePoint {
  /** Angstrom. */
  readonly x: number;
  /** eV. */
  readonly energy: number;
}

/** What can be wrong with a curve by itself. */
export interface CurveFeatures {
  /** Points without a finite answer, and why the first had none. */
  readonly failures: number;
  readonly firstFailure: string | null;
  /** Changes of sign of the force, forces within the dead band left out: 1 for a bond, 0 for a repulsion. */
  readonly forceFlips: number;
  /** Minima that are deeper than the dead band times 0.5 Angstrom, ascending in x. */
  readonly minima: readonly CurvePoint[];
  /**
   * Where the energy changes most beyond what the forces account for by Simpson's rule over two steps, eV,
   * and that over (1 eV + the change). `null` for fewer than three points.
   */
  readonly jump: (CurvePoint & { readonly relative: number }) | null;
  /**
   * Where the force is least smooth: its fourth difference over 6, the error of a single point that would
   * explain it, eV/Angstrom. `null` for fewer than five points.
   */
  readonly roughness: { readonly x: number; readonly force: number } | null;
  /** x of points whose fourth difference stands out five times from both sides: kinks. */
  readonly spikes: readonly number[];
}

/** How a student's curve differs from its teacher's. */
export interface CurveDifference {
  /** Over points where the teacher is at most `wall` above its lowest one, eV. `null` without any. */
  readonly energyRmse: number | null;
  /** eV/Angstrom. */
  readonly forceRmse: number | null;
  /**
   * Rank correlation of the student's energy with nearness, up to the teacher's minimum: 1 where it
   * rises all the way in. `null` for fewer than three points.
   */
  readonly repulsion: number | null;
  /** Student less teacher: place (Angstrom) and depth (eV) of the deepest minimum, where both have one. */
  readonly minimumShift: number | null;
  readonly depthDifference: number | null;
  /** Minima of the student with none of the teacher within 0.25 Angstrom. */
  readonly spuriousMinima: readonly CurvePoint[];
  /** The student's lowest energy is at the near end, the teacher's is not: atoms fall into each other. */
  readonly collapse: boolean;
  /** Force flips of the student less those of the teacher. */
  readonly extraFlips: number;
}

/** What counts. */
export interface CurveOptions {
  /** Forces below it have no sign, eV/Angstrom; default 0.01, as in ml-peg. */
  readonly deadBand?: number;
  /** Energies beyond it, either way, are not looked at for jumps and roughness, eV; default 10. */
  readonly ceiling?: number;
}

/** Width that turns the dead band into a depth, Angstrom. */
const WELL = 0.5;
/** How much a fourth difference must stand out from its neighbourhood to be a spike. */
const SPIKE = 5;
/** Minima closer than this are the same, Angstrom. */
const SAME_MINIMUM = 0.25;

/** Flips, minima, jumps and roughness of a curve. */
export function curveFeatures(
  curve: ScanCurve,
  failed: Pick<CurveFeatures, 'failures' | 'firstFailure'>,
  { deadBand = 0.01, ceiling = 10 }: CurveOptions = {},
): CurveFeatures {
  const { failures, firstFailure } = failed;
  const differences = fourthDifferences(curve, ceiling);
  return {
    failures,
    firstFailure,
    forceFlips: forceFlips(curve, deadBand),
    minima: minimaOf(curve, deadBand * WELL),
    jump: largestJump(curve, ceiling),
    roughness: roughest(curve, differences),
    spikes: spikesOf(curve, differences, deadBand),
  };
}

/**
 * The student's curve against the teacher's on the same points.
 *
 * @param wall eV
 */
export function curveDifference(
  teacher: ScanCurve & { readonly features: CurveFeatures },
  student: ScanCurve & { readonly features: CurveFeatures },
  wall: number,
): CurveDifference {
  const lowest = Math.min(...teacher.energy.map((energy) => energy ?? Infinity));
  const inside = teacher.x
    .map((_, k) => k)
    .filter((k) => (teacher.energy[k] ?? Infinity) <= lowest + wall);
  const [ours, theirs] = [deepest(student.features.minima), deepest(teacher.features.minima)];
  const both = ours !== undefined && theirs !== undefined;
  return {
    energyRmse: rmse(student.energy, teacher.energy, inside),
    forceRmse: rmse(student.force, teacher.force, inside),
    repulsion: repulsion(student, theirs?.x ?? Infinity),
    minimumShift: both ? ours.x - theirs.x : null,
    depthDifference: both ? ours.energy - theirs.energy : null,
    spuriousMinima: student.features.minima.filter(({ x }) =>
      teacher.features.minima.every((other) => Math.abs(other.x - x) > SAME_MINIMUM),
    ),
    collapse: isLowestInside(student) && !isLowestInside(teacher),
    extraFlips: student.features.forceFlips - teacher.features.forceFlips,
  };
}

function forceFlips({ force }: ScanCurve, deadBand: number): number {
  const signs = force
    .filter((value) => value !== null && Math.abs(value) > deadBand)
    .map((value) => Math.sign(value ?? 0));
  return signs.filter((sign, k) => k > 0 && sign !== signs[k - 1]).length;
}

function minimaOf({ x, energy }: ScanCurve, depth: number): CurvePoint[] {
  const at = (k: number): number => energy[k] ?? NaN;
  const minima: CurvePoint[] = [];
  for (let k = 1; k + 1 < x.length; k++) {
    // Of a flat floor, its left end.
    if (!(at(k) < at(k - 1) && at(k) <= at(k + 1))) continue;
    if (Math.min(climb(energy, k, -1), climb(energy, k, 1)) < depth) continue;
    // Vertex of the parabola through three points.
    const [left, right] = [at(k - 1) - at(k), at(k + 1) - at(k)];
    const offset = (left - right) / (2 * (left + right));
    minima.push({
      x: x[k] + offset * (x[k + 1] - x[k]),
      energy: at(k) - ((right - left) * (right - left)) / (8 * (left + right)),
    });
  }
  return minima;
}

/** How far the energy rises from point k before it falls below it, in one direction. */
function climb(energy: ScanCurve['energy'], k: number, step: 1 | -1): number {
  const start = energy[k] ?? NaN;
  let most = 0;
  for (let i = k + step; i >= 0 && i < energy.length; i += step) {
    const value = energy[i];
    // What has no answer is taken for a wall.
    if (value === null) return Infinity;
    if (value < start) break;
    most = Math.max(most, value - start);
  }
  return most;
}

function largestJump({ x, energy, force }: ScanCurve, ceiling: number): CurveFeatures['jump'] {
  let worst: CurveFeatures['jump'] = null;
  for (let k = 1; k + 1 < x.length; k++) {
    const energies = finite(energy, k - 1, k + 1);
    const forces = finite(force, k - 1, k + 1);
    if (energies === undefined || forces === undefined) continue;
    if (energies.some((value) => Math.abs(value) > ceiling)) continue;
    const change = energies[2] - energies[0];
    const work = ((x[k] - x[k - 1]) / 3) * (forces[0] + 4 * forces[1] + forces[2]);
    const jump = Math.abs(change + work);
    const relative = jump / (1 + Math.abs(change));
    if (worst === null || relative > worst.relative) worst = { x: x[k], energy: jump, relative };
  }
  return worst;
}

/** Of the force; NaN where it cannot be formed or energies are out of bounds. */
function fourthDifferences({ x, energy, force }: ScanCurve, ceiling: number): readonly number[] {
  return x.map((_, k) => {
    const forces = finite(force, k - 2, k + 2);
    const energies = finite(energy, k - 2, k + 2);
    if (forces === undefined || energies === undefined) return NaN;
    if (energies.some((value) => Math.abs(value) > ceiling)) return NaN;
    const [a, b, c, d, e] = forces;
    return Math.abs(a - 4 * b + 6 * c - 4 * d + e) / 6;
  });
}

function roughest({ x }: ScanCurve, differences: readonly number[]): CurveFeatures['roughness'] {
  const known = x.map((_, k) => k).filter((k) => !Number.isNaN(differences[k]));
  if (known.length === 0) return null;
  const worst = known.reduce((a, b) => (differences[b] > differences[a] ? b : a));
  return { x: x[worst], force: differences[worst] };
}

/** A kink reaches two points to either side; beyond, the curve shows how rough it is by itself. */
function spikesOf({ x }: ScanCurve, differences: readonly number[], deadBand: number): number[] {
  return x.filter((_, k) => {
    const here = differences[k];
    if (!(here > deadBand)) return false;
    const near = differences.slice(Math.max(0, k - 2), k + 3);
    if (near.some((value) => value > here)) return false;
    const sides = [
      differences.slice(Math.max(0, k - 6), Math.max(0, k - 2)),
      differences.slice(k + 3, k + 7),
    ];
    return sides.every((side) => {
      const known = side.filter((value) => !Number.isNaN(value));
      return known.length >= 2 && known.every((value) => here > SPIKE * value);
    });
  });
}

/** Values from `first` to `last`, if all are there. */
function finite(
  values: readonly (number | null)[],
  first: number,
  last: number,
): readonly number[] | undefined {
  if (first < 0 || last >= values.length) return undefined;
  const part = values.slice(first, last + 1).filter((value) => value !== null);
  return part.length === last - first + 1 ? part : undefined;
}

function deepest(minima: readonly CurvePoint[]): CurvePoint | undefined {
  return minima.reduce<CurvePoint | undefined>(
    (best, point) => (best === undefined || point.energy < best.energy ? point : best),
    undefined,
  );
}

function isLowestInside({ energy }: ScanCurve): boolean {
  const known = energy.filter((value) => value !== null);
  return known.length > 1 && known.slice(1).every((value) => value > known[0]);
}

function rmse(
  a: readonly (number | null)[],
  b: readonly (number | null)[],
  points: readonly number[],
): number | null {
  let sum = 0;
  let count = 0;
  for (const k of points) {
    const [x, y] = [a[k], b[k]];
    if (x === null || y === null) continue;
    sum += (x - y) ** 2;
    count += 1;
  }
  return count === 0 ? null : Math.sqrt(sum / count);
}

function repulsion({ x, energy }: ScanCurve, end: number): number | null {
  const points = x.map((_, k) => k).filter((k) => energy[k] !== null && x[k] < end);
  if (points.length < 3) return null;
  const found = rankCorrelation(
    points.map((k) => energy[k] ?? NaN),
    points.map((k) => -x[k]),
  );
  return Number.isNaN(found) ? null : found;
}
