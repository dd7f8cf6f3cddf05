import { COVALENT_RADII, InvalidArgumentError, neighborList, Rng } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { SamplingError } from './errors.ts';
import { randomStrain, rattle, strain } from './perturb.ts';
import type { Structure } from './structure.ts';

/** A named structure that others are made from. */
export interface Parent {
  /** Stable id; it becomes part of the ids of what is made from it. */
  readonly id: string;
  readonly atoms: Atoms;
  /** What it shares with other parents, for instance the molecule of a conformer; default its id. */
  readonly group?: string;
}

/** Options of `perturbedSet`. */
export interface PerturbedSetOptions {
  readonly parents: readonly Parent[];
  /** Perturbed copies of each parent. */
  readonly count: number;
  /** Displacement per coordinate, Angstrom: fixed, or log-uniform between two values. */
  readonly stdev: number | readonly [number, number];
  /** Largest component of a random strain of the periodic ones; default none. */
  readonly strain?: number;
  /** Strain volume only; default false. */
  readonly isotropic?: boolean;
  /** Give the parents themselves too; default true. */
  readonly includeParents?: boolean;
  /**
   * Smallest distance, as a fraction of the sum of the covalent radii; closer draws are made again.
   * Default 0.6.
   */
  readonly minDistance?: number;
  readonly seed: number;
}

const TRIES = 50;

/**
 * Rattled and strained copies of some parents, one after the other. A copy depends on the seed, the
 * id of its parent and its number only, not on what else is in the set. All copies of a parent, and
 * of all parents that name one group, are one group, since they resemble each other.
 *
 * @throws SamplingError when no draw keeps the atoms apart
 */
export function* perturbedSet(options: PerturbedSetOptions): Generator<Structure, void, undefined> {
  const { parents, count, includeParents = true } = options;
  if (!(Number.isInteger(count) && count >= 0)) {
    throw new InvalidArgumentError('data/invalid-option', `count ${count} is no number of copies`, {
      expected: 'an integer of at least 0',
      found: String(count),
      where: 'count',
    });
  }
  for (const parent of parents) {
    if (includeParents) {
      const { id, atoms, group = id } = parent;
      yield { atoms, meta: { id, group, source: 'parent' } };
    }
    for (let k = 0; k < count; k++) yield perturbed(parent, k, options);
  }
}

function perturbed(parent: Parent, k: number, options: PerturbedSetOptions): Structure {
  const { seed, isotropic = false, minDistance = 0.6 } = options;
  const amplitude = parent.atoms.pbc.includes(true) ? (options.strain ?? 0) : 0;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const stream = `${parent.id} ${k} ${attempt}`;
    const stdev = drawStdev(options.stdev, new Rng(seed, 'stdev', stream));
    const deformed =
      amplitude === 0
        ? parent.atoms
        : randomStrain(parent.atoms, { amplitude, isotropic, seed, stream });
    const atoms = rattle(deformed, { stdev, seed, stream });
    if (!areApart(atoms, minDistance)) continue;
    return {
      atoms,
      meta: {
        id: `${parent.id}/rattle-${String(k).padStart(5, '0')}`,
        group: parent.group ?? parent.id,
        source: amplitude === 0 ? 'rattle' : 'rattle+strain',
        parent: parent.id,
        details: { stdev, attempt },
      },
    };
  }
  throw new SamplingError(
    'data/no-draw',
    `no rattled copy ${k} of ${parent.id} keeps its atoms apart in ${TRIES} tries`,
    {
      expected: `distances of at least ${minDistance} times the sum of the covalent radii`,
      where: parent.id,
      hint: 'Lower stdev or strain, or look at the parent for close contacts.',
    },
  );
}

function drawStdev(stdev: number | readonly [number, number], rng: Rng): number {
  if (typeof stdev === 'number') return stdev;
  const [low, high] = stdev;
  if (!(low > 0 && high >= low)) {
    throw new InvalidArgumentError('data/invalid-option', 'stdev must be a range above 0', {
      expected: '[low, high] with 0 < low <= high',
      found: `[${low}, ${high}]`,
      where: 'stdev',
    });
  }
  return low * (high / low) ** rng.uniform();
}

/** Radius of elements that nobody has measured, Angstrom. */
const UNKNOWN_RADIUS = 1.5;

/** False when two atoms are nearer than `fraction` of the sum of their covalent radii. */
export function areApart(atoms: Atoms, fraction: number): boolean {
  if (fraction <= 0) return true;
  const radii = Float64Array.from(atoms.numbers, (z) => {
    const radius = COVALENT_RADII[z];
    return fraction * (Number.isNaN(radius) ? UNKNOWN_RADIUS : radius);
  });
  const list = neighborList(atoms, 2 * radii.reduce((most, r) => Math.max(most, r), 0));
  for (let e = 0; e < list.count; e++) {
    if (list.distances[e] < radii[list.centers[e]] + radii[list.neighbors[e]]) return false;
  }
  return true;
}

/**
 * The same structure at several volumes, as starts for MD.
 *
 * @param strains linear strain of each copy: 0.02 makes every length 2 % longer
 */
export function strainSeries(parent: Parent, strains: readonly number[]): Parent[] {
  return strains.map((e) => ({
    id: `${parent.id}/e${e < 0 ? '-' : '+'}${Math.abs(e).toFixed(4)}`,
    atoms: strain(parent.atoms, [e, e, e, 0, 0, 0]),
  }));
}
