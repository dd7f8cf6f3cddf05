import { sha256 } from '@mlffd/core';
import type { ProfileSubject } from '@mlffd/cuda-profiler';

/**
 * What profiles of a teacher are compared by.
 *
 * @param spec as it was typed
 * @param name of its calculator
 */
export function teacherSubject(spec: string, name: string): ProfileSubject {
  return { name, hash: sha256(`${spec} ${name}`).slice(0, 16), details: {} };
}
