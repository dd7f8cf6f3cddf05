/**
 * Cholesky factor of a symmetric matrix A = L Lᵀ in float64: quadratic forms of its inverse, and samples
 * whose covariance is the inverse.
 */
export class Cholesky {
  readonly size: number;
  /** L, row-major; what is above the diagonal is not used. */
  readonly #factor: Float64Array;

  private constructor(size: number, factor: Float64Array) {
    this.size = size;
    this.#factor = factor;
  }

  /**
   * Factor of `matrix` (row-major, its lower half is read) with `ridge` added to the diagonal;
   * undefined where that is not positive definite to rounding.
   */
  static of(matrix: Float64Array, size: number, ridge = 0): Cholesky | undefined {
    const L = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = matrix[i * size + j] + (i === j ? ridge : 0);
        for (let k = 0; k < j; k++) sum -= L[i * size + k] * L[j * size + k];
        if (i !== j) L[i * size + j] = sum / L[j * size + j];
        else if (sum > 0) L[i * size + i] = Math.sqrt(sum);
        else return undefined;
      }
    }
    return new Cholesky(size, L);
  }

  /** xᵀ A⁻¹ x */
  inverseForm(x: ArrayLike<number>): number {
    const { size } = this;
    const L = this.#factor;
    const y = new Float64Array(size);
    let form = 0;
    for (let i = 0; i < size; i++) {
      let sum = x[i];
      for (let k = 0; k < i; k++) sum -= L[i * size + k] * y[k];
      y[i] = sum / L[i * size + i];
      form += y[i] * y[i];
    }
    return form;
  }

  /** L⁻ᵀ z: of covariance A⁻¹ where that of `z` is 1. */
  whiten(z: ArrayLike<number>): Float64Array {
    const { size } = this;
    const L = this.#factor;
    const x = new Float64Array(size);
    for (let i = size - 1; i >= 0; i--) {
      let sum = z[i];
      for (let k = i + 1; k < size; k++) sum -= L[k * size + i] * x[k];
      x[i] = sum / L[i * size + i];
    }
    return x;
  }
}
