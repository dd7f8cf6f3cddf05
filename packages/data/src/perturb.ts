import { InvalidArgumentError, Rng, withPositions } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';

/** Where the random numbers come from. */
export interface RandomSource {
  readonly seed: number;
  /** Name or number that keeps the draws of one seed apart; default 0. */
  readonly stream?: string | number;
}

/** Options of `rattle`. */
export interface RattleOptions extends RandomSource {
  /** Standard deviation of each coordinate's displacement, Angstrom. */
  readonly stdev: number;
}

/**
 * Displaces every coordinate by an independent normal number.
 *
 * @throws InvalidArgumentError for a negative `stdev`
 */
export function rattle(atoms: Atoms, { stdev, seed, stream = 0 }: RattleOptions): Atoms {
  requireAmplitude('stdev', stdev);
  const rng = new Rng(seed, 'rattle', stream);
  return withPositions(
    atoms,
    atoms.positions.map((x) => x + stdev * rng.normal()),
  );
}

/**
 * Deforms cell and positions together: r' = r (1 + e), so that fractional coordinates stay.
 *
 * @param voigt strain tensor xx yy zz yz xz xy; the last three are tensor components, half the
 * engineering shear
 * @throws InvalidArgumentError for anything but 6 finite numbers
 */
export function strain(atoms: Atoms, voigt: ArrayLike<number>): Atoms {
  const values = Array.from(voigt);
  if (values.length !== 6 || !values.every(Number.isFinite)) {
    throw new InvalidArgumentError('data/invalid-option', 'a strain has 6 finite components', {
      expected: 'xx yy zz yz xz xy',
      found: values.join(' '),
      where: 'voigt',
    });
  }
  const [xx, yy, zz, yz, xz, xy] = values;
  const matrix = [1 + xx, xy, xz, xy, 1 + yy, yz, xz, yz, 1 + zz];
  return withPositions(atoms, times(atoms.positions, matrix), times(atoms.cell, matrix));
}

/** Options of `randomStrain`. */
export interface RandomStrainOptions extends RandomSource {
  /** Components are uniform in -amplitude to amplitude; at most 0.5. */
  readonly amplitude: number;
  /** The same strain along all axes and no shear; default false. */
  readonly isotropic?: boolean;
}

/**
 * Deforms a structure by a random symmetric strain.
 *
 * @throws InvalidArgumentError for an amplitude outside 0 to 0.5
 */
export function randomStrain(atoms: Atoms, options: RandomStrainOptions): Atoms {
  const { amplitude, seed, stream = 0, isotropic = false } = options;
  requireAmplitude('amplitude', amplitude, 0.5);
  const rng = new Rng(seed, 'strain', stream);
  const draw = () => amplitude * (2 * rng.uniform() - 1);
  if (isotropic) {
    const e = draw();
    return strain(atoms, [e, e, e, 0, 0, 0]);
  }
  return strain(atoms, Array.from({ length: 6 }, draw));
}

function requireAmplitude(name: string, value: number, most = Infinity): void {
  if (value >= 0 && value <= most && Number.isFinite(value)) return;
  throw new InvalidArgumentError('data/invalid-option', `${name} ${value} is out of range`, {
    expected: most === Infinity ? 'a number of at least 0' : `a number from 0 to ${most}`,
    found: String(value),
    where: name,
  });
}

/** Rows of three times a 3 x 3 matrix. */
function times(rows: Float64Array, matrix: readonly number[]): Float64Array {
  const out = new Float64Array(rows.length);
  for (let k = 0; k < rows.length; k += 3) {
    for (let c = 0; c < 3; c++) {
      out[k + c] = rows[k] * matrix[c] + rows[k + 1] * matrix[3 + c] + rows[k + 2] * matrix[6 + c];
    }
  }
  return out;
}
