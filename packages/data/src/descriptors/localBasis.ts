/** Components of the real spherical harmonics of degree 1 to 3. */
export const HARMONIC_COUNT = 15;

/** First component of each degree 1, 2, 3, and the end. */
export const DEGREE_OFFSETS: readonly number[] = [0, 3, 8, 15];

const SQRT3 = Math.sqrt(3);
const SQRT15 = Math.sqrt(15);
const SQRT3_8 = Math.sqrt(3 / 8);
const SQRT5_8 = Math.sqrt(5 / 8);

/**
 * Real spherical harmonics of degree 1 to 3 of a unit vector, normalised such that the squares of
 * each degree add up to 1 (Racah), so that all degrees weigh alike.
 */
export function fillHarmonics(out: Float64Array, x: number, y: number, z: number): void {
  const xx = x * x;
  const yy = y * y;
  const zz = z * z;
  out[0] = x;
  out[1] = y;
  out[2] = z;
  out[3] = SQRT3 * x * y;
  out[4] = SQRT3 * y * z;
  out[5] = SQRT3 * z * x;
  out[6] = 0.5 * SQRT3 * (xx - yy);
  out[7] = 0.5 * (3 * zz - 1);
  out[8] = SQRT5_8 * y * (3 * xx - yy);
  out[9] = SQRT15 * x * y * z;
  out[10] = SQRT3_8 * y * (5 * zz - 1);
  out[11] = 0.5 * z * (5 * zz - 3);
  out[12] = SQRT3_8 * x * (5 * zz - 1);
  out[13] = 0.5 * SQRT15 * z * (xx - yy);
  out[14] = SQRT5_8 * x * (xx - 3 * yy);
}

/**
 * Spherical Bessel functions of order 0 that vanish at the cutoff, orthonormal in r^2 dr (Gasteiger
 * et al., ICLR 2020), times (1 - (r/rc)^2)^3, with which value and two derivatives vanish there. In
 * an ideal gas the sum over neighbours of each fluctuates by about as much, so no function outweighs
 * the others.
 *
 * @param r distance above 0, Angstrom
 * @param cutoff Angstrom
 */
export function fillRadial(out: Float64Array, r: number, cutoff: number): void {
  const u = r / cutoff;
  const w = 1 - u * u;
  const scale = (Math.sqrt(2 / cutoff) * w * w * w) / r;
  const twice = 2 * Math.cos(Math.PI * u);
  // sin((n+1)a) = 2 cos(a) sin(n a) - sin((n-1)a)
  let before = 0;
  let now = Math.sin(Math.PI * u);
  for (let n = 0; n < out.length; n++) {
    out[n] = scale * now;
    const next = twice * now - before;
    before = now;
    now = next;
  }
}
