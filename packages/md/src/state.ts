import type { Atoms } from '@mlffd/core';

/**
 * Everything that a step reads and writes. The arrays are allocated once and changed in place.
 *
 * `atoms.positions` is the state's own buffer: a calculator sees it change from call to call, and
 * whoever wants to keep a configuration takes a copy (frames are copies).
 */
export interface MdState {
  readonly atoms: Atoms;
  /** N, amu. */
  readonly masses: Float64Array;
  /** 3N, Angstrom/fs. */
  readonly velocities: Float64Array;
  /** 3N, eV/Angstrom, of the current positions. */
  readonly forces: Float64Array;
  /** Potential energy of the current positions, eV. */
  energy: number;
  /** Steps done since the start of the trajectory (restarts included). */
  step: number;
  /** Energy that the thermostat has put in since the start of the trajectory, eV. */
  heat: number;
}
