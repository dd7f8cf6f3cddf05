import { InvalidArgumentError } from '@mlffd/core';
import type { ChgnetOptions } from './chgnet/chgnetCalculator.ts';
import type { EmtOptions } from './emt/emt.ts';
import { type IpiTeacherSpec, parseIpiSpec, requireIpiSpec } from './ipi/ipiSpec.ts';
import type { LennardJonesOptions } from './lennardJones/lennardJones.ts';
import type { MorseOptions } from './morse/morse.ts';
import { calculatorOf, parseName, requireCalculator } from './python/aseSpec.ts';
import type { FennolOptions } from './python/fennolTeacher.ts';
import type { OrbOptions } from './python/orbTeacher.ts';
import type { JsonValue } from './python/presets/preset.ts';
import { PYTHON_PRESETS, type PythonPresetName } from './python/presets.ts';
import type { WorkerOptions } from './python/pythonOptions.ts';
import type { StillingerWeberOptions } from './stillingerWeber/stillingerWeber.ts';

interface Workers {
  /** Processes, which compute different structures at the same time. Default 1. */
  readonly workers?: number;
}

/** Options of teachers in Python, beside what they compute with. */
type PythonSpec = WorkerOptions &
  Workers & {
    /** Arguments of the calculator by name. */
    readonly args?: Readonly<Record<string, JsonValue>>;
  };

/** A teacher in Python: any ASE calculator, a preset, or one with options of its own. */
export type PythonTeacherSpec =
  | ({ readonly type: 'ase'; readonly calculator: string } & PythonSpec)
  | ({ readonly type: Exclude<PythonPresetName, 'fennol'> } & PythonSpec)
  | ({ readonly type: 'orb' } & OrbOptions & WorkerOptions & Workers)
  | ({ readonly type: 'fennol' } & Omit<FennolOptions, 'onEvent' | 'signal'> & Workers);

/** An exported potential. */
interface OnnxSpec {
  readonly type: 'onnx';
  /** The `.onnx` file. */
  readonly model: string;
  /** Threads of one evaluation. Default 1. */
  readonly threads?: number;
}

/** A teacher that runs in this process. */
export type InProcessSpec =
  | ({ readonly type: 'chgnet' } & ChgnetOptions)
  | OnnxSpec
  | ({ readonly type: 'lj' } & LennardJonesOptions)
  | ({ readonly type: 'morse' } & MorseOptions)
  | ({ readonly type: 'emt' } & EmtOptions)
  | ({ readonly type: 'stillinger-weber' } & StillingerWeberOptions);

/** A teacher with its options. */
export type TeacherOptions = InProcessSpec | PythonTeacherSpec | IpiTeacherSpec;

/**
 * A teacher by name (one of `TEACHERS`), by name with its options, or as text:
 * `ase:module.path:Class?key=value&key2=value2` (any ASE calculator), `onnx:FILE`, `fennol:FILE`,
 * `ipi:unix:NAME`, `ipi:HOST:PORT`.
 */
export type TeacherSpec = string | TeacherOptions;

const WORKER = [
  ...['python', 'workers', 'threads', 'timeout', 'startTimeout'],
  ...['reset', 'forceConsistent', 'env'],
];
const ORB = [
  ...['model', 'weights', 'device', 'precision', 'compile', 'maxNeighbors'],
  ...['edgeMethod', 'halfSupercell', 'charge', 'spin'],
];
const FENNOL = [
  ...['model', 'device', 'precision', 'energyTerms', 'matmulPrecision'],
  ...['charge', 'spin', 'elements', 'allowPickle'],
];
const PRESET_NAMES = Object.keys(PYTHON_PRESETS);
const IN_PROCESS: Readonly<Record<InProcessSpec['type'], readonly string[]>> = {
  chgnet: ['threads', 'modelPath'],
  onnx: ['model', 'threads'],
  lj: ['epsilon', 'sigma', 'pairs', 'cutoff', 'truncation', 'onset', 'skin'],
  morse: ['depth', 'distance', 'pairs', 'steepness', 'inner', 'outer', 'skin'],
  emt: ['fixedCutoff', 'skin'],
  'stillinger-weber': ['entries', 'skin'],
};
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(PRESET_NAMES.map((name) => [name, ['args', ...WORKER]])),
  ase: ['calculator', 'args', ...WORKER],
  orb: [...ORB, ...WORKER],
  fennol: [...FENNOL, ...WORKER],
  ...IN_PROCESS,
};

/** Teachers whose one required option is a file, which may stand behind a colon. */
const WITH_FILE: readonly string[] = ['onnx', 'fennol'];

/** Names that stand alone; those in `PYTHON_PRESETS` need Python. */
export const TEACHERS: readonly string[] = [
  ...Object.keys(IN_PROCESS).filter((name) => !WITH_FILE.includes(name)),
  ...PRESET_NAMES.filter((name) => !WITH_FILE.includes(name)),
];

/** What else a text may be. */
const FORMS = 'ase:module.path:Class, onnx:FILE, fennol:FILE, ipi:unix:NAME, ipi:HOST:PORT';

/** True for a teacher that computes in the thread that calls it. */
export function isInProcess(options: TeacherOptions): options is InProcessSpec {
  return Object.hasOwn(IN_PROCESS, options.type);
}

/**
 * What a specification says, as an object.
 *
 * @throws InvalidArgumentError `teachers/unknown-teacher`, `teachers/unknown-option`,
 * `teachers/invalid-option`, `teachers/invalid-calculator`, `teachers/invalid-arguments`
 */
export function parseSpec(spec: TeacherSpec): TeacherOptions {
  const options: unknown = typeof spec === 'string' ? parseText(spec) : spec;
  if (!hasType(options)) throw unknownTeacher(spec);
  if (options.type === 'ipi') {
    requireIpiSpec(options);
    return options;
  }
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
  if (WITH_FILE.includes(options.type)) requireFile(options);
  return options;
}

function parseText(text: string): unknown {
  const ipi = parseIpiSpec(text);
  if (ipi !== undefined) return ipi;
  const { name, args } = parseName(text);
  const calculator = calculatorOf(name);
  if (calculator !== undefined) return { type: 'ase', calculator, ...given(args) };
  const colon = name.indexOf(':');
  const type = colon === -1 ? name : name.slice(0, colon);
  if (colon !== -1 && WITH_FILE.includes(type)) {
    return { type, model: name.slice(colon + 1), ...args };
  }
  // Options of their own, where others have arguments for a Python function.
  const hasArguments = Object.hasOwn(OPTIONS, type) && OPTIONS[type].includes('args');
  return { type: name, ...(hasArguments ? given(args) : args) };
}

const given = (args: Readonly<Record<string, JsonValue>> | undefined): object =>
  args === undefined ? {} : { args };

function requireFile(options: TeacherOptions): void {
  const model: unknown = 'model' in options ? options.model : undefined;
  if (typeof model === 'string' && model !== '') return;
  const { type } = options;
  throw new InvalidArgumentError('teachers/invalid-option', `${type} needs a model`, {
    expected: `the path of a file, as in ${type}:model.${type === 'onnx' ? 'onnx' : 'fnx'}`,
    found: model === undefined ? 'nothing' : JSON.stringify(model),
    where: 'teacher, model',
  });
}

function unknownTeacher(spec: unknown): InvalidArgumentError {
  const found = JSON.stringify(spec);
  return new InvalidArgumentError('teachers/unknown-teacher', `there is no teacher ${found}`, {
    expected: `one of ${TEACHERS.join(', ')}, or ${FORMS}`,
    found,
    where: 'teacher',
  });
}

function hasType(options: unknown): options is Readonly<Record<string, unknown>> {
  return (
    typeof options === 'object' &&
    options !== null &&
    'type' in options &&
    typeof options.type === 'string'
  );
}

function isKnown(
  options: Readonly<Record<string, unknown>>,
): options is TeacherOptions & Readonly<Record<string, unknown>> {
  return typeof options.type === 'string' && Object.hasOwn(OPTIONS, options.type);
}
