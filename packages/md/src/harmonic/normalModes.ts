import {
  addScaled,
  dot,
  EV_PER_AMU_A2_PER_FS2,
  HBAR,
  InvalidArgumentError,
  masses as massesOf,
  norm,
  scaled,
} from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Hessian } from './hessian.ts';
import { rigidMotions } from './rigidMotions.ts';

/** Speed of light, cm/fs. */
const LIGHT_SPEED = 2.99792458e-5;
/** hc, eV cm: the energy of one cm^-1. */
const EV_PER_INVERSE_CM = 2 * Math.PI * HBAR * LIGHT_SPEED;

/**
 * Vibrations of a structure in the harmonic approximation, softest first. Translations, and the
 * rotations that its boundary conditions allow, are projected out and not among them: 3N - 6 modes
 * of a molecule, 3N - 5 of a linear one, 3N - 3 of a crystal.
 */
export interface NormalModes {
  readonly atoms: Atoms;
  /** N, amu. */
  readonly masses: Float64Array;
  /** M, cm^-1; an imaginary frequency is negative. */
  readonly frequencies: Float64Array;
  /** M, quanta in meV; negative for imaginary frequencies. */
  readonly energies: Float64Array;
  /** M, curvature along the normal coordinates, eV/(amu Angstrom^2). */
  readonly curvatures: Float64Array;
  /** M rows of 3N: orthonormal, in mass-weighted coordinates. */
  readonly vectors: readonly Float64Array[];
  /**
   * cm^-1, of the motions that were projected out, before they were: zero, at a stationary point,
   * for forces that are invariant under translation and rotation.
   */
  readonly rigidFrequencies: Float64Array;
}

/** Options of `normalModes`. */
export interface NormalModesOptions {
  /** N, amu; default the standard atomic masses. */
  readonly masses?: Float64Array;
}

/**
 * Normal modes from a Hessian.
 *
 * @param matrix 3N x 3N, symmetric, eV/Angstrom^2
 * @throws InvalidArgumentError for a Hessian of another size or masses that are not positive
 */
export function normalModes(
  atoms: Atoms,
  { matrix }: Pick<Hessian, 'matrix'>,
  options: NormalModesOptions = {},
): NormalModes {
  const size = atoms.positions.length;
  const masses = options.masses ?? massesOf(atoms);
  checkSizes(size, matrix, masses);
  const weights = masses.map((mass) => Math.sqrt(mass));
  const weighted = new Matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const weight = weights[Math.floor(i / 3)] * weights[Math.floor(j / 3)];
      weighted.set(i, j, matrix[i * size + j] / weight);
    }
  }
  const rigid = rigidMotions(atoms, weights);
  const images = rigid.map((motion) =>
    Float64Array.from(weighted.mmul(column(motion)).to1DArray()),
  );
  const rigidFrequencies = Float64Array.from(rigid, (motion, k) =>
    frequencyOf(dot(motion, images[k])),
  );
  liftMotions(weighted, rigid, images);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(weighted, {
    assumeSymmetric: true,
  });
  // The motions that were lifted are at the upper end.
  const order = Array.from({ length: size }, (_, k) => k)
    .sort((a, b) => realEigenvalues[a] - realEigenvalues[b])
    .slice(0, size - rigid.length);
  const curvatures = Float64Array.from(order, (k) => realEigenvalues[k]);
  return {
    atoms,
    masses,
    curvatures,
    frequencies: curvatures.map(frequencyOf),
    energies: curvatures.map((curvature) => 1000 * quantumOf(curvature)),
    vectors: order.map((k) => oriented(Float64Array.from(eigenvectorMatrix.getColumn(k)))),
    rigidFrequencies,
  };
}

/** Cartesian displacement of the atoms, 3N, Angstrom, for one Angstrom sqrt(amu) along mode `k`. */
export function modeDisplacement({ vectors, masses }: NormalModes, k: number): Float64Array {
  return vectors[k].map((value, c) => value / Math.sqrt(masses[Math.floor(c / 3)]));
}

/** Quantum of a mode, eV, for a curvature in eV/(amu Angstrom^2); negative where it is imaginary. */
export function quantumOf(curvature: number): number {
  return Math.sign(curvature) * HBAR * Math.sqrt(Math.abs(curvature) / EV_PER_AMU_A2_PER_FS2);
}

/** Curvature, eV/(amu Angstrom^2), of a frequency in cm^-1. */
export function curvatureOf(frequency: number): number {
  const omega = (frequency * EV_PER_INVERSE_CM) / HBAR;
  return Math.sign(frequency) * EV_PER_AMU_A2_PER_FS2 * omega * omega;
}

function frequencyOf(curvature: number): number {
  return quantumOf(curvature) / EV_PER_INVERSE_CM;
}

/**
 * P H P with a large number times the projector on the motions: they become eigenvectors above all
 * others, which thereby are orthogonal to them.
 */
function liftMotions(
  weighted: Matrix,
  rigid: readonly Float64Array[],
  images: readonly Float64Array[],
): void {
  const top = 2 * weighted.norm('frobenius') || 1;
  const size = weighted.rows;
  // H - R (HR)^T - (HR) R^T + R (R^T H R) R^T + top R R^T, as symmetric products of rank two.
  for (const [k, motion] of rigid.entries()) {
    const side = scaled(images[k], -1);
    for (const [l, other] of rigid.entries()) {
      addScaled(side, other, dot(motion, images[l]) / 2);
    }
    addScaled(side, motion, top / 2);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const change = motion[i] * side[j] + side[i] * motion[j];
        weighted.set(i, j, weighted.get(i, j) + change);
      }
    }
  }
}

const column = (vector: Float64Array): Matrix => Matrix.columnVector(vector);

/** The sign that makes the first large component positive: eigenvectors have none of their own. */
function oriented(vector: Float64Array): Float64Array {
  const large = 0.9 * vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const first = vector.find((value) => Math.abs(value) >= large) ?? 1;
  return scaled(vector, Math.sign(first) / norm(vector));
}

function checkSizes(size: number, matrix: Float64Array, masses: Float64Array): void {
  if (matrix.length !== size * size) {
    throw new InvalidArgumentError(
      'md/invalid-option',
      'this is the Hessian of another structure',
      {
        expected: `${size} x ${size} values`,
        found: `${matrix.length} values`,
        where: 'matrix',
      },
    );
  }
  if (masses.length !== size / 3 || !masses.every((mass) => mass > 0 && mass < Infinity)) {
    throw new InvalidArgumentError('md/invalid-option', 'every atom needs a mass', {
      expected: `${size / 3} positive numbers (amu)`,
      found: `${masses.length} values from ${Math.min(...masses)} to ${Math.max(...masses)}`,
      where: 'masses',
    });
  }
}
