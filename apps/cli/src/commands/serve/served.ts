import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Atoms, type Calculator, InvalidArgumentError, type Uncertainties } from '@mlffd/core';
import type { ServedCalculator, ServeIpiOptions } from '@mlffd/md';
import { type Backend, StudentCalculator } from '@mlffd/student';
import { openSide } from '../teacher/sides.ts';

/** How what is served is made. */
export interface ServedOptions {
  readonly backend: 'auto' | Backend | undefined;
  readonly threads: number | undefined;
  readonly uncertainty: boolean;
  readonly template: Atoms;
  readonly signal: AbortSignal;
}

/** Who answers, and what comes with each answer. */
export interface Served {
  readonly calculator: ServedCalculator;
  readonly extras?: NonNullable<ServeIpiOptions['extras']>;
}

/**
 * A student by its folder, or a teacher by its name.
 *
 * @throws InvalidArgumentError `usage/teacher-option` for options that only students have,
 * `usage/no-student` for a folder without one, `usage/no-uncertainty`; as `createTeacher`
 */
export async function openServed(spec: string, options: ServedOptions): Promise<Served> {
  const { backend, threads, uncertainty, template, signal } = options;
  const calculator = await openSide(spec, signal, {
    ...(backend === undefined ? {} : { backend }),
    ...(threads === undefined ? {} : { threads }),
  }).catch((cause: unknown) => {
    throw existsSync(spec) && !existsSync(join(spec, 'model.safetensors'))
      ? noStudent(spec, cause)
      : cause;
  });
  const given = Object.entries({ backend, threads }).find(([, value]) => value !== undefined)?.[0];
  try {
    if (given !== undefined && !(calculator instanceof StudentCalculator)) {
      throw new InvalidArgumentError('usage/teacher-option', `a teacher has no --${given}`, {
        expected: `a student with --${given}, or a teacher without`,
        found: spec,
        where: `--${given}`,
      });
    }
    if (!uncertainty) return { calculator };
    // What cannot tell is found before a server waits.
    await uncertaintyOf(calculator, template);
  } catch (error) {
    await calculator.dispose();
    throw error;
  }
  return {
    calculator,
    extras: async (structure) => {
      const { energy, forces } = await uncertaintyOf(calculator, structure);
      // Standard deviations, eV and eV/Angstrom: i-PI does not convert extras.
      return { energy_uncertainty: energy, force_uncertainty: Array.from(forces) };
    },
  };
}

function uncertaintyOf(
  calculator: Calculator,
  structure: Atoms,
): Uncertainties | Promise<Uncertainties> {
  if (calculator.uncertainty !== undefined) return calculator.uncertainty(structure);
  throw new InvalidArgumentError(
    'usage/no-uncertainty',
    `${calculator.name} gives no uncertainty`,
    {
      expected: 'a calibrated student, or another calculator that knows how certain it is',
      found: calculator.name,
      where: '--uncertainty',
      hint: 'Leave out --uncertainty.',
    },
  );
}

function noStudent(folder: string, cause: unknown): InvalidArgumentError {
  return new InvalidArgumentError('usage/no-student', `there is no student in ${folder}`, {
    expected: 'a folder with config.json and model.safetensors',
    found: 'no model.safetensors',
    where: folder,
    hint: 'Give the folder `student` of a run, or the name of a teacher.',
    cause,
  });
}
