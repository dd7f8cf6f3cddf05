import { COVALENT_RADII, Rng } from '@mlffd/core';
import { ConformerGenerator, ForceFieldMMFF94, Molecule, Resources } from 'openchemlib';
import { hydrogenBondLength, placeAtoms, positionsOf } from './chemistry.ts';
import { ConformerError } from './errors.ts';

/** Options of conformer generation. */
export interface ConformerOptions {
  /** Largest number of conformers of one molecule; default 1. A rigid molecule has only one. */
  readonly conformers?: number;
  readonly seed: number;
  /** Minimise with MMFF94 where it has parameters for the molecule; default true. */
  readonly minimize?: boolean;
  /**
   * Smallest difference of two conformers, Angstrom: root mean square over the distances between
   * atoms, sorted for each pair of elements; default 0.1. Mirror images are one conformer.
   */
  readonly minDifference?: number;
}

/** One geometry of a molecule. */
export interface Conformer {
  readonly molecule: Molecule;
  /** Angstrom, 3N values. */
  readonly positions: Float64Array;
  /** MMFF94 found a minimum; false where it has no parameters or cannot handle the geometry. */
  readonly minimized: boolean;
}

/** Draws for each conformer that is asked for: minima coincide. */
const DRAWS = 4;

/**
 * Three-dimensional structures of a molecule, all hydrogens explicit, by rules for torsions and
 * MMFF94. The result depends on the molecule, the stream and the options alone.
 *
 * @param stream name that picks the random numbers
 * @throws ConformerError `data/no-conformer`
 */
export function conformersOf(
  molecule: Molecule,
  stream: string,
  options: ConformerOptions,
): Conformer[] {
  const { conformers = 1, seed, minimize = true, minDifference = 0.1 } = options;
  Resources.registerFromNodejs();
  const key = 1 + new Rng(seed, 'conformers', stream).integer(1e9);
  const found: Conformer[] = [];
  const fingerprints: Float64Array[] = [];
  try {
    for (const next of candidates(molecule, key, conformers)) {
      const conformer = relax(next, minimize);
      if (!isSound(next, conformer.positions)) continue;
      const fingerprint = sortedDistances(next, conformer.positions);
      if (fingerprints.some((other) => difference(fingerprint, other) < minDifference)) continue;
      fingerprints.push(fingerprint);
      found.push(conformer);
      if (found.length === conformers) break;
    }
  } catch (cause) {
    throw noConformer(stream, cause);
  }
  if (found.length === 0) throw noConformer(stream);
  return found;
}

/** Raw conformers: the likeliest first, which is found much faster than the others. */
function* candidates(
  molecule: Molecule,
  seed: number,
  conformers: number,
): Generator<Molecule, void, undefined> {
  const likeliest = new ConformerGenerator(seed).getOneConformerAsMolecule(
    molecule.getCompactCopy(),
  );
  if (likeliest !== null) yield likeliest;
  const generator = new ConformerGenerator(seed);
  const strategy = ConformerGenerator.STRATEGY_LIKELY_RANDOM;
  if (!generator.initializeConformers(molecule, { strategy })) return;
  for (let draw = 0; draw < DRAWS * conformers; draw++) {
    const next = generator.getNextConformerAsMolecule();
    if (next === null) return;
    yield next;
  }
}

function noConformer(stream: string, cause?: unknown): ConformerError {
  return new ConformerError('data/no-conformer', `no conformer was found for ${stream}`, {
    expected: 'a geometry without clashes whose bonds have usual lengths',
    where: stream,
    hint: 'Look for strained rings and unusual valences, or give coordinates instead.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function relax(molecule: Molecule, minimize: boolean): Conformer {
  setHydrogenLengths(molecule);
  const start = positionsOf(molecule);
  if (minimize && minimum(molecule)) {
    const positions = positionsOf(molecule);
    if (isSound(molecule, positions)) return { molecule, positions, minimized: true };
  }
  placeAtoms(molecule, start);
  return { molecule, positions: start, minimized: false };
}

/** True when MMFF94 converged; atoms that it has no type for are no error, only no minimum. */
function minimum(molecule: Molecule): boolean {
  try {
    const field = new ForceFieldMMFF94(molecule, ForceFieldMMFF94.MMFF94);
    return field.minimise() === 0 && Number.isFinite(field.getTotalEnergy());
  } catch {
    return false;
  }
}

/** Gives bonds to hydrogen their usual length: the rules of openchemlib make HBr 0.9 Angstrom. */
function setHydrogenLengths(molecule: Molecule): void {
  molecule.ensureHelperArrays(Molecule.cHelperNeighbours);
  const positions = positionsOf(molecule);
  for (let i = 0; i < molecule.getAllAtoms(); i++) {
    if (molecule.getAtomicNo(i) !== 1 || molecule.getAllConnAtoms(i) !== 1) continue;
    const heavy = molecule.getConnAtom(i, 0);
    const length = hydrogenBondLength(molecule.getAtomicNo(heavy));
    if (length === undefined) continue;
    const scale = length / distance(positions, i, heavy);
    for (let c = 0; c < 3; c++) {
      const from = positions[3 * heavy + c];
      positions[3 * i + c] = from + scale * (positions[3 * i + c] - from);
    }
  }
  placeAtoms(molecule, positions);
}

/** Range of a bond, as a fraction of the sum of the covalent radii. */
const BOND_RANGE = [0.7, 1.35] as const;
/** Smallest distance of atoms that are not bonded, as a fraction of the sum of covalent radii. */
const CONTACT = 1.05;

/**
 * True when bonds have usual lengths and other atoms are apart. Geminal atoms in small rings come
 * near the bound: 2.1 Angstrom between the bridgeheads of bicyclopentane is 1.2 times a bond's sum.
 */
function isSound(molecule: Molecule, positions: Float64Array): boolean {
  molecule.ensureHelperArrays(Molecule.cHelperNeighbours);
  for (let i = 0; i < molecule.getAllAtoms(); i++) {
    for (let j = 0; j < i; j++) {
      const radii =
        COVALENT_RADII[molecule.getAtomicNo(i)] + COVALENT_RADII[molecule.getAtomicNo(j)];
      const ratio = distance(positions, i, j) / radii;
      // NaN fails both comparisons, so they ask for what is right.
      const bonded = molecule.getBond(i, j) !== -1;
      const right = bonded ? ratio > BOND_RANGE[0] && ratio < BOND_RANGE[1] : ratio > CONTACT;
      if (!right) return false;
    }
  }
  return positions.every((x) => Number.isFinite(x));
}

/** Distances between atoms, sorted within each pair of elements: equal atoms may change places. */
function sortedDistances(molecule: Molecule, positions: Float64Array): Float64Array {
  const classes = new Map<number, number[]>();
  for (let i = 0; i < molecule.getAllAtoms(); i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [molecule.getAtomicNo(i), molecule.getAtomicNo(j)];
      const key = 1000 * Math.max(a, b) + Math.min(a, b);
      const values = classes.get(key) ?? [];
      values.push(distance(positions, i, j));
      classes.set(key, values);
    }
  }
  const keys = [...classes.keys()].sort((a, b) => a - b);
  return Float64Array.from(keys.flatMap((key) => classes.get(key)?.sort((a, b) => a - b) ?? []));
}

function difference(a: Float64Array, b: Float64Array): number {
  const sum = a.reduce((total, x, k) => total + (x - b[k]) ** 2, 0);
  return a.length === 0 ? 0 : Math.sqrt(sum / a.length);
}

function distance(positions: Float64Array, i: number, j: number): number {
  return Math.hypot(
    positions[3 * i] - positions[3 * j],
    positions[3 * i + 1] - positions[3 * j + 1],
    positions[3 * i + 2] - positions[3 * j + 2],
  );
}
