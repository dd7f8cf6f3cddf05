import { solveSymmetric } from './symmetricMatrix.ts';

/**
 * Moments of inertia below this share of the largest count as none: an axis on which all atoms lie
 * to within about 1e-6 of their extent, about which no torque can be told from rounding.
 */
const COLLINEAR = 1e-12;

/** Subtracts the mean force, eV/Angstrom, in place. */
export function removeNetForce(forces: Float64Array): void {
  const mean = meanRow(forces);
  for (let k = 0; k < forces.length; k++) forces[k] -= mean[k % 3];
}

/**
 * Takes out the torque about the mean position, in place, with the smallest change of forces that
 * does it: F_i += r_i x mu, where (sum r r^T - sum r^2) mu = -sum r x F, as orb-models does.
 * Single atoms keep their force; atoms on a line keep what they have along and about it.
 *
 * @param forces eV/Angstrom
 * @param positions Angstrom
 */
export function removeNetTorque(forces: Float64Array, positions: Float64Array): void {
  const center = meanRow(positions);
  const matrix = new Float64Array(9);
  const torque = new Float64Array(3);
  for (let i = 0; i < forces.length; i += 3) {
    const x = positions[i] - center[0];
    const y = positions[i + 1] - center[1];
    const z = positions[i + 2] - center[2];
    torque[0] += y * forces[i + 2] - z * forces[i + 1];
    torque[1] += z * forces[i] - x * forces[i + 2];
    torque[2] += x * forces[i + 1] - y * forces[i];
    matrix[0] -= y * y + z * z;
    matrix[4] -= x * x + z * z;
    matrix[8] -= x * x + y * y;
    matrix[1] += x * y;
    matrix[2] += x * z;
    matrix[5] += y * z;
  }
  matrix[3] = matrix[1];
  matrix[6] = matrix[2];
  matrix[7] = matrix[5];
  const minus = torque.map((value) => -value);
  const [a, b, c] = solveSymmetric(matrix, minus, COLLINEAR);
  for (let i = 0; i < forces.length; i += 3) {
    const x = positions[i] - center[0];
    const y = positions[i + 1] - center[1];
    const z = positions[i + 2] - center[2];
    forces[i] += y * c - z * b;
    forces[i + 1] += z * a - x * c;
    forces[i + 2] += x * b - y * a;
  }
}

function meanRow(values: Float64Array): Float64Array {
  const mean = new Float64Array(3);
  for (let k = 0; k < values.length; k++) mean[k % 3] += values[k];
  return mean.map((sum) => (3 * sum) / values.length);
}
