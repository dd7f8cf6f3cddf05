import type { Python } from './findPython.ts';
import { PYTHON_PRESETS } from './presets.ts';
import { type PythonPreset, requirementsOf } from './presets/preset.ts';
import { PythonTeacherError, type PythonTeacherErrorDetails } from './pythonErrors.ts';
import { shellCommand } from './shellCommand.ts';
import type { Refusal, WorkerEnd } from './workerProcess.ts';

const LOG_LINES = 12;

/** What was to be started, for the errors of the start. */
export interface StartContext {
  readonly calculator: string;
  /** Preset, where the teacher is one. */
  readonly preset?: string | undefined;
  readonly python: Python;
}

/** The error of a worker that could not load its calculator. */
export function refusalError(context: StartContext, refusal: Refusal): PythonTeacherError {
  const { calculator, python } = context;
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
      return new PythonTeacherError(
        'teachers/offline',
        `${calculator} wants to download something, and there is no connection`,
        {
          ...base,
          expected: 'a connection, or files that were downloaded before',
          hint: `On a machine with a connection run once: ${loadCommand(context)} ; then copy the files of its cache to this one.`,
        },
      );
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
        hint: 'Look up the arguments in the documentation of the calculator.',
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

/** Imports the calculator as the worker does. */
function loadCommand({ calculator, python }: StartContext): string {
  const [module, name] = calculator.split(':');
  const [top] = name.split('.');
  return shellCommand([python.executable, '-c', `from ${module} import ${top}`]);
}
