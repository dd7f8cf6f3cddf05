import type { NeighborList } from '@mlffd/core';

/**
 * Forces, 3N, eV/Angstrom, from derivatives of the energy with respect to the edge vectors (3 per
 * edge, times `scale` eV/Angstrom): F_i = sum over edges i -> j of g_ij, minus those that end in i.
 */
export function forcesFromEdges(
  list: NeighborList,
  derivatives: ArrayLike<number>,
  scale: number,
): Float64Array {
  const { neighbors, offsets } = list;
  const atoms = offsets.length - 1;
  const forces = new Float64Array(3 * atoms);
  for (let i = 0; i < atoms; i++) {
    let x = 0;
    let y = 0;
    let z = 0;
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      const j = 3 * neighbors[e];
      const gx = derivatives[3 * e];
      const gy = derivatives[3 * e + 1];
      const gz = derivatives[3 * e + 2];
      x += gx;
      y += gy;
      z += gz;
      forces[j] -= gx;
      forces[j + 1] -= gy;
      forces[j + 2] -= gz;
    }
    forces[3 * i] += x;
    forces[3 * i + 1] += y;
    forces[3 * i + 2] += z;
  }
  for (let k = 0; k < forces.length; k++) forces[k] *= scale;
  return forces;
}

/**
 * Virial, eV, Voigt order xx yy zz yz xz xy: symmetric part of sum_e r_e (x) dE/dr_e, for
 * derivatives as in `forcesFromEdges`. Over the volume it is the stress, tension positive.
 */
export function virialFromEdges(
  list: NeighborList,
  derivatives: ArrayLike<number>,
  scale: number,
): Float64Array {
  const { vectors, count } = list;
  const sum = new Float64Array(6);
  for (let e = 0; e < count; e++) {
    const gx = derivatives[3 * e];
    const gy = derivatives[3 * e + 1];
    const gz = derivatives[3 * e + 2];
    const x = vectors[3 * e];
    const y = vectors[3 * e + 1];
    const z = vectors[3 * e + 2];
    sum[0] += x * gx;
    sum[1] += y * gy;
    sum[2] += z * gz;
    sum[3] += y * gz + z * gy;
    sum[4] += x * gz + z * gx;
    sum[5] += x * gy + y * gx;
  }
  for (let k = 0; k < 6; k++) sum[k] *= k < 3 ? scale : 0.5 * scale;
  return sum;
}
