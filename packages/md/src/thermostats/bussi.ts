import { requireInteger, requirePositive } from '../errors.ts';
import type { Integrator, Stepper } from '../integrator.ts';
import type { MdState } from '../state.ts';
import { bindVelocityVerlet } from '../velocityVerlet.ts';
import { type RescalingNoise, seededNoise, VelocityRescaling } from './velocityRescaling.ts';

/** Parameters of {@link bussi}. */
export interface BussiOptions {
  /** fs. */
  readonly timestep: number;
  /** K. */
  readonly temperature: number;
  /** Relaxation time of the kinetic energy, fs; 100 is usual. */
  readonly timeConstant: number;
  /** Non-negative integer. Noise is keyed by (seed, step). */
  readonly seed: number;
  /** Random numbers from elsewhere instead of the seeded stream, for comparison with other programs. */
  readonly noise?: RescalingNoise;
}

/**
 * Stochastic velocity rescaling: constant temperature (NVT). The bath acts on the kinetic energy as a
 * whole, so that the dynamics of the single atoms is hardly disturbed.
 *
 * Each step scales the velocities (see {@link VelocityRescaling}), then takes a step of velocity
 * Verlet, as ASE's `Bussi`. Heat is the change of kinetic energy by the scaling, and energy less heat
 * is the effective energy of Bussi, Donadio and Parrinello.
 *
 * @throws InvalidArgumentError
 */
export function bussi(options: BussiOptions): Integrator {
  const { timestep, temperature, timeConstant, seed, noise } = options;
  requirePositive('timestep', timestep);
  requirePositive('temperature', temperature);
  requirePositive('timeConstant', timeConstant);
  requireInteger('seed', seed, 0);
  const name = 'bussi';
  return {
    name,
    timestep,
    temperature,
    conservesMomentum: true,
    needsVelocities: true,
    settings: {
      name,
      timestep,
      temperature,
      timeConstant,
      seed,
      noise: noise === undefined ? 'philox' : 'custom',
    },
    bind: (state) => bindBussi(state, options),
  };
}

function bindBussi(state: MdState, options: BussiOptions): Stepper {
  const { noise = seededNoise(options.seed) } = options;
  const random = new Float64Array(2);
  const verlet = bindVelocityVerlet(state, options.timestep);
  const rescaling = new VelocityRescaling(state, options);
  return {
    beforeForces() {
      noise(random, state.step, state.ndof - 1);
      state.heat += rescaling.apply(random);
      verlet.beforeForces();
    },
    afterForces() {
      verlet.afterForces();
    },
  };
}
