import {
  type Atoms,
  type Calculator,
  InvalidArgumentError,
  symbolOf,
  withPositions,
} from '@mlffd/core';
import { type AtomPair, BondGraph, type BondOptions, type Joint, jointAt } from '../bondGraph.ts';
import type { DirectedBond, Undivided } from '../bondGraph.ts';
import { Inquiry } from '../inquiry.ts';
import { curveDifference, curveFeatures } from './curve.ts';
import type { CurveDifference, CurveFeatures, CurveOptions, ScanCurve } from './curve.ts';
import { evenSteps } from './grid.ts';

/** How far bonds are stretched. */
export interface StretchRange extends CurveOptions, BondOptions {
  readonly atoms: Atoms;
  /** Shortest and longest, as fractions of the length at rest; default 0.8 to 2. */
  readonly range?: readonly [number, number];
  /** Lengths; default 61. */
  readonly points?: number;
  readonly signal?: AbortSignal;
}

/** Options of {@link bondCurve}. */
export interface BondCurveOptions extends StretchRange {
  readonly calculator: Calculator;
  readonly bond: AtomPair;
}

/** Options of {@link compareBonds}. */
export interface CompareBondsOptions extends StretchRange {
  readonly teacher: Calculator;
  readonly student: Calculator;
  /** Errors count where the teacher is at most so far above its lowest energy, eV; default 5. */
  readonly wall?: number;
  readonly onEvent?: (event: { readonly type: 'bond'; readonly bond: BondComparison }) => void;
}

/** Energy by the length of a bond, all else rigid; zero at the length of the structure given. */
export interface BondCurve extends ScanCurve {
  readonly atoms: AtomPair;
  /** Elements, the lighter first: `H-O`. */
  readonly kind: string;
  /** In the structure given, Angstrom. */
  readonly length: number;
  readonly features: CurveFeatures;
}

/** Both curves of one bond. */
export interface BondComparison extends CurveDifference {
  readonly kind: string;
  readonly teacher: BondCurve;
  readonly student: BondCurve;
}

/** A kind of bond that cannot be stretched by itself. */
export interface SkippedBond {
  readonly atoms: AtomPair;
  readonly kind: string;
  readonly reason: Undivided;
}

/** What {@link compareBonds} found. */
export interface BondComparisons {
  readonly bonds: readonly BondComparison[];
  readonly skipped: readonly SkippedBond[];
}

/**
 * Stretches one bond: the smaller side moves along it as a rigid body. Spikes, jumps and minima that the
 * teacher lacks tell of trouble in dynamics at a fraction of its cost (bond smoothness tests, arXiv:2602.04861).
 *
 * @throws InvalidArgumentError for a range that does not ascend, a pair that is not bonded, or a bond
 *   in a ring or a network, which has no sides; PropertyNotAvailableError; AbortedError
 */
export async function bondCurve(options: BondCurveOptions): Promise<BondCurve> {
  const graph = new BondGraph(options.atoms, options);
  const bond = graph.between(options.bond);
  const joint = jointAt(graph, bond);
  if (typeof joint !== 'string') return stretch(options, graph, joint);
  throw new InvalidArgumentError('md/invalid-option', `the bond is in a ${joint}`, {
    expected: 'a bond that parts the structure in two',
    found: `atoms ${options.bond.join(' and ')}`,
    where: 'bond',
    hint: 'Take a bond that is not in a ring, nor in a network without end.',
  });
}

/**
 * {@link bondCurve} of teacher and student for one bond of each kind, told apart by the two elements.
 *
 * @throws as {@link bondCurve}, but bonds without sides are left out and told of
 */
export async function compareBonds(options: CompareBondsOptions): Promise<BondComparisons> {
  const { teacher, student, atoms, wall = 5, onEvent } = options;
  const graph = new BondGraph(atoms, options);
  const bonds: BondComparison[] = [];
  const skipped = new Map<string, SkippedBond>();
  const done = new Set<string>();
  for (const bond of graph.bonds) {
    const kind = kindOf(atoms, bond);
    if (done.has(kind)) continue;
    const joint = jointAt(graph, bond);
    if (typeof joint === 'string') {
      if (!skipped.has(kind))
        skipped.set(kind, { atoms: [bond.from, bond.to], kind, reason: joint });
      continue;
    }
    done.add(kind);
    skipped.delete(kind);
    const theirs = await stretch({ ...options, calculator: teacher }, graph, joint);
    const ours = await stretch({ ...options, calculator: student }, graph, joint);
    const found = { kind, teacher: theirs, student: ours, ...curveDifference(theirs, ours, wall) };
    bonds.push(found);
    onEvent?.({ type: 'bond', bond: found });
  }
  return { bonds, skipped: [...skipped.values()] };
}

async function stretch(
  options: StretchRange & { readonly calculator: Calculator },
  graph: BondGraph,
  { bond, moving }: Joint,
): Promise<BondCurve> {
  const { atoms, calculator, range = [0.8, 2], points = 61, signal } = options;
  const kind = kindOf(atoms, bond);
  const { length } = bond;
  const x = evenSteps(range[0] * length, range[1] * length, points);
  const inquiry = new Inquiry(calculator, { what: `the scan of a bond ${kind}`, signal });
  inquiry.require(['energy', 'forces']);
  const axis = graph.vectorOf(bond).map((component) => component / length);
  const rest = await inquiry.finite(atoms, ['energy']);
  const energy: (number | null)[] = [];
  const force: (number | null)[] = [];
  for (const distance of x) {
    const positions = atoms.positions.slice();
    for (const i of moving.atoms) {
      for (let c = 0; c < 3; c++) positions[3 * i + c] += (distance - length) * axis[c];
    }
    const answer = await inquiry.attempt(withPositions(atoms, positions), ['energy', 'forces']);
    energy.push(answer === undefined ? null : answer.energy - rest.energy);
    force.push(answer === undefined ? null : along(answer.forces, moving.atoms, axis));
  }
  const curve = { x, energy, force };
  const { failures, firstFailure } = inquiry;
  const features = curveFeatures(curve, { failures, firstFailure }, options);
  return { atoms: [bond.from, bond.to], kind, length, ...curve, features };
}

/** Force on a rigid side along the bond: the derivative of the energy by the length, turned round. */
function along(forces: Float64Array, side: readonly number[], axis: readonly number[]): number {
  let sum = 0;
  for (const i of side) for (let c = 0; c < 3; c++) sum += forces[3 * i + c] * axis[c];
  return sum;
}

function kindOf({ numbers }: Atoms, { from, to }: DirectedBond): string {
  const [a, b] = [numbers[from], numbers[to]].sort((x, y) => x - y);
  return `${symbolOf(a)}-${symbolOf(b)}`;
}
