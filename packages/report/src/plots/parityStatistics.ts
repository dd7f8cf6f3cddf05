/** How well two lists of values agree; the unit is that of the values. */
export interface ParityStatistics {
  /** Pairs of finite values; the others are left out. */
  readonly count: number;
  /** Mean absolute difference. */
  readonly mae: number;
  /** Root of the mean squared difference. */
  readonly rmse: number;
  /** Largest absolute difference. */
  readonly max: number;
  /** Coefficient of determination, 1 - sum (s - t)² / sum (t - mean t)²; NaN for a constant teacher. */
  readonly r2: number;
}

/** Agreement of a student's values with the teacher's; lists of the same length. */
export function parityStatistics(
  teacher: ArrayLike<number>,
  student: ArrayLike<number>,
): ParityStatistics {
  let count = 0;
  let sum = 0;
  for (let k = 0; k < teacher.length; k += 1) {
    if (!Number.isFinite(teacher[k]) || !Number.isFinite(student[k])) continue;
    count += 1;
    sum += teacher[k];
  }
  const mean = sum / count;
  let absolute = 0;
  let squared = 0;
  let spread = 0;
  let max = 0;
  for (let k = 0; k < teacher.length; k += 1) {
    const t = teacher[k];
    const s = student[k];
    if (!Number.isFinite(t) || !Number.isFinite(s)) continue;
    const difference = Math.abs(s - t);
    absolute += difference;
    squared += difference * difference;
    spread += (t - mean) ** 2;
    if (difference > max) max = difference;
  }
  return {
    count,
    mae: absolute / count,
    rmse: Math.sqrt(squared / count),
    max: count === 0 ? NaN : max,
    r2: spread > 0 ? 1 - squared / spread : NaN,
  };
}
