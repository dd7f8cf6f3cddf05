import { InvalidArgumentError, copyAtoms, masses as standardMasses } from '@mlffd/core';
import { MdError, requireArray, requireInteger, requirePositive } from './errors.ts';
import type { Integrator } from './integrator.ts';
import { defaultDegreesOfFreedom } from './kinetics.ts';
import type { FreshStart, RunMdOptions } from './options.ts';
import type { MdRestart } from './restart.ts';
import type { MdState } from './state.ts';
import { initialVelocities } from './velocities.ts';

/** A state and whether its energy and forces are known already. */
export interface Start {
  readonly state: MdState;
  readonly ndof: number;
  readonly hasForces: boolean;
}

/** Builds the state that a run starts from. */
export function startOf(options: RunMdOptions): Start {
  return options.resume === undefined
    ? freshStart(options, options.integrator)
    : resumedStart(options.resume, options.integrator);
}

function freshStart(options: FreshStart, integrator: Integrator): Start {
  const { atoms } = options;
  const count = atoms.numbers.length;
  const masses = (options.masses ?? standardMasses(atoms)).slice();
  requireArray('masses', masses, count);
  for (const mass of masses) requirePositive('masses', mass);
  const velocities = startVelocities(options, masses);
  if (
    integrator.temperature === undefined &&
    options.allowZeroVelocities !== true &&
    velocities.every((v) => v === 0)
  ) {
    throw new MdError('md/zero-velocities', 'NVE from rest: all velocities are zero', {
      expected: 'velocities, or temperature and seed',
      found: 'all velocities zero',
      where: 'velocities',
      hint: 'Pass temperature and seed (or velocities from initialVelocities), or allowZeroVelocities: true.',
    });
  }
  const { ndof = integrator.conservesMomentum ? defaultDegreesOfFreedom(count) : 3 * count } =
    options;
  requirePositive('ndof', ndof);
  return {
    state: {
      atoms: copyAtoms(atoms),
      masses,
      velocities,
      forces: new Float64Array(3 * count),
      energy: NaN,
      step: 0,
      heat: 0,
    },
    ndof,
    hasForces: false,
  };
}

function startVelocities(options: FreshStart, masses: Float64Array): Float64Array {
  const { atoms, velocities, temperature, seed } = options;
  const length = 3 * atoms.numbers.length;
  if (velocities !== undefined) {
    if (temperature !== undefined) {
      throw new InvalidArgumentError(
        'md/invalid-option',
        'velocities and temperature are both given',
        {
          expected: 'one of velocities, temperature',
          found: 'both',
          where: 'temperature',
          hint: 'Drop temperature to keep the velocities, or drop velocities to draw new ones.',
        },
      );
    }
    requireArray('velocities', velocities, length);
    return velocities.slice();
  }
  if (temperature === undefined) return new Float64Array(length);
  requireInteger('seed', seed ?? -1, 0);
  return initialVelocities(atoms, {
    temperature,
    seed: seed ?? 0,
    exact: options.exactTemperature ?? false,
    masses,
  });
}

function resumedStart(restart: MdRestart, integrator: Integrator): Start {
  const names = new Set([...Object.keys(restart.integrator), ...Object.keys(integrator.settings)]);
  for (const name of names) {
    const stored = restart.integrator[name];
    const given = integrator.settings[name];
    if (stored === given) continue;
    throw new MdError(
      'md/restart-mismatch',
      `the restart was made with another integrator (${name})`,
      {
        expected: `${name} = ${String(stored)}`,
        found: `${name} = ${String(given)}`,
        where: `integrator.${name}`,
        hint: 'Resume with the same integrator, or start a new trajectory from restart.atoms and restart.velocities.',
      },
    );
  }
  return {
    state: {
      atoms: copyAtoms(restart.atoms),
      masses: restart.masses.slice(),
      velocities: restart.velocities.slice(),
      forces: restart.forces.slice(),
      energy: restart.energy,
      step: restart.step,
      heat: restart.heat,
    },
    ndof: restart.ndof,
    hasForces: true,
  };
}
