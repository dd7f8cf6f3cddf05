import { ASE_FS } from '../units.ts';
import { masses } from '../atoms.ts';
import type { Atoms } from '../atoms.ts';
import type { Results } from '../calculator.ts';

/** A per-atom column of an extended XYZ file: N rows of `columns` values, row by row. */
export type FrameArray =
  | { readonly kind: 'real'; readonly columns: number; readonly values: Float64Array }
  /** Whole numbers, exact up to 2^53. */
  | { readonly kind: 'integer'; readonly columns: number; readonly values: Float64Array }
  | { readonly kind: 'logical'; readonly columns: number; readonly values: readonly boolean[] }
  | { readonly kind: 'string'; readonly columns: number; readonly values: readonly string[] };

/**
 * One frame of an extended XYZ file.
 *
 * `results` holds the labels (`energy`, `stress` or `virial`, columns `forces` or `force`,
 * `energies`), `arrays` every other column under its own name and in the file's own unit, and
 * `atoms.info` every other key. Velocities in Angstrom/fs are the column `velo`.
 */
export interface Frame {
  readonly atoms: Atoms;
  readonly results: Results;
  readonly arrays: Readonly<Record<string, FrameArray>>;
}

/** What can be written: a frame of which only the structure is required. */
export interface FrameInput {
  readonly atoms: Atoms;
  readonly results?: Results;
  readonly arrays?: Readonly<Record<string, FrameArray>>;
}

/**
 * Velocities of a frame, Angstrom/fs, 3N: the column `velo`, or ASE's `momenta` (in units of
 * sqrt(amu eV)) over the masses; undefined where there is neither.
 */
export function frameVelocities(frame: Frame): Float64Array | undefined {
  const velo = realColumns(frame, 'velo');
  if (velo !== undefined) return velo.slice();
  const momenta = realColumns(frame, 'momenta');
  if (momenta === undefined) return undefined;
  const mass = masses(frame.atoms);
  return momenta.map((p, k) => (p / mass[Math.floor(k / 3)]) * ASE_FS);
}

function realColumns(frame: Frame, name: string): Float64Array | undefined {
  if (!Object.hasOwn(frame.arrays, name)) return undefined;
  const array = frame.arrays[name];
  return array.kind === 'real' && array.columns === 3 ? array.values : undefined;
}
