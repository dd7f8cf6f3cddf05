import type { Rng } from './rng.ts';

/** Proper rotation of a quaternion w, x, y, z of any length but zero; row by row. */
export function rotationOfQuaternion(quaternion: ArrayLike<number>): Float64Array {
  const [w, x, y, z] = normalised(quaternion);
  return Float64Array.of(
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  );
}

/** Uniform random proper rotation, row by row: the quaternion of four normals (Shoemake 1992). */
export function randomRotation(rng: Rng): Float64Array {
  return rotationOfQuaternion([rng.normal(), rng.normal(), rng.normal(), rng.normal()]);
}

function normalised(quaternion: ArrayLike<number>): number[] {
  const parts = Array.from(quaternion);
  const norm = Math.sqrt(parts.reduce((sum, part) => sum + part * part, 0));
  return parts.map((part) => part / norm);
}
