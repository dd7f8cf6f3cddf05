import { squaredDistance } from '../descriptors/descriptorMatrix.ts';
import type { PointMatrix } from '../descriptors/descriptorMatrix.ts';

/**
 * Distance of descriptors at which two structures are about half alike. Displacing the atoms of a small
 * molecule by 0.1 Angstrom per coordinate moves its descriptor by 0.45, those of an oxide by 0.2; two
 * different compounds are 1 to 8 apart.
 */
export const LIKENESS_LENGTH = 0.5;

/**
 * Distance below which two structures teach the same: displacements of less than 0.01 Angstrom in
 * molecules, 0.02 in crystals.
 */
const NEAR_DUPLICATE = 0.02;

/** How different points are from each other. */
export interface Distinctness {
  /**
   * Effective number of different points: n^2 / sum of exp(-d_ij^2 / s^2) with s the likeness length.
   * 1 when all are equal, n when all are far apart; copies do not change it. It is the Vendi score of
   * order 2 of a Gaussian kernel (Friedman and Dieng, TMLR 2023; Pasarkar and Dieng, AISTATS 2024).
   */
  readonly effective: number;
  /** Share of points that have an earlier one nearer than `NEAR_DUPLICATE`, 0..1. */
  readonly nearDuplicates: number;
}

/** One running comparison of all pairs, which a caller can do row by row. */
export class PairComparison {
  readonly #points: PointMatrix;
  #likeness: number;
  #copies = 0;

  constructor(points: PointMatrix) {
    this.#points = points;
    this.#likeness = points.rows;
  }

  /** Compares row `i` with all earlier ones. */
  row(i: number): void {
    const scale = -1 / LIKENESS_LENGTH ** 2;
    let nearest = Infinity;
    for (let j = 0; j < i; j++) {
      const d2 = squaredDistance(this.#points, i, j);
      if (d2 < nearest) nearest = d2;
      this.#likeness += 2 * Math.exp(scale * d2);
    }
    if (nearest < NEAR_DUPLICATE ** 2) this.#copies++;
  }

  /** What came out, once all rows were compared. */
  result(): Distinctness {
    const { rows } = this.#points;
    return {
      effective: rows === 0 ? 0 : rows ** 2 / this.#likeness,
      nearDuplicates: rows === 0 ? 0 : this.#copies / rows,
    };
  }
}

/** Compares all pairs of points; time is rows^2. */
export function distinctness(points: PointMatrix): Distinctness {
  const comparison = new PairComparison(points);
  for (let i = 0; i < points.rows; i++) comparison.row(i);
  return comparison.result();
}
