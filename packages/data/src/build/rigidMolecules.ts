import { cartesianPositions, invertCell, transformRows } from '@mlffd/core';
import type { Rng } from '@mlffd/core';

/** A molecule of a box: which atoms, and how they lie around its centre. */
interface Body {
  /** First atom. */
  readonly first: number;
  /** Coordinates relative to the centroid, Angstrom. */
  readonly shape: Float64Array;
  /** Root mean square distance of the atoms from the centroid, Angstrom; 0 for an atom. */
  readonly size: number;
}

/**
 * Rigid molecules with centres and orientations.
 *
 * Six coordinates each: three of the centre, and three of a rotation vector times the size of the
 * molecule, so that all are lengths.
 */
export class RigidMolecules {
  /** Molecule of each atom. */
  readonly moleculeOf: Int32Array;
  /** Positions of the atoms, 3N, Angstrom; molecules are whole, whatever the cell. */
  readonly positions: Float64Array;
  readonly #bodies: readonly Body[];
  /** Centroids, 3M, Angstrom. */
  readonly #centers: Float64Array;
  /** Unit quaternions w x y z, 4M. */
  readonly #orientations: Float64Array;

  /** @param shapes positions of the atoms of each molecule, Angstrom */
  constructor(shapes: readonly Float64Array[]) {
    let first = 0;
    this.#bodies = shapes.map((shape) => {
      const body = { first, ...centred(shape) };
      first += shape.length / 3;
      return body;
    });
    this.moleculeOf = Int32Array.from(
      shapes.flatMap((shape, m) => new Array<number>(shape.length / 3).fill(m)),
    );
    this.positions = new Float64Array(3 * first);
    this.#centers = new Float64Array(3 * shapes.length);
    this.#orientations = new Float64Array(4 * shapes.length);
  }

  /** Number of molecules. */
  get count(): number {
    return this.#bodies.length;
  }

  /** Number of atoms of a molecule. */
  atomsOf(m: number): number {
    return this.#bodies[m].shape.length / 3;
  }

  /** Puts a molecule anywhere in the cell, in any orientation. */
  scatter(m: number, rng: Rng, cell: ArrayLike<number>): void {
    const fractional = Float64Array.of(rng.uniform(), rng.uniform(), rng.uniform());
    this.#centers.set(cartesianPositions(fractional, cell), 3 * m);
    // The direction of four normals is uniform on the sphere of unit quaternions.
    for (let k = 0; k < 4; k++) this.#orientations[4 * m + k] = rng.normal();
    this.#place(m);
  }

  /** Adds to the six coordinates of every molecule. */
  move(steps: Float64Array): void {
    for (let m = 0; m < this.count; m++) {
      for (let k = 0; k < 3; k++) this.#centers[3 * m + k] += steps[6 * m + k];
      const { size } = this.#bodies[m];
      if (size > 0) this.#rotate(m, steps, 1 / size);
      this.#place(m);
    }
  }

  /**
   * Forces on the six coordinates from those on the atoms.
   *
   * @param forces 3N
   * @param out 6M
   */
  project(forces: Float64Array, out: Float64Array): void {
    const { positions } = this;
    out.fill(0);
    for (let i = 0; i < this.moleculeOf.length; i++) {
      const m = this.moleculeOf[i];
      const [fx, fy, fz] = [forces[3 * i], forces[3 * i + 1], forces[3 * i + 2]];
      if (fx === 0 && fy === 0 && fz === 0) continue;
      const x = positions[3 * i] - this.#centers[3 * m];
      const y = positions[3 * i + 1] - this.#centers[3 * m + 1];
      const z = positions[3 * i + 2] - this.#centers[3 * m + 2];
      const { size } = this.#bodies[m];
      const arm = size > 0 ? 1 / size : 0;
      out[6 * m] += fx;
      out[6 * m + 1] += fy;
      out[6 * m + 2] += fz;
      out[6 * m + 3] += arm * (y * fz - z * fy);
      out[6 * m + 4] += arm * (z * fx - x * fz);
      out[6 * m + 5] += arm * (x * fy - y * fx);
    }
  }

  /** Moves every molecule by whole lattice vectors so that its centre is inside the cell. */
  wrap(cell: ArrayLike<number>): void {
    const fractional = transformRows(this.#centers, invertCell(cell));
    for (let k = 0; k < fractional.length; k++) fractional[k] -= Math.floor(fractional[k]);
    this.#centers.set(cartesianPositions(fractional, cell));
    for (let m = 0; m < this.count; m++) this.#place(m);
  }

  /** Turns a molecule by the rotation vector of its step. */
  #rotate(m: number, steps: Float64Array, perLength: number): void {
    const x = steps[6 * m + 3] * perLength;
    const y = steps[6 * m + 4] * perLength;
    const z = steps[6 * m + 5] * perLength;
    const angle = Math.sqrt(x * x + y * y + z * z);
    const s = angle > 0 ? Math.sin(angle / 2) / angle : 0.5;
    const [a, b, c, d] = [Math.cos(angle / 2), s * x, s * y, s * z];
    const q = this.#orientations;
    const [w, i, j, k] = [q[4 * m], q[4 * m + 1], q[4 * m + 2], q[4 * m + 3]];
    q[4 * m] = a * w - b * i - c * j - d * k;
    q[4 * m + 1] = a * i + b * w + c * k - d * j;
    q[4 * m + 2] = a * j - b * k + c * w + d * i;
    q[4 * m + 3] = a * k + b * j - c * i + d * w;
  }

  /** Positions of the atoms of a molecule, always from its shape, so that it stays rigid. */
  #place(m: number): void {
    const q = this.#orientations;
    const norm = Math.hypot(q[4 * m], q[4 * m + 1], q[4 * m + 2], q[4 * m + 3]);
    for (let k = 0; k < 4; k++) q[4 * m + k] /= norm;
    const [w, i, j, k] = [q[4 * m], q[4 * m + 1], q[4 * m + 2], q[4 * m + 3]];
    const { first, shape } = this.#bodies[m];
    const [cx, cy, cz] = [this.#centers[3 * m], this.#centers[3 * m + 1], this.#centers[3 * m + 2]];
    for (let n = 0; n < shape.length; n += 3) {
      const [x, y, z] = [shape[n], shape[n + 1], shape[n + 2]];
      // r + 2 w (v x r) + 2 v x (v x r)
      const tx = 2 * (j * z - k * y);
      const ty = 2 * (k * x - i * z);
      const tz = 2 * (i * y - j * x);
      this.positions[3 * first + n] = cx + x + w * tx + (j * tz - k * ty);
      this.positions[3 * first + n + 1] = cy + y + w * ty + (k * tx - i * tz);
      this.positions[3 * first + n + 2] = cz + z + w * tz + (i * ty - j * tx);
    }
  }
}

function centred(positions: Float64Array): Omit<Body, 'first'> {
  const n = positions.length / 3;
  const center = [0, 0, 0];
  for (let k = 0; k < positions.length; k++) center[k % 3] += positions[k] / n;
  const shape = positions.map((x, k) => x - center[k % 3]);
  const size = Math.sqrt(shape.reduce((sum, x) => sum + x * x, 0) / n);
  return { shape, size: n === 1 ? 0 : size };
}
