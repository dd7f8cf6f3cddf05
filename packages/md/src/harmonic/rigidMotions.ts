import { addScaled, dot, norm, scaled } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/**
 * Moment of inertia, relative to the largest, below which a molecule counts as linear: bent by less
 * than about half a degree, which is what is left of a linear one after a relaxation.
 */
const LINEAR = 1e-4;

/**
 * Orthonormal motions that leave the energy as it is: translations, and the rotations that the
 * boundary conditions allow. All three for a molecule (two where it is linear, none for an atom),
 * the one about the axis for a structure that repeats along one axis, none where it repeats along
 * more.
 *
 * @param weights N values: square roots of the masses for mass-weighted motions, else ones
 * @returns up to six vectors of 3N
 */
export function rigidMotions(atoms: Atoms, weights: Float64Array): readonly Float64Array[] {
  const count = weights.length;
  const motions: Float64Array[] = [0, 1, 2].map((axis) => {
    const motion = new Float64Array(3 * count);
    for (let i = 0; i < count; i++) motion[3 * i + axis] = weights[i];
    return motion;
  });
  const arms = armsOf(atoms, weights);
  for (const axis of rotationAxes(atoms, arms)) {
    const motion = new Float64Array(3 * count);
    for (let k = 0; k < 3 * count; k += 3) {
      for (let c = 0; c < 3; c++) {
        const [a, b] = [(c + 1) % 3, (c + 2) % 3];
        motion[k + c] = axis[a] * arms[k + b] - axis[b] * arms[k + a];
      }
    }
    motions.push(motion);
  }
  const basis: Float64Array[] = [];
  for (const motion of motions) {
    removeMotions(basis, motion);
    basis.push(scaled(motion, 1 / norm(motion)));
  }
  return basis;
}

/** Weighted positions relative to the centre of the masses, 3N. */
function armsOf({ positions }: Atoms, weights: Float64Array): Float64Array {
  const center = [0, 0, 0];
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const mass = weights[i] ** 2;
    total += mass;
    for (let c = 0; c < 3; c++) center[c] += mass * positions[3 * i + c];
  }
  return positions.map((x, k) => weights[Math.floor(k / 3)] * (x - center[k % 3] / total));
}

type Axis = ArrayLike<number>;

function rotationAxes({ pbc, cell }: Atoms, arms: Float64Array): readonly Axis[] {
  const periodic = [0, 1, 2].filter((k) => pbc[k]);
  if (periodic.length > 1) return [];
  const inertia = inertiaOf(arms);
  const { realEigenvalues: moments, eigenvectorMatrix } = new EigenvalueDecomposition(inertia, {
    assumeSymmetric: true,
  });
  const largest = Math.max(...moments);
  if (periodic.length === 1) {
    const axis = cell.slice(3 * periodic[0], 3 * periodic[0] + 3);
    const row = Matrix.rowVector(axis);
    const moment = row.mmul(inertia).dot(row) / row.dot(row);
    return moment > LINEAR * largest ? [axis] : [];
  }
  return [0, 1, 2]
    .filter((k) => moments[k] > LINEAR * largest)
    .map((k) => eigenvectorMatrix.getColumn(k));
}

/** Tensor of inertia, amu Angstrom^2. */
function inertiaOf(arms: Float64Array): Matrix {
  const rows = Matrix.from1DArray(arms.length / 3, 3, arms);
  const moments = rows.transpose().mmul(rows);
  return Matrix.eye(3).mul(moments.trace()).sub(moments);
}

/** Projects the motions of an orthonormal basis out of a vector, in place. */
export function removeMotions(basis: readonly Float64Array[], vector: Float64Array): void {
  for (const motion of basis) addScaled(vector, motion, -dot(motion, vector));
}
