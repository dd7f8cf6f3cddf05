import { InvalidArgumentError } from '@mlffd/core';

/** Errors that add up, all of one kind (mean absolute, root mean square) and unit. */
export interface ErrorSources {
  /** Teacher against the reference. */
  readonly teacher: number;
  /** Student against the teacher. */
  readonly student: number;
  /** Student against the reference, where it was measured. */
  readonly measured?: number | undefined;
}

/** How far a student is from the method that its teacher imitates. */
export interface ErrorBudget {
  readonly teacher: number;
  readonly student: number;
  /** sqrt(teacher^2 + student^2). */
  readonly predicted: number;
  readonly measured: number | null;
  /**
   * Correlation of the two errors that explains the measured one:
   * (measured^2 - teacher^2 - student^2) / (2 teacher student); `null` where nothing was measured or
   * an error is 0. Exact for root mean squares, a measure only for mean absolute errors.
   */
  readonly correlation: number | null;
  /**
   * Part of the predicted square that is the student's: what a perfect student would take away of
   * it; 0 where there is no error.
   */
  readonly studentShare: number;
}

/**
 * Independent errors add up in squares: student - reference = (student - teacher) + (teacher -
 * reference).
 *
 * @throws InvalidArgumentError for an error that is negative or not finite
 */
export function errorBudget({ teacher, student, measured }: ErrorSources): ErrorBudget {
  for (const [name, value] of Object.entries({ teacher, student, measured: measured ?? 0 })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new InvalidArgumentError('train/error-budget', `the error ${name} is ${value}`, {
      expected: 'a finite number of at least 0',
      found: String(value),
      where: name,
    });
  }
  const square = teacher ** 2 + student ** 2;
  const product = 2 * teacher * student;
  return {
    teacher,
    student,
    predicted: Math.sqrt(square),
    measured: measured ?? null,
    correlation:
      measured === undefined || product === 0 ? null : (measured ** 2 - square) / product,
    studentShare: square === 0 ? 0 : student ** 2 / square,
  };
}
