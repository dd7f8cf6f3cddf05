import { EV_PER_AMU_A2_PER_FS2, fillNormals, KB } from '@mlffd/core';
import { bindBaoab } from './baoab.ts';
import { requireInteger, requirePositive } from './errors.ts';
import { mobility } from './fixed.ts';
import type { Integrator, Stepper } from './integrator.ts';
import type { MdState } from './state.ts';

/**
 * Fills `out` with independent standard normals for the step that leaves step number `step`.
 * It must be a pure function of `step`, or restarts are not exact.
 */
export type NormalSource = (out: Float64Array, step: number) => void;

/** Parameters of {@link langevin}. */
export interface LangevinOptions {
  /** fs. */
  readonly timestep: number;
  /** K; 0 gives damped dynamics. */
  readonly temperature: number;
  /** 1/fs; 0.001 to 0.02 is usual. */
  readonly friction: number;
  /** Non-negative integer. Noise is keyed by (seed, step, atom). */
  readonly seed: number;
  /**
   * `vec` (default): Vanden-Eijnden and Ciccotti, the numbers of ASE's `Langevin`.
   * `baoab`: Leimkuhler and Matthews, smaller error of configurational averages at large steps.
   */
  readonly scheme?: 'vec' | 'baoab';
  /**
   * Normals from elsewhere instead of the seeded stream, for comparison with other programs.
   * `vec` takes 6 per atom (3 of xi, then 3 of eta), `baoab` 3 per atom.
   */
  readonly normals?: NormalSource;
}

/** Widths and factors that a bound scheme works with. */
export interface LangevinParameters {
  readonly timestep: number;
  readonly friction: number;
  /** kB T, eV. */
  readonly thermalEnergy: number;
  readonly normals: NormalSource;
}

/**
 * Langevin dynamics: constant temperature (NVT), every atom coupled to a bath.
 *
 * m dv = F dt - g m v dt + sqrt(2 g m kB T) dW
 *
 * The bath also moves the centre of mass: temperatures of such a run count 3N degrees of freedom.
 * Heat taken from the bath is summed in `state.heat`, so that energy minus heat is conserved up to
 * the error of the time step.
 *
 * @throws InvalidArgumentError
 */
export function langevin(options: LangevinOptions): Integrator {
  const { timestep, temperature, friction, seed, scheme = 'vec' } = options;
  requirePositive('timestep', timestep);
  requirePositive('friction', friction);
  if (temperature !== 0) requirePositive('temperature', temperature);
  requireInteger('seed', seed, 0);
  const normals =
    options.normals ??
    ((out, step) => {
      fillNormals(out, { seed, stream: 'md/langevin', step });
    });
  const parameters = { timestep, friction, thermalEnergy: KB * temperature, normals };
  const name = `langevin-${scheme}`;
  return {
    name,
    timestep,
    temperature,
    conservesMomentum: false,
    settings: {
      name,
      timestep,
      temperature,
      friction,
      seed,
      noise: options.normals === undefined ? 'philox' : 'custom',
    },
    bind: (state) => (scheme === 'vec' ? bindVec(state, parameters) : bindBaoab(state, parameters)),
  };
}

/**
 * One step of Vanden-Eijnden and Ciccotti, Chem. Phys. Lett. 429, 310 (2006), eq. 23:
 *
 * dv = c3 xi - c4 eta;  dr = c5 eta
 * v <- v + c1 F/m - c2 v + dv;  r <- r + dt v + dr;  F <- F(r);  v <- v + c1 F/m - c2 v + dv
 *
 * | symbol | value | unit |
 * |---|---|---|
 * | s | sqrt(2 g kB T / m) | Angstrom/fs^1.5 |
 * | c1 | dt/2 - dt^2 g/8 | fs |
 * | c2 | dt g/2 - dt^2 g^2/8 | |
 * | c3 | sqrt(dt) s/2 - dt^1.5 g s/8 | Angstrom/fs |
 * | c5 | dt^1.5 s/(2 sqrt 3) | Angstrom |
 * | c4 | g c5/2 | Angstrom/fs |
 *
 * Heat is the change of kinetic energy that forces do not explain:
 * q = sum m (v'^2 - v^2)/2 - (F + F')(r' - r)/2 - (m/2)(dt/2)^2 (a'^2 - a^2), a = F/m.
 * The last term makes q vanish when g = 0, where this is velocity Verlet; so energy less heat keeps
 * what velocity Verlet keeps, whatever the bath does.
 */
function bindVec(state: MdState, parameters: LangevinParameters): Stepper {
  const { timestep: dt, friction: g, thermalEnergy, normals } = parameters;
  const { velocities, forces } = state;
  const positions = state.atoms.positions;
  const mass = state.masses.map((m) => m * EV_PER_AMU_A2_PER_FS2);
  const noise = new Float64Array(2 * velocities.length);
  const dv = new Float64Array(velocities.length);
  const move = new Float64Array(velocities.length);
  const c1 = dt / 2 - (dt * dt * g) / 8;
  const c2 = (dt * g) / 2 - (dt * dt * g * g) / 8;
  const c5PerS = dt ** 1.5 / (2 * Math.sqrt(3));
  const c3PerS = Math.sqrt(dt) / 2 - (dt ** 1.5 * g) / 8;
  // Without noise, force and velocity an atom stays where it is.
  const mobile = mobility(state);
  const s = mass.map((m, i) => mobile[i] * Math.sqrt((2 * g * thermalEnergy) / m));
  const quarter = (dt * dt) / 4;
  return {
    beforeForces() {
      normals(noise, state.step);
      let heat = 0;
      for (let i = 0, k = 0; i < mass.length; i += 1) {
        const c3 = c3PerS * s[i];
        const c5 = c5PerS * s[i];
        const c4 = (g * c5) / 2;
        for (let c = 0; c < 3; c += 1, k += 1) {
          const eta = noise[6 * i + 3 + c];
          const a = forces[k] / mass[i];
          const v = velocities[k];
          dv[k] = c3 * noise[6 * i + c] - c4 * eta;
          velocities[k] += c1 * a - c2 * v + dv[k];
          move[k] = dt * velocities[k] + c5 * eta;
          positions[k] += move[k];
          heat -= 0.5 * (mass[i] * (v * v - quarter * a * a) + forces[k] * move[k]);
        }
      }
      state.heat += heat;
    },
    afterForces() {
      let heat = 0;
      for (let i = 0, k = 0; i < mass.length; i += 1) {
        for (let c = 0; c < 3; c += 1, k += 1) {
          const a = forces[k] / mass[i];
          velocities[k] += c1 * a - c2 * velocities[k] + dv[k];
          const v = velocities[k];
          heat += 0.5 * (mass[i] * (v * v - quarter * a * a) - forces[k] * move[k]);
        }
      }
      state.heat += heat;
    },
  };
}
