import { copyAtoms, type Atoms } from '@mlffd/core';
import { kineticEnergy, temperatureOf } from './kinetics.ts';
import type { MdState } from './state.ts';

/** One moment of a trajectory. All arrays are copies: keep them, change them, send them away. */
export interface MdFrame {
  /** Positions are unwrapped: an atom that leaves the cell keeps going. */
  readonly atoms: Atoms;
  /** 3N, Angstrom/fs. */
  readonly velocities: Float64Array;
  /** 3N, eV/Angstrom; zero on fixed atoms. */
  readonly forces: Float64Array;
  /** Potential energy, eV. */
  readonly energy: number;
  /** Kinetic energy, eV. */
  readonly kinetic: number;
  /** Potential plus kinetic energy, eV. */
  readonly total: number;
  /**
   * What the equations of motion conserve, eV: total energy less the heat from the thermostat; under
   * a barostat the enthalpy, total + P V, less the heat from thermostat and barostat. Where guards
   * called a teacher, less what the changes of potential put in.
   */
  readonly conserved: number;
  /** K. */
  readonly temperature: number;
  /** Steps since the start of the trajectory. */
  readonly step: number;
  /** fs. */
  readonly time: number;
  /** Stress of the calculator (no kinetic part), eV/Angstrom^3, Voigt xx yy zz yz xz xy, if asked for or needed. */
  readonly stress?: Float64Array;
  /** Per-atom energies, eV, if asked for. */
  readonly energies?: Float64Array;
}

/** What a frame holds beside the state. */
export interface FrameExtras {
  /** fs. */
  readonly timestep: number;
  readonly stress?: Float64Array | undefined;
  readonly energies?: Float64Array | undefined;
}

/** Copies the state into a frame. */
export function frameOf(state: MdState, extras: FrameExtras): MdFrame {
  const kinetic = kineticEnergy(state.velocities, state.masses);
  const total = state.energy + kinetic;
  return {
    atoms: copyAtoms(state.atoms),
    velocities: state.velocities.slice(),
    forces: state.forces.slice(),
    energy: state.energy,
    kinetic,
    total,
    conserved: total - state.heat - state.switched,
    temperature: temperatureOf(state.velocities, state.masses, { ndof: state.ndof }),
    step: state.step,
    time: state.step * extras.timestep,
    ...(extras.stress === undefined ? {} : { stress: extras.stress.slice() }),
    ...(extras.energies === undefined ? {} : { energies: extras.energies.slice() }),
  };
}
