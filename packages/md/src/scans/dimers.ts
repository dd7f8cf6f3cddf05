import { type Atoms, type Calculator, createAtoms, jumpOf, numberOf } from '@mlffd/core';
import { Inquiry } from '../inquiry.ts';
import { curveDifference, curveFeatures } from './curve.ts';
import type { CurveDifference, CurveFeatures, CurveOptions, ScanCurve } from './curve.ts';
import { evenSteps } from './grid.ts';

/** Two elements and the distances to try. */
export interface DimerRange extends CurveOptions {
  /** Shortest distance, Angstrom; default 0.5. */
  readonly from?: number;
  /** Longest distance, Angstrom; default 0.5 beyond the longest cutoff, 6 where there is none. */
  readonly to?: number;
  /** Distances; default 111. */
  readonly points?: number;
  readonly signal?: AbortSignal;
}

/** Options of {@link dimerCurve}. */
export interface DimerOptions extends DimerRange {
  readonly calculator: Calculator;
  /** Symbols. */
  readonly pair: readonly [string, string];
}

/** Options of {@link compareDimers}. */
export interface CompareDimersOptions extends DimerRange {
  readonly teacher: Calculator;
  readonly student: Calculator;
  /** Symbols; every two of them, and each with itself. */
  readonly elements: readonly string[];
  /** Errors count where the teacher is at most so far above its lowest energy, eV; default 5. */
  readonly wall?: number;
  readonly onEvent?: (event: { readonly type: 'dimer'; readonly dimer: DimerComparison }) => void;
}

/** How smoothly a calculator goes through its cutoff; both zero up to the third order of 1 mA. */
export interface CutoffJump {
  /** Angstrom. */
  readonly distance: number;
  /** eV. */
  readonly energy: number;
  /** eV/Angstrom. */
  readonly force: number;
}

/** Energy of two atoms by their distance; zero at the last finite point. */
export interface DimerCurve extends ScanCurve {
  readonly pair: readonly [string, string];
  readonly features: CurveFeatures;
  /** `null` where the calculator has no cutoff, or no answer there. */
  readonly cutoff: CutoffJump | null;
}

/** Both curves of one pair of elements. */
export interface DimerComparison extends CurveDifference {
  readonly pair: readonly [string, string];
  readonly teacher: DimerCurve;
  readonly student: DimerCurve;
}

/** Half the distance of the two inner samples around the cutoff, Angstrom. */
const CUTOFF_STEP = 1e-3;

/**
 * Energy and force of two atoms from close contact to beyond the cutoff. Distances at which the calculator has
 * no answer are counted, not thrown. As in the diatomics of ml-peg and MLIP Arena.
 *
 * @throws InvalidArgumentError, PropertyNotAvailableError, UnsupportedElementError, AbortedError
 */
export async function dimerCurve(options: DimerOptions): Promise<DimerCurve> {
  const { calculator, pair, from = 0.5, points = 111, signal } = options;
  const numbers = pair.map((symbol) => numberOf(symbol));
  const x = evenSteps(from, options.to ?? endFor([calculator]), points);
  const inquiry = new Inquiry(calculator, { what: `the scan of ${pair.join('-')}`, signal });
  inquiry.require(['energy', 'forces']);
  const energies: (number | null)[] = [];
  const force: (number | null)[] = [];
  for (const distance of x) {
    const answer = await inquiry.attempt(dimer(numbers, distance), ['energy', 'forces']);
    energies.push(answer?.energy ?? null);
    force.push(answer?.forces[3] ?? null);
  }
  const zero = energies.findLast((energy) => energy !== null) ?? 0;
  const energy = energies.map((value) => (value === null ? null : value - zero));
  const curve = { x, energy, force };
  const { failures, firstFailure } = inquiry;
  const features = curveFeatures(curve, { failures, firstFailure }, options);
  return { pair, ...curve, features, cutoff: await cutoffJump(inquiry, numbers) };
}

/**
 * {@link dimerCurve} of teacher and student for every pair of elements, and how they differ.
 *
 * @throws as {@link dimerCurve}
 */
export async function compareDimers(options: CompareDimersOptions): Promise<DimerComparison[]> {
  const { teacher, student, elements, wall = 5, onEvent } = options;
  const to = options.to ?? endFor([teacher, student]);
  const range = { ...options, to };
  const dimers: DimerComparison[] = [];
  for (const [k, first] of elements.entries()) {
    for (const second of elements.slice(k)) {
      const pair = [first, second] as const;
      const theirs = await dimerCurve({ ...range, calculator: teacher, pair });
      const ours = await dimerCurve({ ...range, calculator: student, pair });
      const found = {
        pair,
        teacher: theirs,
        student: ours,
        ...curveDifference(theirs, ours, wall),
      };
      dimers.push(found);
      onEvent?.({ type: 'dimer', dimer: found });
    }
  }
  return dimers;
}

function endFor(calculators: readonly Calculator[]): number {
  const cutoffs = calculators.flatMap(({ cutoff }) => (cutoff === undefined ? [] : [cutoff]));
  return cutoffs.length === 0 ? 6 : Math.max(...cutoffs) + 0.5;
}

async function cutoffJump(
  inquiry: Inquiry,
  numbers: readonly number[],
): Promise<CutoffJump | null> {
  const { cutoff } = inquiry.calculator;
  if (cutoff === undefined) return null;
  const energies: number[] = [];
  const forces: number[] = [];
  for (const offset of [-3, -1, 1, 3]) {
    const atoms = dimer(numbers, cutoff + offset * CUTOFF_STEP);
    const answer = await inquiry.attempt(atoms, ['energy', 'forces']);
    if (answer === undefined) return null;
    energies.push(answer.energy);
    forces.push(answer.forces[3]);
  }
  return {
    distance: cutoff,
    energy: Math.abs(jumpOf(energies)),
    force: Math.abs(jumpOf(forces)),
  };
}

function dimer(numbers: readonly number[], distance: number): Atoms {
  return createAtoms({ numbers, positions: [0, 0, 0, distance, 0, 0] });
}
