/** Row and column of the Voigt components xx yy zz yz xz xy. */
export const VOIGT_PAIRS: readonly (readonly [number, number])[] = [
  [0, 0],
  [1, 1],
  [2, 2],
  [1, 2],
  [0, 2],
  [0, 1],
];

/** Symmetric 3 x 3 matrix, row by row, of a stress in Voigt order. */
export function matrixFromVoigt(voigt: ArrayLike<number>): Float64Array {
  const out = new Float64Array(9);
  for (const [k, [a, b]] of VOIGT_PAIRS.entries()) {
    out[3 * a + b] = voigt[k];
    out[3 * b + a] = voigt[k];
  }
  return out;
}

/** Voigt components of the symmetric part of a 3 x 3 matrix. */
export function voigtFromMatrix(matrix: ArrayLike<number>): Float64Array {
  return Float64Array.from(VOIGT_PAIRS, ([a, b]) => (matrix[3 * a + b] + matrix[3 * b + a]) / 2);
}

/** Hydrostatic pressure of a stress in Voigt order, same unit: minus a third of the trace. */
export function pressureOf(voigt: ArrayLike<number>): number {
  return -(voigt[0] + voigt[1] + voigt[2]) / 3;
}
