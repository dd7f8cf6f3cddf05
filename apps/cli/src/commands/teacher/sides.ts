import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Calculator } from '@mlffd/core';
import { StudentCalculator, type StudentCalculatorOptions } from '@mlffd/student';
import { createTeacher } from '@mlffd/teachers';

/** A teacher by its name, or a student by its folder; only students have options. */
export async function openSide(
  spec: string,
  signal: AbortSignal,
  options: StudentCalculatorOptions = {},
): Promise<Calculator> {
  const folder = resolve(spec);
  if (!existsSync(join(folder, 'model.safetensors'))) return createTeacher(spec, { signal });
  const name = basename(folder);
  return StudentCalculator.load(folder, {
    ...options,
    name: name === 'student' ? `${basename(dirname(folder))} student` : name,
  });
}

/** Names to tell both apart by. */
export function namesOf(a: Calculator, b: Calculator): readonly [string, string] {
  return a.name === b.name ? [`${a.name} (A)`, `${b.name} (B)`] : [a.name, b.name];
}
