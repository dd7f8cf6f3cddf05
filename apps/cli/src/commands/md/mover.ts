import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Atoms,
  type Calculator,
  fileSystemError,
  InvalidArgumentError,
  sha256,
  symbolOf,
  type TrainingDomain,
  UnsupportedElementError,
} from '@mlffd/core';
import { CHECKPOINT_FILES, StudentCalculator, type StudentCalculatorOptions } from '@mlffd/student';
import { teacherFingerprint } from '@mlffd/teachers';
import { openSide } from '../teacher/sides.ts';
import type { Motion } from './motion.ts';

/** Who gives forces, and who that is. */
export interface Mover {
  readonly calculator: Calculator;
  /** Of what decides about its answers. */
  readonly hash: string;
  /** `fused` or `onnx` of a student. */
  readonly backend?: string;
  /** What a student was trained on, where it says so. */
  readonly domain?: TrainingDomain | undefined;
}

/** How a mover is opened. */
export interface MoverOptions {
  readonly backend?: StudentCalculatorOptions['backend'] | undefined;
  readonly threads?: number | undefined;
  readonly signal: AbortSignal;
  /** Where the name was given, for messages. */
  readonly where: string;
}

/**
 * A student by its folder, or a teacher by its name.
 *
 * @throws InvalidArgumentError `usage/no-student`, `usage/teacher-option`; as `createTeacher`
 */
export async function openMover(spec: string, options: MoverOptions): Promise<Mover> {
  const { backend, threads, signal, where } = options;
  if (isFolder(spec) && !existsSync(join(spec, CHECKPOINT_FILES.weights))) {
    throw new InvalidArgumentError('usage/no-student', `There is no student in ${spec}`, {
      where,
      expected: `a folder with ${CHECKPOINT_FILES.weights}, or the name of a teacher`,
      found: spec,
      hint: 'A run of `mlffd distill` or `mlffd train` has it in student/.',
    });
  }
  const calculator = await openSide(spec, signal, {
    ...(backend === undefined ? {} : { backend }),
    ...(threads === undefined ? {} : { threads }),
  }).catch((cause: unknown) => {
    throw unknown(spec, where, cause) ?? cause;
  });
  try {
    if (calculator instanceof StudentCalculator) {
      const { domain } = calculator;
      return { calculator, hash: studentHash(spec), backend: calculator.backend, domain };
    }
    const given = Object.entries({ backend, threads }).find(([, value]) => value !== undefined);
    if (given !== undefined) {
      throw new InvalidArgumentError('usage/teacher-option', `A teacher has no --${given[0]}.`, {
        where: `--${given[0]}`,
        expected: `a student with --${given[0]}, or a teacher without`,
        found: spec,
      });
    }
    return { calculator, hash: await teacherHash(spec, calculator) };
  } catch (error) {
    await calculator.dispose();
    throw error;
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** A word that is neither is wrong use, not a failure. */
function unknown(spec: string, where: string, cause: unknown): InvalidArgumentError | undefined {
  if (!(cause instanceof InvalidArgumentError)) return undefined;
  if (cause.code !== 'teachers/unknown-teacher') return undefined;
  const { expected } = cause;
  return new InvalidArgumentError(
    'usage/no-student',
    `${spec} is neither the folder of a student nor a teacher.`,
    {
      where,
      expected: `a folder with ${CHECKPOINT_FILES.weights}, or a teacher: ${expected ?? ''}`,
      found: spec,
      hint: 'Check the path; `mlffd teacher list` names the teachers.',
      cause,
    },
  );
}

function studentHash(folder: string): string {
  const files = [CHECKPOINT_FILES.config, CHECKPOINT_FILES.weights].map((file) => {
    const path = join(folder, file);
    try {
      return sha256(readFileSync(path));
    } catch (cause) {
      throw fileSystemError('read', path, cause);
    }
  });
  return sha256(files.join(' ')).slice(0, 16);
}

/** Most teachers carry their fingerprint; a driver behind a socket may have none but its name. */
async function teacherHash(spec: string, calculator: Calculator): Promise<string> {
  const own = 'fingerprint' in calculator ? calculator.fingerprint : undefined;
  if (typeof own === 'string') return own.slice(0, 16);
  if (/^ipi\b/.test(spec)) return sha256(spec).slice(0, 16);
  return (await teacherFingerprint(spec)).slice(0, 16);
}

/**
 * What would fail at the first step fails before it, in words of the command line.
 *
 * @throws UnsupportedElementError, InvalidArgumentError
 */
export function requireFit(calculator: Calculator, atoms: Atoms, motion: Motion): void {
  const { elements, name, properties } = calculator;
  const unknownElements = [...new Set(atoms.numbers)].filter(
    (z) => elements !== undefined && !elements.includes(z),
  );
  if (unknownElements.length > 0) {
    const symbols = unknownElements.map(symbolOf).join(', ');
    const first = atoms.numbers.indexOf(unknownElements[0]);
    throw new UnsupportedElementError(
      'md/unsupported-element',
      `${name} does not know ${symbols}.`,
      {
        where: `atom ${String(first)} of the start`,
        expected: (elements ?? []).slice(0, 20).map(symbolOf).join(', '),
        found: symbols,
        hint: 'Take a student that was trained on these elements, or another start.',
      },
    );
  }
  const needed = motion.ensemble === 'npt' ? ['forces', 'stress'] : ['forces'];
  const missing = needed.find((property) => !(properties as readonly string[]).includes(property));
  if (missing !== undefined) {
    throw new InvalidArgumentError('usage/property', `${name} gives no ${missing}.`, {
      where: missing === 'stress' ? '--ensemble npt' : name,
      expected: `a calculator with ${needed.join(' and ')}`,
      found: properties.join(', '),
      hint:
        missing === 'stress'
          ? 'Run at constant volume (--ensemble nvt), or take another calculator.'
          : 'Take another calculator.',
    });
  }
  if (motion.ensemble === 'npt' && !atoms.pbc.every(Boolean)) {
    throw new InvalidArgumentError(
      'usage/not-periodic',
      'Constant pressure needs a periodic cell.',
      {
        where: '--ensemble npt',
        expected: 'a structure that is periodic along three vectors',
        found: `periodic: ${atoms.pbc.map((is) => (is ? 'T' : 'F')).join(' ')}`,
        hint: 'Give the start a cell (Lattice and pbc in extended XYZ), or run --ensemble nvt.',
      },
    );
  }
}
