import { type Atoms, volume, withPositions } from '../atoms.ts';
import { applyStrain } from '../geometry.ts';
import { jumpOf } from '../finiteDifference.ts';
import { neighborList } from '../neighborList.ts';
import { VOIGT_PAIRS } from '../voigt.ts';
import {
  derivative,
  maxDifference,
  scaleOf,
  show,
  type Check,
  type CheckContext,
} from './probe.ts';
import type { Measurement } from './report.ts';

/** Single coordinates that are displaced, and directions in which all atoms are. */
const COORDINATES = 9;
const DIRECTIONS = 2;
/** Pairs that are moved across the cutoff. */
const PAIRS = 3;

/** Forces are minus the derivative of the energy, along single coordinates and along all. */
export const checkForces: Check = async (context) => {
  const { probe, atoms, steps, tolerances, rng } = context;
  if (probe.supported(atoms, ['energy', 'forces']).length < 2) return undefined;
  const { forces } = await probe.calculate(atoms, ['forces']);
  if (forces === undefined) throw new Error('the result has no forces');
  const length = atoms.positions.length;
  const directions: Float64Array[] = [];
  const coordinates = rng.shuffle(Array.from({ length }, (_, k) => k)).slice(0, COORDINATES);
  for (const k of coordinates) directions.push(new Float64Array(length).fill(1, k, k + 1));
  for (let d = 0; d < DIRECTIONS; d++) directions.push(randomDirection(length, rng));
  let measured = 0;
  let detail = '';
  for (const [d, direction] of directions.entries()) {
    const slope = await derivative(
      (offset) => probe.energy(displaced(atoms, direction, offset)),
      steps.displacement,
    );
    let force = 0;
    for (let k = 0; k < length; k++) force += forces[k] * direction[k];
    const error = Math.abs(force + slope);
    if (error <= measured) continue;
    measured = Number.isNaN(error) ? Infinity : error;
    const where =
      d < coordinates.length
        ? `atom ${Math.floor(coordinates[d] / 3)}, ${'xyz'[coordinates[d] % 3]}`
        : 'a random direction of all atoms';
    detail = `${where}: force ${show(force)}, difference of energies ${show(-slope)} eV/A`;
  }
  return { measured, tolerance: tolerances.forces * scaleOf(forces), detail };
};

/** Stress is the derivative of the energy by strain over the volume. */
export const checkStress: Check = async ({ probe, atoms, steps, tolerances }) => {
  if (probe.supported(atoms, ['energy', 'stress']).length < 2) return undefined;
  const { stress } = await probe.calculate(atoms, ['stress']);
  if (stress === undefined) throw new Error('the result has no stress');
  let measured = 0;
  let detail = '';
  for (const [k, [a, b]] of VOIGT_PAIRS.entries()) {
    const slope = await derivative((offset) => {
      const strain = new Float64Array(9);
      strain[3 * a + b] = offset;
      strain[3 * b + a] = offset;
      return probe.energy(applyStrain(atoms, strain));
    }, steps.strain);
    const expected = slope / volume(atoms) / (a === b ? 1 : 2);
    const error = Math.abs(stress[k] - expected);
    if (error <= measured) continue;
    measured = Number.isNaN(error) ? Infinity : error;
    const name = `${'xyz'[a]}${'xyz'[b]}`;
    detail = `${name}: stress ${show(stress[k])}, difference of energies ${show(expected)} eV/A^3`;
  }
  return { measured, tolerance: tolerances.stress, detail };
};

/**
 * Energy and forces go on smoothly when a pair crosses the cutoff.
 *
 * Four structures at -3h, -h, h, 3h from the crossing: the middle step minus the mean of the outer
 * ones is of third order in h where nothing happens, and a jump where something does.
 */
export const checkSmoothCutoff: Check = async (context): Promise<Measurement | undefined> => {
  const { probe, atoms, steps, tolerances } = context;
  const { cutoff } = probe.calculator;
  if (cutoff === undefined || atoms.numbers.length < 2) return undefined;
  const properties = probe.supported(atoms, ['energy', 'forces']);
  if (!properties.includes('energy')) return undefined;
  const h = steps.cutoff;
  let measured = 0;
  let scale = 1;
  let detail = 'no pair can be moved to the cutoff';
  for (const pair of pairsNear(context, cutoff)) {
    const samples = [];
    for (const offset of [-3 * h, -h, h, 3 * h]) {
      samples.push(await probe.calculate(movePair(atoms, pair, offset), properties));
    }
    const energy = Math.abs(jump(samples.map((sample) => [sample.energy ?? NaN]))[0]);
    const forces = samples.map((sample) => sample.forces ?? new Float64Array(0));
    const force = maxDifference(jump(forces), new Float64Array(forces[0].length));
    scale = Math.max(scale, scaleOf(forces[0]));
    const largest = Math.max(energy, force);
    if (largest < measured) continue;
    measured = Number.isNaN(largest) ? Infinity : largest;
    detail = `atoms ${pair.i} and ${pair.j}: energy jumps by ${show(energy)} eV, forces by ${show(force)} eV/A`;
  }
  return { measured, tolerance: tolerances.smoothness * scale, detail };
};

interface Pair {
  readonly i: number;
  readonly j: number;
  /** Unit vector from i to j. */
  readonly direction: readonly number[];
  /** How far j is from the cutoff, Angstrom. */
  readonly missing: number;
}

/** The pairs closest to the cutoff; an atom and its own image cannot be moved apart. */
function pairsNear({ atoms }: CheckContext, cutoff: number): Pair[] {
  // Half as far again finds a pair in any condensed structure, and in most molecules all.
  const list = neighborList(atoms, 1.5 * cutoff);
  const pairs: Pair[] = [];
  for (let e = 0; e < list.count; e++) {
    const [i, j] = [list.centers[e], list.neighbors[e]];
    if (j <= i || list.distances[e] === 0) continue;
    const direction = [0, 1, 2].map((k) => list.vectors[3 * e + k] / list.distances[e]);
    pairs.push({ i, j, direction, missing: cutoff - list.distances[e] });
  }
  return pairs.sort((a, b) => Math.abs(a.missing) - Math.abs(b.missing)).slice(0, PAIRS);
}

function movePair(atoms: Atoms, { j, direction, missing }: Pair, offset: number): Atoms {
  const positions = atoms.positions.slice();
  for (let k = 0; k < 3; k++) positions[3 * j + k] += (missing + offset) * direction[k];
  return withPositions(atoms, positions);
}

function jump(samples: readonly ArrayLike<number>[]): Float64Array {
  return Float64Array.from({ length: samples[0].length }, (_, k) =>
    jumpOf(samples.map((sample) => sample[k])),
  );
}

function displaced(atoms: Atoms, direction: Float64Array, offset: number): Atoms {
  return withPositions(
    atoms,
    atoms.positions.map((x, k) => x + offset * direction[k]),
  );
}

/** Components of order 1 / sqrt(N), so that the energy changes as with a single coordinate. */
function randomDirection(length: number, rng: CheckContext['rng']): Float64Array {
  const direction = new Float64Array(length).map(() => rng.normal());
  const norm = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
  return direction.map((x) => x / norm);
}
