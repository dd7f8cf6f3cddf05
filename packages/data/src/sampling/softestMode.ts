import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { addScaled, dot, norm, scaled } from '@mlffd/core';

/** A direction and the curvature of the energy along it. */
export interface SoftMode {
  /** 3N, of norm 1. */
  readonly direction: Float64Array;
  /** eV/Angstrom^2 */
  readonly curvature: number;
  /** Norm of what is left of H n - C n, eV/Angstrom^2: zero for an eigenvector. */
  readonly residual: number;
}

/** Second derivatives along a direction, H n, eV/Angstrom^2; free of rigid motions. */
export type HessianProduct = (direction: Float64Array) => Promise<Float64Array>;

/** How long to look. */
export interface SoftestModeOptions {
  /** Products at most, one per improvement and one to begin with. */
  readonly products: number;
  /** Residual, relative to the curvature, at which the direction is good enough; default 0.05. */
  readonly tolerance?: number;
}

/** Residual, eV/Angstrom^2, that is noise of finite differences whatever the curvature. */
const NOISE = 1e-3;

/**
 * Turns a direction towards the lowest curvature, with a few products of the Hessian and none of
 * the Hessian itself: the locally optimal conjugate gradient method (Knyazev, SIAM J. Sci. Comput.
 * 23, 517 (2001)) for one vector, which needs fewer products than the rotations of the dimer method
 * (Henkelman and Jonsson, J. Chem. Phys. 111, 7010 (1999)).
 *
 * @param start 3N, not zero, free of rigid motions
 */
export async function softestMode(
  start: Float64Array,
  product: HessianProduct,
  { products, tolerance = 0.05 }: SoftestModeOptions,
): Promise<SoftMode> {
  let n = scaled(start, 1 / norm(start));
  let hn = await product(n);
  // The last change of direction and its product.
  let p: Float64Array | undefined;
  let hp: Float64Array | undefined;
  for (let done = 1; ; done++) {
    const curvature = dot(n, hn);
    const rest = hn.slice();
    addScaled(rest, n, -curvature);
    const residual = norm(rest);
    if (done >= products || residual <= Math.max(NOISE, tolerance * Math.abs(curvature))) {
      return { direction: n, curvature, residual };
    }
    const basis = [n, scaled(rest, 1 / residual)];
    const images = [hn, await product(basis[1])];
    if (p !== undefined && hp !== undefined) append(basis, images, { p, hp });
    const weights = lowest(basis, images);
    [p, hp] = [new Float64Array(n.length), new Float64Array(n.length)];
    for (let k = 1; k < basis.length; k++) {
      addScaled(p, basis[k], weights[k]);
      addScaled(hp, images[k], weights[k]);
    }
    const next = p.slice();
    const hNext = hp.slice();
    addScaled(next, n, weights[0]);
    addScaled(hNext, hn, weights[0]);
    const length = norm(next);
    [n, hn] = [scaled(next, 1 / length), scaled(hNext, 1 / length)];
  }
}

/** Adds what is new in `p` to an orthonormal basis, and its product by linearity. */
function append(
  basis: Float64Array[],
  images: Float64Array[],
  { p, hp }: { readonly p: Float64Array; readonly hp: Float64Array },
): void {
  const vector = p.slice();
  const image = hp.slice();
  for (const [k, member] of basis.entries()) {
    const overlap = dot(member, vector);
    addScaled(vector, member, -overlap);
    addScaled(image, images[k], -overlap);
  }
  const length = norm(vector);
  if (length < 1e-3 * norm(p)) return;
  basis.push(scaled(vector, 1 / length));
  images.push(scaled(image, 1 / length));
}

/** The combination of the basis with the lowest curvature; the weight of the first is positive. */
function lowest(
  basis: readonly Float64Array[],
  images: readonly Float64Array[],
): readonly number[] {
  const size = basis.length;
  const small = new Matrix(size, size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      small.set(a, b, (dot(basis[a], images[b]) + dot(basis[b], images[a])) / 2);
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(small, {
    assumeSymmetric: true,
  });
  const weights = eigenvectorMatrix.getColumn(
    realEigenvalues.indexOf(Math.min(...realEigenvalues)),
  );
  return weights[0] < 0 ? weights.map((weight) => -weight) : weights;
}
