import { KB } from '@mlffd/core';
import { requireInteger, requirePositive } from '../errors.ts';
import type { Integrator, Stepper } from '../integrator.ts';
import type { MdState } from '../state.ts';
import { bindVelocityVerlet } from '../velocityVerlet.ts';
import { ThermostatChain } from './chain.ts';
import type { SuzukiYoshidaStages } from './suzukiYoshida.ts';
import { ThermalMotion } from './thermalMotion.ts';

/** How the chain of a Nose-Hoover thermostat is built and integrated. */
export interface ChainSettings {
  /** Number of thermostats; default 3. */
  readonly chainLength?: number;
  /** Parts that a half step of the chain is divided into; default 1. */
  readonly substeps?: number;
  /** Stages of the Suzuki-Yoshida splitting of a part; default 3 (fourth order). */
  readonly stages?: SuzukiYoshidaStages;
}

/** Parameters of {@link noseHooverChain}. */
export interface NoseHooverOptions extends ChainSettings {
  /** fs. */
  readonly timestep: number;
  /** K. */
  readonly temperature: number;
  /** Period of the coupling, fs; a hundred time steps is usual. */
  readonly timeConstant: number;
}

/**
 * Nose-Hoover chain: constant temperature (NVT), deterministic and time reversible.
 *
 * Velocity Verlet between two half steps of the chain. With N_f the thermal degrees of freedom and
 * tau the time constant, Q_1 = N_f kB T tau^2 and Q_k = kB T tau^2. Conserved:
 * U + K + N_f kB T eta_1 + kB T sum_{k>1} eta_k + sum p_k^2/(2 Q_k).
 *
 * Source: Martyna, Klein, Tuckerman, J. Chem. Phys. 97, 2635 (1992). With `ndof: 3 * N` the steps are
 * those of ASE's `NoseHooverChainNVT`, which always counts 3N.
 *
 * @throws InvalidArgumentError
 */
export function noseHooverChain(options: NoseHooverOptions): Integrator {
  const { timestep, temperature, timeConstant } = options;
  const chain = chainSettings(options);
  requirePositive('timestep', timestep);
  requirePositive('temperature', temperature);
  requirePositive('timeConstant', timeConstant);
  const name = 'nose-hoover-chain';
  return {
    name,
    timestep,
    temperature,
    conservesMomentum: true,
    needsVelocities: true,
    extendedLength: 2 * chain.chainLength,
    settings: { name, timestep, temperature, timeConstant, ...chain },
    bind: (state) => bindNoseHoover(state, { ...options, ...chain }),
  };
}

/** @throws InvalidArgumentError */
export function chainSettings(options: ChainSettings): Required<ChainSettings> {
  const { chainLength = 3, substeps = 1, stages = 3 } = options;
  requireInteger('chainLength', chainLength, 1);
  requireInteger('substeps', substeps, 1);
  return { chainLength, substeps, stages };
}

/** The chain that thermostats the particles of a state for half a time step at a time. */
export function particleChain(
  state: MdState,
  variables: Float64Array,
  options: Required<NoseHooverOptions>,
): ThermostatChain {
  const thermalEnergy = KB * options.temperature;
  const others = thermalEnergy * options.timeConstant ** 2;
  return new ThermostatChain({
    variables,
    freedoms: state.ndof,
    thermalEnergy,
    masses: { first: state.ndof * others, others },
    time: options.timestep / 2,
    substeps: options.substeps,
    stages: options.stages,
  });
}

function bindNoseHoover(state: MdState, options: Required<NoseHooverOptions>): Stepper {
  const verlet = bindVelocityVerlet(state, options.timestep);
  const motion = new ThermalMotion(state);
  const chain = particleChain(state, state.extended, options);
  const halfStep = (): void => {
    motion.scale(chain.advance(motion.twiceKinetic()));
  };
  return {
    beforeForces() {
      halfStep();
      verlet.beforeForces();
    },
    afterForces() {
      verlet.afterForces();
      halfStep();
      state.heat = -chain.energy;
    },
  };
}
