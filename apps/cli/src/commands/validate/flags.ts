import { InvalidArgumentError } from '@mlffd/core';
import {
  type BudgetName,
  USE_CASE_NAMES,
  type UseCaseName,
  type ValidationSettings,
  validationSettings,
} from '@mlffd/md';
import { count, positive } from '../numbers.ts';

/** Options of `mlffd validate` that say how much is done. */
export interface BudgetFlags {
  readonly budget: BudgetName;
  readonly temperature?: string;
  readonly timestep?: string;
  readonly picoseconds?: string;
  readonly teacherPicoseconds?: string;
  readonly frames?: string;
}

/** @throws InvalidArgumentError for a flag that is no number */
export function settingsOf(flags: BudgetFlags): ValidationSettings {
  const { temperature, timestep, picoseconds, teacherPicoseconds, frames } = flags;
  const length = picoseconds === undefined ? undefined : positive(picoseconds, '--picoseconds');
  const changes = {
    ...(temperature === undefined ? {} : { temperature: positive(temperature, '--temperature') }),
    ...(timestep === undefined ? {} : { timestep: positive(timestep, '--timestep') }),
    ...(length === undefined ? {} : { picoseconds: length }),
    ...(teacherPicoseconds === undefined
      ? {}
      : { teacherPicoseconds: positive(teacherPicoseconds, '--teacher-picoseconds') }),
    ...(frames === undefined ? {} : { frames: count(frames, '--frames') }),
  };
  const settings = validationSettings(flags.budget, changes);
  // A short run has no use for a longer one beside it.
  return length === undefined
    ? settings
    : { ...settings, attributionPicoseconds: Math.min(length, settings.attributionPicoseconds) };
}

/** @throws InvalidArgumentError for a name that is none */
export function usesOf(text: string): UseCaseName[] {
  return text.split(/[\s,]+/).flatMap((name) => {
    if (name === '') return [];
    const known = USE_CASE_NAMES.find((one) => one === name);
    if (known !== undefined) return [known];
    throw new InvalidArgumentError('usage/unknown-use', `--for knows no use named '${name}'.`, {
      where: '--for',
      expected: USE_CASE_NAMES.join(', '),
      found: name,
      hint: 'Give one or more of them, separated by commas.',
    });
  });
}
