import { EV_PER_AMU_A2_PER_FS2 } from '@mlffd/core';
import { requirePositive } from './errors.ts';
import type { Integrator, PureStepper } from './integrator.ts';
import type { MdState } from './state.ts';

/**
 * Velocity Verlet: constant energy (NVE), second order, symplectic, time reversible.
 *
 * v <- v + (dt/2) F/m;  r <- r + dt v;  F <- F(r);  v <- v + (dt/2) F/m
 *
 * | symbol | variable | unit |
 * |---|---|---|
 * | dt | `timestep` | fs |
 * | r, v | `state.atoms.positions`, `state.velocities` | Angstrom, Angstrom/fs |
 * | F | `state.forces` | eV/Angstrom |
 * | m | `state.masses` times `EV_PER_AMU_A2_PER_FS2` | eV fs^2/Angstrom^2 |
 *
 * Source: Swope, Andersen, Berens, Wilson, J. Chem. Phys. 76, 637 (1982); the same order of
 * operations as ASE's `VelocityVerlet`.
 */
export function velocityVerlet(options: { readonly timestep: number }): Integrator {
  const { timestep } = options;
  requirePositive('timestep', timestep);
  return {
    name: 'velocity-verlet',
    timestep,
    conservesMomentum: true,
    settings: { name: 'velocity-verlet', timestep },
    bind: (state) => bindVelocityVerlet(state, timestep),
  };
}

/** The same steps, for integrators that do more around them. */
export function bindVelocityVerlet(state: MdState, timestep: number): PureStepper {
  const { velocities, forces, masses } = state;
  const positions = state.atoms.positions;
  const halfKick = masses.map((mass) => timestep / (2 * mass * EV_PER_AMU_A2_PER_FS2));
  return {
    beforeForces() {
      for (let i = 0, k = 0; i < halfKick.length; i += 1) {
        for (let c = 0; c < 3; c += 1, k += 1) {
          velocities[k] += halfKick[i] * forces[k];
          positions[k] += timestep * velocities[k];
        }
      }
    },
    afterForces() {
      for (let i = 0, k = 0; i < halfKick.length; i += 1) {
        for (let c = 0; c < 3; c += 1, k += 1) velocities[k] += halfKick[i] * forces[k];
      }
    },
  };
}
