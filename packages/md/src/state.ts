import type { Atoms } from '@mlffd/core';

/**
 * Everything that a step reads and writes. The arrays are allocated once and changed in place.
 *
 * `atoms.positions` and `atoms.cell` are the state's own buffers: a calculator sees them change from
 * call to call, and whoever wants to keep a configuration takes a copy (frames are copies).
 */
export interface MdState {
  readonly atoms: Atoms;
  /** N, amu. */
  readonly masses: Float64Array;
  /** 3N, Angstrom/fs. */
  readonly velocities: Float64Array;
  /** 3N, eV/Angstrom, of the current positions; zero on fixed atoms. */
  readonly forces: Float64Array;
  /**
   * Stress of the current positions (no kinetic part), eV/Angstrom^3, Voigt xx yy zz yz xz xy,
   * tension positive; kept up to date only for an integrator that needs it.
   */
  readonly stress: Float64Array;
  /** Indices of the atoms that never move, ascending. */
  readonly fixed: Int32Array;
  /** Thermal degrees of freedom. */
  readonly ndof: number;
  /** Variables of the integrator's own (chains, barostat); zero at the start of a trajectory. */
  readonly extended: Float64Array;
  /** Potential energy of the current positions, eV. */
  energy: number;
  /** Steps done since the start of the trajectory (restarts included). */
  step: number;
  /**
   * Total energy less what the equations of motion conserve, eV: the energy that the thermostat has
   * put in since the start of the trajectory. Under a barostat it also holds -P V.
   */
  heat: number;
  /**
   * Energy that came in where a guard put the teacher in the place of the calculator, and back, eV: the
   * differences of the two at the structures where they changed.
   */
  switched: number;
}
