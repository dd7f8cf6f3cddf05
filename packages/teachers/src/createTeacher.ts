import { type Calculator, InvalidArgumentError } from '@mlffd/core';
import { ChgnetCalculator, type ChgnetOptions } from './chgnet/chgnetCalculator.ts';
import { readModelFile } from './chgnet/modelFile.ts';
import { Emt, type EmtOptions } from './emt/emt.ts';
import { LennardJones, type LennardJonesOptions } from './lennardJones/lennardJones.ts';
import { Morse, type MorseOptions } from './morse/morse.ts';
import { calculatorOf, parseName, requireCalculator } from './python/aseSpec.ts';
import { PYTHON_PRESETS, type PythonPresetName } from './python/presets.ts';
import type { JsonValue } from './python/presets/preset.ts';
import {
  type PythonTeacherOptions,
  requireCount,
  type WorkerOptions,
} from './python/pythonOptions.ts';
import { PythonTeacher } from './python/pythonTeacher.ts';
import { StillingerWeber, type StillingerWeberOptions } from './stillingerWeber/stillingerWeber.ts';
import { startCopies } from './startCopies.ts';

/** Options of teachers in Python, beside what they compute with. */
type PythonSpec = WorkerOptions & {
  /** Arguments of the calculator by name. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  /** Processes, which compute different structures at the same time. Default 1. */
  readonly workers?: number;
};

/**
 * A teacher by name (one of `TEACHERS`), by name with its options, or any ASE calculator:
 * `ase:module.path:Class?key=value&key2=value2`.
 */
export type TeacherSpec =
  | string
  | ({ readonly type: 'chgnet' } & ChgnetOptions)
  | ({ readonly type: 'lj' } & LennardJonesOptions)
  | ({ readonly type: 'morse' } & MorseOptions)
  | ({ readonly type: 'emt' } & EmtOptions)
  | ({ readonly type: 'stillinger-weber' } & StillingerWeberOptions)
  | PythonTeacherSpec;

/** A teacher in Python: any ASE calculator, or a preset. */
export type PythonTeacherSpec =
  | ({ readonly type: 'ase'; readonly calculator: string } & PythonSpec)
  | ({ readonly type: PythonPresetName } & PythonSpec);

/** A teacher with its options. */
export type TeacherOptions = Exclude<TeacherSpec, string>;

/** What is no part of the teacher itself. */
export type TeacherHandlers = Pick<PythonTeacherOptions, 'onEvent' | 'signal'>;

const PYTHON_OPTIONS: readonly string[] = [
  ...['args', 'python', 'workers', 'threads', 'timeout', 'startTimeout'],
  ...['reset', 'forceConsistent', 'env'],
];
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  chgnet: ['threads', 'modelPath'],
  lj: ['epsilon', 'sigma', 'pairs', 'cutoff', 'truncation', 'onset', 'skin'],
  morse: ['depth', 'distance', 'pairs', 'steepness', 'inner', 'outer', 'skin'],
  emt: ['fixedCutoff', 'skin'],
  'stillinger-weber': ['entries', 'skin'],
  ase: ['calculator', ...PYTHON_OPTIONS],
  ...Object.fromEntries(Object.keys(PYTHON_PRESETS).map((name) => [name, PYTHON_OPTIONS])),
};

/** Names that `createTeacher` knows; those in `PYTHON_PRESETS` need Python. */
export const TEACHERS: readonly string[] = [
  'chgnet',
  'lj',
  'morse',
  'emt',
  'stillinger-weber',
  ...Object.keys(PYTHON_PRESETS),
];

/**
 * Makes a teacher from what a configuration file says.
 *
 * @throws InvalidArgumentError `teachers/unknown-teacher`, `teachers/unknown-option`, and what the
 * teacher itself refuses
 */
export async function createTeacher(
  spec: TeacherSpec,
  handlers: TeacherHandlers = {},
): Promise<Calculator> {
  const options = parseSpec(spec);
  if (isInProcess(options)) {
    return options.type === 'chgnet' ? ChgnetCalculator.load(options) : analytic(options);
  }
  const { workers = 1 } = options;
  requireCount(workers, 'workers');
  const start = { ...pythonOptions(options), ...handlers };
  if (workers === 1) return PythonTeacher.start(start);
  return startCopies(workers, () => PythonTeacher.start(start));
}

/**
 * SHA-256 of all that decides a teacher's answers: its model file, its parameters or its packages, not
 * the number of threads. Stages that keep labels use it as part of their key.
 *
 * @throws as `createTeacher`
 */
export async function teacherFingerprint(spec: TeacherSpec): Promise<string> {
  const options = parseSpec(spec);
  if (isInProcess(options)) {
    if (options.type !== 'chgnet') return analytic(options).fingerprint;
    return (await readModelFile(options.modelPath)).fingerprint;
  }
  // Only the calculator itself knows what versions it is made of.
  const teacher = await PythonTeacher.start(pythonOptions(options));
  await teacher.dispose();
  return teacher.fingerprint;
}

function pythonOptions(options: PythonTeacherSpec): PythonTeacherOptions {
  return options.type === 'ase' ? options : { ...options, preset: options.type };
}

/** True for a teacher that runs in Python, in processes of its own. */
export function isPythonTeacher(options: TeacherOptions): options is PythonTeacherSpec {
  return !isInProcess(options);
}

type InProcessOptions = Exclude<TeacherOptions, PythonTeacherSpec>;
type AnalyticOptions = Exclude<InProcessOptions, { readonly type: 'chgnet' }>;

const isInProcess = (options: TeacherOptions): options is InProcessOptions =>
  !Object.hasOwn(PYTHON_PRESETS, options.type) && options.type !== 'ase';

/** A potential that answers at once. */
function analytic(options: AnalyticOptions): Calculator & { readonly fingerprint: string } {
  switch (options.type) {
    case 'lj':
      return new LennardJones(options);
    case 'morse':
      return new Morse(options);
    case 'emt':
      return new Emt(options);
    case 'stillinger-weber':
      return new StillingerWeber(options);
  }
}

/**
 * What a specification says, as an object.
 *
 * @throws InvalidArgumentError `teachers/unknown-teacher`, `teachers/unknown-option`
 */
export function parseSpec(spec: TeacherSpec): TeacherOptions {
  const options: unknown = typeof spec === 'string' ? parseText(spec) : spec;
  if (!isKnown(options)) throw unknownTeacher(spec);
  if (options.type === 'ase') requireCalculator(options.calculator);
  const known = OPTIONS[options.type];
  for (const name of Object.keys(options)) {
    if (name === 'type' || known.includes(name)) continue;
    throw new InvalidArgumentError(
      'teachers/unknown-option',
      `the teacher ${options.type} has no option ${name}`,
      { expected: `options among ${known.join(', ')}`, found: name, where: `teacher, ${name}` },
    );
  }
  return options;
}

function parseText(text: string): unknown {
  const { name, args } = parseName(text);
  const given = args === undefined ? {} : { args };
  const calculator = calculatorOf(name);
  if (calculator === undefined) return { type: name, ...given };
  return { type: 'ase', calculator, ...given };
}

function unknownTeacher(spec: unknown): InvalidArgumentError {
  const found = JSON.stringify(spec);
  return new InvalidArgumentError('teachers/unknown-teacher', `there is no teacher ${found}`, {
    expected: `one of ${TEACHERS.join(', ')}, or ase:module.path:Class`,
    found,
    where: 'teacher',
  });
}

function isKnown(options: unknown): options is TeacherOptions {
  return (
    typeof options === 'object' &&
    options !== null &&
    'type' in options &&
    typeof options.type === 'string' &&
    Object.hasOwn(OPTIONS, options.type)
  );
}
