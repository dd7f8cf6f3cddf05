import type { Atoms } from '@mlffd/core';

/** What guards remember from step to step, and a restart keeps. */
export interface GuardMemory {
  /** Running mean of the temperature, K, and values in it. */
  readonly temperature: readonly [number, number];
  /** Running mean of the largest force, eV/Angstrom, and values in it. */
  readonly force: readonly [number, number];
  /** Conserved quantity at the start of the trajectory, eV; NaN where it is not watched. */
  readonly conserved: number;
  /** Step up to which the teacher is called; -1 where it is not. */
  readonly teacherUntil: number;
  /** Structure whose bonds count; positions 3N and cell 9, Angstrom, where bonds are watched. */
  readonly reference?: Pick<Atoms, 'positions' | 'cell'>;
}
