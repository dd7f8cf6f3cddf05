import type { CrystalGraph } from './crystalGraph.ts';

/** dE/dv of every undirected bond, eV/Angstrom, 3U: what `forces` and `virial` are sums of. */
export interface BondGradientInputs {
  /** dE/dr of every bond, eV/Angstrom, U. */
  readonly lengths: Float32Array;
  /** dE/dtheta of every angle, eV/rad, P. */
  readonly angles: Float32Array;
  /** As in `GraphSettings`. */
  readonly cosineScale: number;
}

/**
 * Gradient of the energy in the bond vectors, in float64.
 *
 * With theta = acos(k c), c = u.v / (|u| |v|):
 * dtheta/du = -k / sqrt(1 - k^2 c^2) (v/|v| - c u/|u|) / |u|.
 * @param out 3U values
 */
export function bondGradients(
  graph: CrystalGraph,
  { lengths, angles, cosineScale }: BondGradientInputs,
  out: Float64Array,
): void {
  const { bonds, shortBonds, distances, vectors, cosines, angleBonds, first } = graph;
  out.fill(0, 0, 3);
  for (let b = 1; b < bonds; b++) {
    const slope = lengths[b] / distances[b];
    out[3 * b] = slope * vectors[3 * b];
    out[3 * b + 1] = slope * vectors[3 * b + 1];
    out[3 * b + 2] = slope * vectors[3 * b + 2];
  }
  for (let a = 1; a < graph.angles; a++) {
    const s = angleBonds[a];
    const t = angleBonds[a + graph.angles];
    const isTurned = first[a] >= shortBonds !== first[a + graph.angles] >= shortBonds;
    const sign = isTurned ? -1 : 1;
    const c = cosines[a];
    const scaled = cosineScale * c;
    const slope = (-cosineScale * angles[a]) / Math.sqrt(1 - scaled * scaled);
    const inverseS = 1 / distances[s];
    const inverseT = 1 / distances[t];
    const mixed = sign * slope * inverseS * inverseT;
    const alongS = slope * c * inverseS * inverseS;
    const alongT = slope * c * inverseT * inverseT;
    for (let k = 0; k < 3; k++) {
      const u = vectors[3 * s + k];
      const v = vectors[3 * t + k];
      out[3 * s + k] += mixed * v - alongS * u;
      out[3 * t + k] += mixed * u - alongT * v;
    }
  }
}

/** Forces, eV/Angstrom, 3N: a bond vector is r_end - r_start. */
export function forcesOf(graph: CrystalGraph, gradients: Float64Array): Float64Array {
  const { atoms, bonds, ends } = graph;
  const forces = new Float64Array(3 * atoms);
  for (let b = 1; b < bonds; b++) {
    const i = 3 * ends[b];
    const j = 3 * ends[b + bonds];
    for (let k = 0; k < 3; k++) {
      forces[i + k] += gradients[3 * b + k];
      forces[j + k] -= gradients[3 * b + k];
    }
  }
  return forces;
}

/** dE/dstrain / volume, eV/Angstrom^3, Voigt xx yy zz yz xz xy, tension positive. */
export function stressOf(
  graph: CrystalGraph,
  gradients: Float64Array,
  volume: number,
): Float64Array {
  const { bonds, vectors } = graph;
  const stress = new Float64Array(6);
  for (let b = 1; b < bonds; b++) {
    const x = vectors[3 * b];
    const y = vectors[3 * b + 1];
    const z = vectors[3 * b + 2];
    const gx = gradients[3 * b];
    const gy = gradients[3 * b + 1];
    const gz = gradients[3 * b + 2];
    stress[0] += x * gx;
    stress[1] += y * gy;
    stress[2] += z * gz;
    stress[3] += 0.5 * (y * gz + z * gy);
    stress[4] += 0.5 * (x * gz + z * gx);
    stress[5] += 0.5 * (x * gy + y * gx);
  }
  for (let k = 0; k < 6; k++) stress[k] /= volume;
  return stress;
}
