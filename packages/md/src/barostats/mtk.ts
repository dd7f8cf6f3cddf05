import { EV_PER_AMU_A2_PER_FS2, KB } from '@mlffd/core';
import { requireFinite, requireInteger, requirePositive } from '../errors.ts';
import type { Integrator, Stepper } from '../integrator.ts';
import type { MdState } from '../state.ts';
import { ThermostatChain } from '../thermostats/chain.ts';
import { chainSettings, type NoseHooverOptions, particleChain } from '../thermostats/noseHoover.ts';
import { ThermalMotion } from '../thermostats/thermalMotion.ts';
import { BreathingCell } from './cell.ts';

/** Parameters of {@link mtk}. */
export interface MtkOptions extends NoseHooverOptions {
  /** eV/Angstrom^3; `GPA` and `BAR` of @mlffd/core convert. */
  readonly pressure: number;
  /** Period of the barostat, fs; a thousand time steps is usual. */
  readonly pressureTimeConstant: number;
  /** Number of thermostats on the barostat; default `chainLength`. */
  readonly pressureChainLength?: number;
}

/** Length of the cell and its momentum come first in `state.extended`. */
const STRETCH = 0;
const MOMENTUM = 1;
const CHAINS = 2;

/**
 * Barostat of Martyna, Tobias and Klein: constant temperature and pressure (NPT), deterministic and
 * time reversible. The cell keeps its shape; particles and cell have a Nose-Hoover chain each.
 *
 * With e = ln(L/L_0), its momentum p_e, and N_f the thermal degrees of freedom:
 *
 * dr/dt = v + r p_e/W;  m dv/dt = F - (1 + 3/N_f) (p_e/W) m v - m v p_1/Q_1;  de/dt = p_e/W;
 * dp_e/dt = 3 V (P_int - P) + (3/N_f) sum m v^2 - p_e p_xi1/R_1
 *
 * | mass | value |
 * |---|---|
 * | W | (N_f + 3) kB T tau_p^2 |
 * | Q_1, Q_k | N_f kB T tau^2, kB T tau^2 |
 * | R_1, R_k | 9 kB T tau_p^2, kB T tau_p^2 |
 *
 * Conserved: U + K + P V + p_e^2/(2W) and the energies of both chains (and the entropy of the centre
 * of mass, see {@link BreathingCell}).
 *
 * Source: Martyna, Tobias, Klein, J. Chem. Phys. 101, 4177 (1994); splitting of Tuckerman, Alejandre,
 * Lopez-Rendon, Jochim, Martyna, J. Phys. A 39, 5629 (2006). With `ndof: 3 * N` the steps are those of
 * ASE's `IsotropicMTKNPT`. The calculator must give the stress. Positions are stretched about the
 * origin, the drift of the centre of mass included.
 *
 * @throws InvalidArgumentError
 */
export function mtk(options: MtkOptions): Integrator {
  const { timestep, temperature, timeConstant, pressure, pressureTimeConstant } = options;
  const chain = chainSettings(options);
  const { pressureChainLength = chain.chainLength } = options;
  requirePositive('timestep', timestep);
  requirePositive('temperature', temperature);
  requirePositive('timeConstant', timeConstant);
  requireFinite('pressure', pressure);
  requirePositive('pressureTimeConstant', pressureTimeConstant);
  requireInteger('pressureChainLength', pressureChainLength, 1);
  const name = 'mtk';
  const whole = { timestep, temperature, timeConstant, pressure, pressureTimeConstant };
  return {
    name,
    timestep,
    temperature,
    conservesMomentum: true,
    needsVelocities: true,
    needsStress: true,
    extendedLength: CHAINS + 2 * (chain.chainLength + pressureChainLength),
    settings: { name, ...whole, ...chain, pressureChainLength },
    bind: (state) => bindMtk(state, { ...whole, ...chain, pressureChainLength }),
  };
}

function bindMtk(state: MdState, options: Required<MtkOptions>): Stepper {
  const { velocities, forces, extended, ndof } = state;
  const { timestep, pressureTimeConstant } = options;
  const { positions } = state.atoms;
  const masses = state.masses.map((mass) => mass * EV_PER_AMU_A2_PER_FS2);
  const thermalEnergy = KB * options.temperature;
  const coupling = 1 + 3 / ndof;
  const cellMass = (ndof + 3) * thermalEnergy * pressureTimeConstant ** 2;
  const cell = new BreathingCell(state, options);
  const motion = new ThermalMotion(state);
  const split = CHAINS + 2 * options.chainLength;
  const particles = particleChain(state, extended.subarray(CHAINS, split), options);
  const bath = cellChain(extended.subarray(split), options);

  const halfChains = {
    cell(): void {
      extended[MOMENTUM] *= bath.advance(extended[MOMENTUM] ** 2 / cellMass);
    },
    particles(): void {
      motion.scale(particles.advance(motion.twiceKinetic()));
    },
  };
  const pushCell = (): void => {
    extended[MOMENTUM] += (timestep / 2) * (cell.drive + (coupling - 1) * cell.twiceKinetic);
  };
  const pushParticles = (): void => {
    const x = (-coupling * extended[MOMENTUM] * timestep) / (2 * cellMass);
    const decay = Math.exp(x);
    const reach = (timestep / 2) * relativeExponential(x);
    for (let i = 0, k = 0; i < masses.length; i += 1) {
      const kick = reach / masses[i];
      for (let c = 0; c < 3; c += 1, k += 1)
        velocities[k] = decay * velocities[k] + kick * forces[k];
    }
  };
  const move = (): void => {
    const x = (extended[MOMENTUM] * timestep) / cellMass;
    const growth = Math.exp(x);
    const reach = timestep * relativeExponential(x);
    for (let k = 0; k < positions.length; k += 1) {
      positions[k] = growth * positions[k] + reach * velocities[k];
    }
    cell.scale(growth);
    extended[STRETCH] += x;
  };
  const setHeat = (): void => {
    const kinetic = extended[MOMENTUM] ** 2 / (2 * cellMass);
    state.heat = -(particles.energy + bath.energy + kinetic + cell.energy(extended[STRETCH]));
  };

  setHeat();
  return {
    beforeForces() {
      halfChains.cell();
      halfChains.particles();
      pushCell();
      pushParticles();
      move();
    },
    afterForces() {
      pushParticles();
      pushCell();
      halfChains.particles();
      halfChains.cell();
      setHeat();
    },
  };
}

function cellChain(variables: Float64Array, options: Required<MtkOptions>): ThermostatChain {
  const thermalEnergy = KB * options.temperature;
  const others = thermalEnergy * options.pressureTimeConstant ** 2;
  return new ThermostatChain({
    variables,
    freedoms: 1,
    thermalEnergy,
    masses: { first: 9 * others, others },
    time: options.timestep / 2,
    substeps: options.substeps,
    stages: options.stages,
  });
}

/** (exp(x) - 1)/x, and its limit 1 at zero. */
function relativeExponential(x: number): number {
  return x === 0 ? 1 : Math.expm1(x) / x;
}
