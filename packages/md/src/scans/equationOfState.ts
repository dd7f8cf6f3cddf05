import { GPA, InvalidArgumentError } from '@mlffd/core';
import { Matrix, SVD } from 'ml-matrix';

/** Form of an equation of state: Birch and Murnaghan of third order, or a cubic in the volume. */
export type EquationOfStateKind = 'birch-murnaghan' | 'polynomial';

/** A fit to energies by volume. */
export interface EquationOfState {
  readonly kind: EquationOfStateKind;
  /** At the minimum, in the unit of the volumes: Angstrom^3/atom. */
  readonly volume: number;
  /** At the minimum, eV/atom. */
  readonly energy: number;
  /** GPa. */
  readonly bulkModulus: number;
  /** Derivative of the bulk modulus by the pressure. */
  readonly pressureDerivative: number;
  /** Root mean square of what the fit leaves, eV/atom. */
  readonly residual: number;
  /** Whether the minimum is within the volumes given: outside it is a guess. */
  readonly inside: boolean;
}

/**
 * Fits an equation of state. Birch and Murnaghan's (Phys. Rev. 71, 809 (1947)) of third order is a cubic in
 * V^(-2/3), so that both kinds are linear least squares, with the same result as ASE's nonlinear one.
 *
 * @param volumes Angstrom^3/atom, at least 4
 * @param energies eV/atom
 * @returns undefined where the fit has no minimum
 * @throws InvalidArgumentError for too few points or a volume that is not positive
 */
export function fitEquationOfState(
  volumes: readonly number[],
  energies: readonly number[],
  kind: EquationOfStateKind = 'birch-murnaghan',
): EquationOfState | undefined {
  check(volumes, energies);
  const middle = volumes.reduce((sum, v) => sum + v, 0) / volumes.length;
  const power = kind === 'polynomial' ? 1 : -2 / 3;
  // Around 0, so that powers of it are far from alike.
  const t = volumes.map((v) => (v / middle) ** power - 1);
  const level = energies.reduce((sum, e) => sum + e, 0) / energies.length;
  const powers = new Matrix(t.map((x) => [1, x, x * x, x * x * x]));
  const c = new SVD(powers).solve(Matrix.columnVector(energies.map((e) => e - level))).to1DArray();
  const fitted = (x: number): number => c[0] + x * (c[1] + x * (c[2] + x * c[3]));
  const root = minimumOf(c);
  if (root === undefined || !(root > -1)) return undefined;
  const volume = middle * (1 + root) ** (1 / power);
  // Derivatives of t by the volume; at the minimum that of the energy by t is zero.
  const first = (power * (1 + root)) / volume;
  const second = (first * (power - 1)) / volume;
  const [curvature, third] = [2 * c[2] + 6 * c[3] * root, 6 * c[3]];
  const stiffness = curvature * first * first;
  const change = third * first ** 3 + 3 * curvature * first * second;
  const squares = t.reduce((sum, x, k) => sum + (fitted(x) + level - energies[k]) ** 2, 0);
  return {
    kind,
    volume,
    energy: fitted(root) + level,
    bulkModulus: (volume * stiffness) / GPA,
    pressureDerivative: -1 - (volume * change) / stiffness,
    residual: Math.sqrt(squares / t.length),
    inside: volume >= Math.min(...volumes) && volume <= Math.max(...volumes),
  };
}

/** Of a cubic: where the slope is zero and the curvature positive. */
function minimumOf([, b, c, d]: readonly number[]): number | undefined {
  const discriminant = c * c - 3 * b * d;
  if (!(discriminant > 0)) return undefined;
  // The root with positive curvature, in the form that does not cancel.
  const root = Math.sqrt(discriminant);
  return c > 0 ? -b / (c + root) : (root - c) / (3 * d);
}

function check(volumes: readonly number[], energies: readonly number[]): void {
  const valid =
    volumes.length >= 4 &&
    volumes.length === energies.length &&
    volumes.every((v) => v > 0 && v < Infinity) &&
    energies.every((e) => Number.isFinite(e));
  if (valid) return;
  throw new InvalidArgumentError('md/invalid-option', 'no equation of state can be fitted', {
    expected: 'at least 4 positive volumes, and as many finite energies',
    found: `${volumes.length} volumes, ${energies.length} energies`,
    where: 'volumes, energies',
    hint: 'Take more points, or leave out those without an energy.',
  });
}
