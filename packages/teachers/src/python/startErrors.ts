import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Python } from './findPython.ts';
import { PYTHON_PRESETS } from './presets.ts';
import { type JsonValue, type PythonPreset, requirementsOf } from './presets/preset.ts';
import { PythonTeacherError, type PythonTeacherErrorDetails } from './pythonErrors.ts';
import { shellCommand } from './shellCommand.ts';
import { missingWeights, weightSpec } from './weightFile.ts';
import type { Refusal, WorkerEnd } from './workerProcess.ts';

const LOG_LINES = 12;
/** Where the factories of presets are imported from. */
const PYTHON_FOLDER = fileURLToPath(new URL('../../python', import.meta.url));

/** What was to be started, for the errors of the start. */
export interface StartContext {
  readonly calculator: string;
  readonly args?: Readonly<Record<string, JsonValue>>;
  /** Preset, where the teacher is one. */
  readonly preset?: string | undefined;
  readonly python: Python;
}

/** The error of a worker that could not load its calculator. */
export function refusalError(context: StartContext, refusal: Refusal): PythonTeacherError {
  const { calculator, preset, python } = context;
  const { kind, message, type, traceback } = refusal;
  const thrown = type === undefined ? message : `${type}: ${message}`;
  const base: PythonTeacherErrorDetails = {
    found: thrown,
    where: `${calculator}, ${python.executable}`,
    pythonType: type,
    traceback,
  };
  const near = refusal.near ?? [];
  switch (kind) {
    case 'missing-package':
      return missingPackage(context, refusal.module ?? '', base);
    case 'old-package': {
      const { package: name = '', wanted = '' } = refusal;
      return new PythonTeacherError('teachers/old-package', message, {
        ...base,
        expected: `${name} ${wanted} or newer`,
        hint: `Run: ${installCommand(python, [`${name}>=${wanted}`])}`,
      });
    }
    case 'offline':
      return offline(context, refusal, base);
    case 'missing-weights':
      return preset === undefined
        ? new PythonTeacherError('teachers/missing-weights', message, {
            ...base,
            expected: 'a weight file',
            hint: 'Give its path in the arguments of the calculator.',
          })
        : missingWeights(preset, PYTHON_PRESETS[preset]);
    case 'bad-weights':
      return new PythonTeacherError('teachers/bad-weights', `${preset ?? calculator}: ${message}`, {
        ...base,
        expected: 'weights of this very model, complete',
        hint: badWeightsHint(context, refusal.file),
      });
    case 'missing-file':
      return new PythonTeacherError(
        'teachers/missing-file',
        `${calculator} does not find the file ${refusal.file ?? ''}`,
        {
          ...base,
          expected: `the file ${refusal.file ?? ''}`,
          hint: `Give its path in the arguments (relative paths start at ${process.cwd()}).`,
        },
      );
    case 'no-calculator':
      return new PythonTeacherError('teachers/no-calculator', message, {
        ...base,
        expected: 'the path of an ASE calculator, as in tblite.ase:TBLite',
        hint:
          near.length > 0
            ? `Did you mean ${near.join(' or ')}?`
            : 'Write it as module.path:Class; a function that returns a calculator will do, too.',
      });
    case 'arguments':
      return new PythonTeacherError('teachers/calculator-arguments', message, {
        ...base,
        hint:
          near.length > 0
            ? `It may be ${near.join(' or ')}.`
            : 'Look up the arguments in the documentation of the calculator.',
      });
    default:
      return new PythonTeacherError('teachers/start-failed', `${calculator}: ${thrown}`, {
        ...base,
        hint: `Try it without the worker: ${loadCommand(context)}`,
      });
  }
}

/** The error of a worker that ended before it said anything. */
export function startDiedError(context: StartContext, end: WorkerEnd): PythonTeacherError {
  const log = end.log.slice(-LOG_LINES);
  return new PythonTeacherError(
    'teachers/start-failed',
    `the Python worker of ${context.calculator} ended at its start (${end.reason})`,
    {
      log,
      found: [end.reason, ...log].join('\n'),
      where: context.python.executable,
      hint: `Try it without the worker: ${loadCommand(context)}`,
      cause: end.cause,
    },
  );
}

/** The error of a worker that loads for too long. */
export function startTimeoutError(
  context: StartContext,
  seconds: number,
  log: readonly string[],
): PythonTeacherError {
  const last = log.slice(-LOG_LINES);
  return new PythonTeacherError(
    'teachers/start-failed',
    `${context.calculator} was not loaded within ${seconds} s`,
    {
      log: last,
      expected: `a calculator within ${seconds} s`,
      found: ['nothing; its log ends with:', ...last].join('\n'),
      where: context.python.executable,
      hint: 'Raise `startTimeout` (seconds) where files are downloaded or disks are slow.',
    },
  );
}

function missingPackage(
  context: StartContext,
  module: string,
  base: PythonTeacherErrorDetails,
): PythonTeacherError {
  const { python, calculator, preset } = context;
  const [top] = module.split('.');
  const known = packagesFor(top, calculator, preset);
  const run = known ?? [top];
  return new PythonTeacherError(
    'teachers/missing-package',
    `${python.executable} has no package ${top}`,
    {
      ...base,
      expected: `the Python package ${top}`,
      hint: `Run: ${installCommand(python, run)}${known === undefined ? ' (its name there may differ)' : ''}`,
    },
  );
}

/** What to install for a missing module, if that is known. */
function packagesFor(
  module: string,
  calculator: string,
  preset: string | undefined,
): string[] | undefined {
  const presets: readonly PythonPreset[] = Object.values(PYTHON_PRESETS);
  const own =
    preset === undefined
      ? presets.find((one) => one.calculator === calculator)
      : PYTHON_PRESETS[preset];
  if (own !== undefined) return requirementsOf(own);
  const pinned = presets.find(({ requirements }) => Object.hasOwn(requirements, module));
  if (pinned === undefined) return undefined;
  return requirementsOf({ requirements: { [module]: pinned.requirements[module] } });
}

/** A command for a shell that puts packages where this interpreter finds them. */
function installCommand(python: Python, packages: readonly string[]): string {
  if (python.managed) {
    const environment = '.venv/bin/python';
    const install = shellCommand([environment, '-m', 'pip', 'install', ...packages]);
    return `python3 -m venv .venv && ${install} && export MLFFD_PYTHON=$PWD/${environment}`;
  }
  const { executable } = python;
  if (!python.pip)
    return shellCommand(['uv', 'pip', 'install', '--python', executable, ...packages]);
  return shellCommand([executable, '-m', 'pip', 'install', ...packages]);
}

/** Makes the calculator as the worker does. */
function loadCommand({ calculator, python, args = {} }: StartContext): string {
  const [module, name] = calculator.split(':');
  const [top] = name.split('.');
  const given = Object.entries(args).map(([key, value]) => `${key}=${pythonLiteral(value)}`);
  const code = `from ${module} import ${top}; ${name}(${given.join(', ')})`;
  const command = shellCommand([python.executable, '-c', code]);
  return module.startsWith('mlffd_calculators.')
    ? `PYTHONPATH=${shellCommand([PYTHON_FOLDER])} ${command}`
    : command;
}

function pythonLiteral(value: JsonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(', ')}]`;
  const entries = Object.entries(value).map(
    ([k, v]) => `${JSON.stringify(k)}: ${pythonLiteral(v)}`,
  );
  return `{${entries.join(', ')}}`;
}

/** The error of a calculator that wants files which cannot be had here. */
function offline(
  context: StartContext,
  { url }: Refusal,
  base: PythonTeacherErrorDetails,
): PythonTeacherError {
  const { preset } = context;
  const what = url === undefined ? 'something' : `its weights, ${url}`;
  const message = `${preset ?? context.calculator} wants to download ${what}, and there is no connection`;
  const expected = 'a connection, or files that were downloaded before';
  const { weightsArgument, weightsFrom } = preset === undefined ? {} : PYTHON_PRESETS[preset];
  const from = weightsFrom === undefined ? '' : ` They are at: ${weightsFrom}.`;
  const file = url === undefined ? undefined : basename(new URL(url).pathname);
  const fetch =
    url === undefined
      ? `${loadCommand(context)} ; then copy the files of its cache to this one`
      : `${shellCommand(['curl', '-fLO', url])} ; then copy the file to this one`;
  const use =
    preset === undefined || weightsArgument === undefined
      ? ''
      : ` A local file: ${weightSpec(preset, weightsArgument, file)}.`;
  return new PythonTeacherError('teachers/offline', message, {
    ...base,
    expected,
    hint: `On a machine with a connection run: ${fetch}.${url === undefined ? from : ''}${use}`,
  });
}

function badWeightsHint({ preset }: StartContext, file: string | undefined): string {
  const from = preset === undefined ? undefined : PYTHON_PRESETS[preset].weightsFrom;
  const again = `Compare the size of ${file ?? 'the weight file'} with the original, and fetch it again`;
  return from === undefined ? `${again}.` : `${again}: ${from}.`;
}
