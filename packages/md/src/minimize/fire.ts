import { dot } from '@mlffd/core';
import { maxStepOf } from './descent.ts';
import type { Descent, DescentOptions } from './descent.ts';

// Parameters of Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006), times in ASE's unit
// (10.18 fs with masses of 1 amu).
const FIRST_TIMESTEP = 0.1;
const LONGEST_TIMESTEP = 1;
const PATIENCE = 5;
const GROW = 1.1;
const SHRINK = 0.5;
const FIRST_MIXING = 0.1;
const MIXING_DECAY = 0.99;

/**
 * FIRE, the fast inertial relaxation engine, with the steps of ASE's `FIRE`: dynamics of unit
 * masses, turned towards the force, and stopped whenever they run uphill. Needs nothing but forces
 * and forgives noise in them.
 *
 * `maxStep` limits the norm of the whole displacement, as in ASE.
 *
 * @param size number of coordinates
 */
export function fire(size: number, options: DescentOptions = {}): Descent {
  const velocity = new Float64Array(size);
  let maxStep = maxStepOf(options);
  let timestep = FIRST_TIMESTEP;
  let mixing = FIRST_MIXING;
  let downhill = 0;
  let moving = false;

  const turn = (forces: Float64Array) => {
    if (dot(forces, velocity) > 0) {
      const scale = mixing * Math.sqrt(dot(velocity, velocity) / dot(forces, forces));
      for (let k = 0; k < size; k++) velocity[k] = (1 - mixing) * velocity[k] + scale * forces[k];
      if (downhill > PATIENCE) {
        timestep = Math.min(timestep * GROW, LONGEST_TIMESTEP);
        mixing *= MIXING_DECAY;
      }
      downhill++;
    } else {
      velocity.fill(0);
      mixing = FIRST_MIXING;
      timestep *= SHRINK;
      downhill = 0;
    }
  };

  return {
    name: 'fire',
    step(_x, forces, out) {
      if (moving) turn(forces);
      moving = true;
      for (let k = 0; k < size; k++) {
        velocity[k] += timestep * forces[k];
        out[k] = timestep * velocity[k];
      }
      const norm = Math.sqrt(dot(out, out));
      if (norm > maxStep) for (let k = 0; k < size; k++) out[k] *= maxStep / norm;
    },
    restart() {
      velocity.fill(0);
      moving = false;
      downhill = 0;
      mixing = FIRST_MIXING;
      timestep *= SHRINK;
      maxStep *= SHRINK;
    },
  };
}
