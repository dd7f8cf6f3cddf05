import { EV_PER_AMU_A2_PER_FS2, fillNormals, KB } from '@mlffd/core';
import { requireFinite, requireInteger, requirePositive } from '../errors.ts';
import type { Integrator, Stepper } from '../integrator.ts';
import type { MdState } from '../state.ts';
import {
  type RescalingNoise,
  seededNoise,
  VelocityRescaling,
} from '../thermostats/velocityRescaling.ts';
import { BreathingCell } from './cell.ts';

/** Parameters of {@link cellRescaling}. */
export interface CellRescalingOptions {
  /** fs. */
  readonly timestep: number;
  /** K. */
  readonly temperature: number;
  /** Relaxation time of the kinetic energy, fs; 100 is usual. */
  readonly timeConstant: number;
  /** eV/Angstrom^3; `GPA` and `BAR` of @mlffd/core convert. */
  readonly pressure: number;
  /** Relaxation time of the volume, fs, if `compressibility` is right; 1000 is usual. */
  readonly pressureTimeConstant: number;
  /**
   * Estimate of the isothermal compressibility, Angstrom^3/eV (72 for water, 1/B for a solid of bulk
   * modulus B). It sets the speed of the barostat, not the distribution of the volume.
   */
  readonly compressibility: number;
  /** Non-negative integer. Noise is keyed by (seed, step). */
  readonly seed: number;
  /**
   * Random numbers from elsewhere instead of the seeded streams, for comparison with other programs:
   * two for the velocities as in `bussi`, then a standard normal for the cell.
   */
  readonly noise?: RescalingNoise;
}

/** In `state.extended`: logarithm of the length of the cell over that at the start. */
const STRETCH = 0;
/** In `state.extended`: heat from both baths, eV. */
const HEAT = 1;

/**
 * Stochastic cell rescaling with stochastic velocity rescaling: constant temperature and pressure
 * (NPT). A barostat of first order: the volume relaxes without ringing, from far away too, and still
 * has the fluctuations of the ensemble. The cell keeps its shape.
 *
 * With l = sqrt(V), D = kB T b/(4 tau_p), b the compressibility, and f = -dE/dl the derivative of
 * E = K + U + P V - kB T ln l at constant scaled positions and momenta,
 * f = -2 l (P - P_int - kB T/(2V)): dl = (D/kB T) f dt + sqrt(2D) dW.
 *
 * A step: scale the velocities as `bussi`; half a kick; draw dl, and with a = (V'/V)^(1/3)
 * r <- a r + (a + 1/a) v dt/2, v <- v/a, cell <- a cell; forces; half a kick. It is reversible, so
 * that the effective energy is known: E, less the heat of the velocity scaling, plus
 * (f + f') dl/2 + (D dt/(4 kB T)) (f'^2 - f^2), with f and f' from the velocities next to the move.
 *
 * Source: Bernetti and Bussi, J. Chem. Phys. 153, 114107 (2020), the time-reversible integrator. The
 * calculator must give the stress. Positions are stretched about the origin.
 *
 * @throws InvalidArgumentError
 */
export function cellRescaling(options: CellRescalingOptions): Integrator {
  const { timestep, temperature, timeConstant, pressure, seed, noise } = options;
  const { pressureTimeConstant, compressibility } = options;
  requirePositive('timestep', timestep);
  requirePositive('temperature', temperature);
  requirePositive('timeConstant', timeConstant);
  requireFinite('pressure', pressure);
  requirePositive('pressureTimeConstant', pressureTimeConstant);
  requirePositive('compressibility', compressibility);
  requireInteger('seed', seed, 0);
  const name = 'cell-rescaling';
  const bath = { timestep, temperature, timeConstant, seed };
  return {
    name,
    timestep,
    temperature,
    conservesMomentum: true,
    needsVelocities: true,
    needsStress: true,
    extendedLength: 2,
    settings: {
      name,
      ...bath,
      pressure,
      pressureTimeConstant,
      compressibility,
      noise: noise === undefined ? 'philox' : 'custom',
    },
    bind: (state) => bindCellRescaling(state, options),
  };
}

function bindCellRescaling(state: MdState, options: CellRescalingOptions): Stepper {
  const { velocities, forces, extended } = state;
  const { timestep, seed, noise = cellNoise(seed) } = options;
  const { positions } = state.atoms;
  const halfKick = state.masses.map((mass) => timestep / (2 * mass * EV_PER_AMU_A2_PER_FS2));
  const thermalEnergy = KB * options.temperature;
  const diffusion = (thermalEnergy * options.compressibility) / (4 * options.pressureTimeConstant);
  // D dt/kB T, Angstrom^3/eV.
  const mobility = (diffusion * timestep) / thermalEnergy;
  const random = new Float64Array(3);
  const rescaling = new VelocityRescaling(state, options);
  const cell = new BreathingCell(state, options);
  /** Of the step under way, Angstrom^1.5. */
  let change = 0;

  const kick = (): void => {
    for (let i = 0, k = 0; i < halfKick.length; i += 1) {
      for (let c = 0; c < 3; c += 1, k += 1) velocities[k] += halfKick[i] * forces[k];
    }
  };
  /** f, eV/Angstrom^1.5: the length of the cell goes with l^(2/3). */
  const force = (root: number): number => ((2 / 3) * cell.drive + thermalEnergy) / root;
  const setHeat = (): void => {
    const stretch = extended[STRETCH];
    state.heat = extended[HEAT] + 1.5 * thermalEnergy * stretch - cell.energy(stretch);
  };

  setHeat();
  return {
    beforeForces() {
      noise(random, state.step, state.ndof - 1);
      extended[HEAT] += rescaling.apply(random);
      kick();
      const root = Math.sqrt(cell.volume);
      const push = force(root);
      change = mobility * push + Math.sqrt(2 * diffusion * timestep) * random[2];
      extended[HEAT] -= 0.5 * change * push - 0.25 * mobility * push * push;
      // l and -l are the same volume.
      const stretch = (2 / 3) * Math.log(Math.abs(1 + change / root));
      const growth = Math.exp(stretch);
      const reach = (timestep / 2) * (growth + 1 / growth);
      for (let k = 0; k < positions.length; k += 1) {
        positions[k] = growth * positions[k] + reach * velocities[k];
        velocities[k] /= growth;
      }
      cell.scale(growth);
      extended[STRETCH] += stretch;
    },
    afterForces() {
      const push = force(Math.sqrt(cell.volume));
      extended[HEAT] -= 0.5 * change * push + 0.25 * mobility * push * push;
      kick();
      setHeat();
    },
  };
}

function cellNoise(seed: number): RescalingNoise {
  const velocities = seededNoise(seed);
  const normal = new Float64Array(1);
  return (out, step, degrees) => {
    velocities(out, step, degrees);
    fillNormals(normal, { seed, stream: 'md/cell-rescaling', step });
    out[2] = normal[0];
  };
}
