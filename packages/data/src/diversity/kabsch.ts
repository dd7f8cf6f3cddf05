import { rotationOfQuaternion } from '@mlffd/core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** The best superposition of one set of points on another. */
export interface Superposition {
  /** Root of the mean squared distance of corresponding points after it, Angstrom. */
  readonly rmsd: number;
  /** Rotation, 3 x 3 row by row, determinant 1, or -1 where a mirror image fits better. */
  readonly rotation: Float64Array;
  /** `moved` after it, 3N, Angstrom, on top of `fixed`. */
  readonly positions: Float64Array;
}

/** Options of `superpose`. */
export interface SuperposeOptions {
  /** Also try the mirror image; default false: rotations only. */
  readonly reflections?: boolean;
}

/**
 * Moves one set of points rigidly onto another such that the RMSD is smallest (the problem of Kabsch),
 * by the quaternion of the largest eigenvalue of Horn's matrix (J. Opt. Soc. Am. A 4, 629, 1987), which
 * is a proper rotation by construction.
 *
 * @param fixed 3N, Angstrom
 * @param moved 3N, Angstrom; point k belongs to point k of `fixed`
 */
export function superpose(
  fixed: ArrayLike<number>,
  moved: ArrayLike<number>,
  { reflections = false }: SuperposeOptions = {},
): Superposition {
  const target = centred(fixed);
  const source = centred(moved);
  const proper = rotateOnto(target, source, 1);
  const mirrored = reflections ? rotateOnto(target, source, -1) : proper;
  const best = mirrored.rmsd < proper.rmsd ? mirrored : proper;
  const centre = centreOf(fixed);
  for (let k = 0; k < best.positions.length; k++) best.positions[k] += centre[k % 3];
  return best;
}

function centreOf(points: ArrayLike<number>): Float64Array {
  const centre = new Float64Array(3);
  for (let k = 0; k < points.length; k++) centre[k % 3] += points[k];
  return centre.map((sum) => (3 * sum) / Math.max(points.length, 3));
}

function centred(points: ArrayLike<number>): Float64Array {
  const centre = centreOf(points);
  return Float64Array.from(points, (x, k) => x - centre[k % 3]);
}

/** Rotates `parity` times the source onto the target; both are centred. */
function rotateOnto(target: Float64Array, source: Float64Array, parity: 1 | -1): Superposition {
  // s[3 a + b] = sum of source_a target_b.
  const s = new Float64Array(9);
  for (let i = 0; i < source.length; i += 3) {
    for (let a = 0; a < 3; a++) {
      for (let b = 0; b < 3; b++) s[3 * a + b] += parity * source[i + a] * target[i + b];
    }
  }
  const rotation = rotationOfQuaternion(largestQuaternion(s)).map((x) => parity * x);
  const positions = new Float64Array(source.length);
  let sum = 0;
  for (let i = 0; i < source.length; i += 3) {
    for (let a = 0; a < 3; a++) {
      let x = 0;
      for (let b = 0; b < 3; b++) x += rotation[3 * a + b] * source[i + b];
      positions[i + a] = x;
      sum += (x - target[i + a]) ** 2;
    }
  }
  return { rmsd: Math.sqrt(sum / Math.max(source.length / 3, 1)), rotation, positions };
}

function largestQuaternion(s: Float64Array): readonly number[] {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = s;
  const horn = new Matrix([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy],
  ]);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(horn, {
    assumeSymmetric: true,
  });
  let best = 0;
  for (let k = 1; k < 4; k++) if (realEigenvalues[k] > realEigenvalues[best]) best = k;
  return eigenvectorMatrix.getColumn(best);
}
