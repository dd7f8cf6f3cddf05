import { CalculatorPool } from '@mlffd/core';
import { createTeacher, type TeacherEvent } from './createTeacher.ts';
import { startIpiTeacher } from './ipi/ipiSpec.ts';
import { startCopies } from './startCopies.ts';
import { isInProcess, parseSpec, type TeacherSpec } from './teacherSpec.ts';
import { ThreadTeacher } from './threadTeacher.ts';

/** How copies of a teacher run. */
export interface TeacherPoolOptions {
  /** Copies that work side by side. */
  readonly copies: number;
  /** Longest time for one structure, s; a copy that takes longer is ended and started again. */
  readonly timeout?: number;
  /** What teachers outside this process tell. */
  readonly onEvent?: (event: TeacherEvent) => void;
}

/**
 * Copies of a teacher as one calculator: in threads, those in Python in processes, those behind a
 * socket as drivers. A copy that hangs or dies costs the structure it was at; `dispose` ends them all.
 *
 * @throws what `createTeacher` throws
 */
export async function startTeacherPool(
  spec: TeacherSpec,
  { copies, timeout, onEvent }: TeacherPoolOptions,
): Promise<CalculatorPool> {
  const limit = timeout === undefined ? {} : { timeout };
  const options = parseSpec(spec);
  if (isInProcess(options)) return startCopies(copies, () => ThreadTeacher.start(options, limit));
  const handlers = onEvent === undefined ? {} : { onEvent };
  if (options.type === 'ipi') {
    const all = { drivers: copies, ...limit, ...options };
    return new CalculatorPool([await startIpiTeacher(all, handlers)]);
  }
  return startCopies(copies, () => createTeacher({ ...limit, ...options, workers: 1 }, handlers));
}
