import {
  InvalidArgumentError,
  EV_PER_AMU_A2_PER_FS2,
  fillNormals,
  KB,
  masses as standardMasses,
  type Atoms,
} from '@mlffd/core';
import { requireArray, requireInteger } from './errors.ts';
import { fixedIndices, holdStill } from './fixed.ts';
import { defaultDegreesOfFreedom, removeDrift, temperatureOf } from './kinetics.ts';

/** How {@link initialVelocities} draws. */
export interface InitialVelocitiesOptions {
  /** K. */
  readonly temperature: number;
  /** Non-negative integer; the same seed gives the same velocities. */
  readonly seed: number;
  /**
   * Scale to exactly `temperature` after the draw, with 3N - 3 degrees of freedom (3N where the drift
   * stays; three for each atom that is not fixed); default false.
   */
  readonly exact?: boolean;
  /** Take out the motion of the centre of mass; default true, false with fixed atoms. */
  readonly removeDrift?: boolean;
  /** Indices of atoms that stay at rest. */
  readonly fixed?: ArrayLike<number>;
  /** N values, amu; default the standard atomic masses. */
  readonly masses?: Float64Array;
}

/**
 * Velocities drawn from the Maxwell-Boltzmann distribution, Angstrom/fs, 3N values.
 *
 * v_ia = xi_ia sqrt(kB T / m_i), xi ~ N(0, 1); then total momentum is removed. The draw for an atom
 * depends only on (seed, index of the atom).
 *
 * @throws InvalidArgumentError for a negative temperature, or where removing the drift leaves
 *   a single atom at rest
 */
export function initialVelocities(atoms: Atoms, options: InitialVelocitiesOptions): Float64Array {
  const { temperature, seed, exact = false } = options;
  const masses = options.masses ?? standardMasses(atoms);
  const count = atoms.numbers.length;
  const fixed = fixedIndices(options.fixed ?? [], count);
  const still = options.removeDrift ?? fixed.length === 0;
  if (!Number.isFinite(temperature) || temperature < 0) {
    throw new InvalidArgumentError(
      'md/invalid-option',
      'temperature must be a finite number of at least 0 K',
      {
        expected: 'a finite number >= 0 (K)',
        found: String(temperature),
        where: 'temperature',
        hint: 'Give the temperature in kelvin.',
      },
    );
  }
  requireInteger('seed', seed, 0);
  requireArray('masses', masses, count);
  if (still && fixed.length > 0) {
    throw new InvalidArgumentError(
      'md/invalid-option',
      'taking out the drift would set fixed atoms moving',
      {
        expected: 'fixed atoms or removeDrift: true',
        found: 'both',
        where: 'removeDrift',
        hint: 'Drop removeDrift: fixed atoms hold the structure in its place.',
      },
    );
  }
  if (still && count === 1 && temperature > 0) {
    throw new InvalidArgumentError(
      'md/invalid-option',
      'one atom without drift is an atom at rest',
      {
        expected: 'at least 2 atoms, or removeDrift: false',
        found: '1 atom',
        where: 'removeDrift',
        hint: 'Pass removeDrift: false for a single atom in an outside field.',
      },
    );
  }
  const velocities = new Float64Array(3 * count);
  fillNormals(velocities, { seed, stream: 'md/initial-velocities', step: 0 });
  for (let i = 0; i < count; i += 1) {
    const width = Math.sqrt((KB * temperature) / (masses[i] * EV_PER_AMU_A2_PER_FS2));
    for (let k = 3 * i; k < 3 * i + 3; k += 1) velocities[k] *= width;
  }
  holdStill(velocities, fixed);
  if (still) removeDrift(velocities, masses);
  if (exact && temperature > 0) {
    const ndof = still ? defaultDegreesOfFreedom(count) : 3 * (count - fixed.length);
    const drawn = temperatureOf(velocities, masses, { ndof });
    const scale = Math.sqrt(temperature / drawn);
    for (let k = 0; k < velocities.length; k += 1) velocities[k] *= scale;
  }
  return velocities;
}
