import { EV_PER_AMU_A2_PER_FS2 } from '@mlffd/core';
import type { LangevinParameters } from './langevin.ts';
import { mobility } from './fixed.ts';
import type { Stepper } from './integrator.ts';
import type { MdState } from './state.ts';

/**
 * One step of BAOAB, Leimkuhler and Matthews, Appl. Math. Res. Express 2013, 34 (2013):
 *
 * B: v <- v + (dt/2) F/m;  A: r <- r + (dt/2) v;
 * O: v <- v exp(-g dt) + sqrt(kB T (1 - exp(-2 g dt)) / m) xi;  A;  F <- F(r);  B
 *
 * Heat is the change of kinetic energy in O.
 */
export function bindBaoab(state: MdState, parameters: LangevinParameters): Stepper {
  const { timestep: dt, friction, thermalEnergy, normals } = parameters;
  const { velocities, forces } = state;
  const positions = state.atoms.positions;
  const mass = state.masses.map((m) => m * EV_PER_AMU_A2_PER_FS2);
  const noise = new Float64Array(velocities.length);
  const decay = Math.exp(-friction * dt);
  const mobile = mobility(state);
  const spread = -Math.expm1(-2 * friction * dt) * thermalEnergy;
  const width = mass.map((m, i) => mobile[i] * Math.sqrt(spread / m));
  return {
    beforeForces() {
      normals(noise, state.step);
      let heat = 0;
      for (let i = 0, k = 0; i < mass.length; i += 1) {
        const halfKick = dt / (2 * mass[i]);
        for (let c = 0; c < 3; c += 1, k += 1) {
          const before = velocities[k] + halfKick * forces[k];
          const after = decay * before + width[i] * noise[k];
          heat += 0.5 * mass[i] * (after - before) * (after + before);
          positions[k] += (dt / 2) * (before + after);
          velocities[k] = after;
        }
      }
      state.heat += heat;
    },
    afterForces() {
      for (let i = 0, k = 0; i < mass.length; i += 1) {
        const halfKick = dt / (2 * mass[i]);
        for (let c = 0; c < 3; c += 1, k += 1) velocities[k] += halfKick * forces[k];
      }
    },
  };
}
