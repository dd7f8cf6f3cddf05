import type { CalculatorPool } from '@mlffd/core';
import { createTeacher, isPythonTeacher, parseSpec, type TeacherSpec } from './createTeacher.ts';
import type { PythonTeacherEvent } from './python/pythonOptions.ts';
import { startCopies } from './startCopies.ts';
import { ThreadTeacher } from './threadTeacher.ts';

/** How copies of a teacher run. */
export interface TeacherPoolOptions {
  /** Copies that work side by side. */
  readonly copies: number;
  /** Longest time for one structure, s; a copy that takes longer is ended and started again. */
  readonly timeout?: number;
  /** What teachers in Python tell. */
  readonly onEvent?: (event: PythonTeacherEvent) => void;
}

/**
 * Copies of a teacher as one calculator: in threads, and those in Python in processes. A copy that
 * hangs or dies costs the structure it was at; `dispose` ends them all.
 *
 * @throws what `createTeacher` throws
 */
export async function startTeacherPool(
  spec: TeacherSpec,
  { copies, timeout, onEvent }: TeacherPoolOptions,
): Promise<CalculatorPool> {
  const limit = timeout === undefined ? {} : { timeout };
  const options = parseSpec(spec);
  if (!isPythonTeacher(options)) {
    return startCopies(copies, () => ThreadTeacher.start(options, limit));
  }
  const handlers = onEvent === undefined ? {} : { onEvent };
  return startCopies(copies, () => createTeacher({ ...limit, ...options, workers: 1 }, handlers));
}
