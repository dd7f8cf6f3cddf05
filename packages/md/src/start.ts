import { InvalidArgumentError, copyAtoms, masses as standardMasses } from '@mlffd/core';
import { MdError, requireArray, requireInteger, requirePositive } from './errors.ts';
import type { GuardMemory } from './guards/memory.ts';
import { fixedIndices, holdStill } from './fixed.ts';
import { extendedLengthOf, type Integrator } from './integrator.ts';
import { defaultDegreesOfFreedom } from './kinetics.ts';
import type { FreshStart, RunMdOptions } from './options.ts';
import type { MdRestart } from './restart.ts';
import type { MdState } from './state.ts';
import { initialVelocities } from './velocities.ts';

/** A state and whether its energy and forces are known already. */
export interface Start {
  readonly state: MdState;
  readonly hasForces: boolean;
  /** What guards remember of the steps before. */
  readonly guards?: GuardMemory;
}

/** Builds the state that a run starts from. */
export function startOf(options: RunMdOptions): Start {
  return options.resume === undefined
    ? freshStart(options, options.integrator)
    : resumedStart(options.resume, options.integrator);
}

/** The state of a new trajectory. */
export function freshStart(options: FreshStart, integrator: Integrator): Start {
  const { atoms } = options;
  const count = atoms.numbers.length;
  const masses = (options.masses ?? standardMasses(atoms)).slice();
  requireArray('masses', masses, count);
  for (const mass of masses) requirePositive('masses', mass);
  const fixed = fixedIndices(options.fixed ?? [], count);
  const velocities = startVelocities(options, masses, fixed);
  const needsVelocities = integrator.needsVelocities ?? integrator.temperature === undefined;
  if (needsVelocities && options.allowZeroVelocities !== true && velocities.every((v) => v === 0)) {
    const name = integrator.temperature === undefined ? 'NVE' : integrator.name;
    throw new MdError('md/zero-velocities', `${name} from rest: all velocities are zero`, {
      expected: 'velocities, or temperature and seed',
      found: 'all velocities zero',
      where: 'velocities',
      hint: 'Pass temperature and seed (or velocities from initialVelocities), or allowZeroVelocities: true.',
    });
  }
  const keepsMomentum = integrator.conservesMomentum && fixed.length === 0;
  const { ndof = keepsMomentum ? defaultDegreesOfFreedom(count) : 3 * (count - fixed.length) } =
    options;
  requirePositive('ndof', ndof);
  return {
    state: {
      atoms: copyAtoms(atoms),
      masses,
      velocities,
      forces: new Float64Array(3 * count),
      stress: new Float64Array(6),
      fixed,
      ndof,
      extended: new Float64Array(extendedLengthOf(integrator, count)),
      energy: NaN,
      step: 0,
      heat: 0,
      switched: 0,
    },
    hasForces: false,
  };
}

function startVelocities(
  options: FreshStart,
  masses: Float64Array,
  fixed: Int32Array,
): Float64Array {
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
    return holdStill(velocities.slice(), fixed);
  }
  if (temperature === undefined) return new Float64Array(length);
  requireInteger('seed', seed ?? -1, 0);
  return initialVelocities(atoms, {
    temperature,
    seed: seed ?? 0,
    exact: options.exactTemperature ?? false,
    fixed,
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
  const { stress = new Float64Array(6), fixed = new Int32Array(0) } = restart;
  const extended = restart.extended ?? new Float64Array(0);
  requireArray('resume.extended', extended, extendedLengthOf(integrator, restart.masses.length));
  return {
    state: {
      atoms: copyAtoms(restart.atoms),
      masses: restart.masses.slice(),
      velocities: restart.velocities.slice(),
      forces: restart.forces.slice(),
      stress: stress.slice(),
      fixed: fixed.slice(),
      ndof: restart.ndof,
      extended: extended.slice(),
      energy: restart.energy,
      step: restart.step,
      heat: restart.heat,
      switched: restart.switched ?? 0,
    },
    hasForces: integrator.needsStress !== true || restart.stress !== undefined,
    ...(restart.guards === undefined ? {} : { guards: restart.guards }),
  };
}
