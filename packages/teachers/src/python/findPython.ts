import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { AbortedError } from '@mlffd/core';
import { environmentFolder, pythonIn } from './environmentFolder.ts';
import { environmentName } from './presets.ts';
import { PythonTeacherError } from './pythonErrors.ts';

/** Longest time an interpreter may take to say its version, ms. */
const PROBE_MS = 60_000;
const MINIMUM = '3.9';

const PROBE = `import json, os, sys, sysconfig, importlib.util as u
print(json.dumps({
  "executable": sys.executable, "version": list(sys.version_info[:3]),
  "pip": u.find_spec("pip") is not None,
  "managed": sys.prefix == sys.base_prefix and os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")),
}))`;

/** An interpreter that was found and can run. */
export interface Python {
  /** Path of the program itself, behind links and wrappers. */
  readonly executable: string;
  readonly version: string;
  /** Whether it has pip. */
  readonly pip: boolean;
  /** Whether the system forbids pip to change it. */
  readonly managed: boolean;
  /** Why this one. */
  readonly origin: 'option' | 'MLFFD_PYTHON' | 'environment' | 'PATH';
}

export interface FindPythonOptions {
  /** Path or name of an interpreter; it is used, or nothing is. */
  readonly python?: string | undefined;
  /** Preset whose environment is used where it has been made. */
  readonly preset?: string | undefined;
  /** Oldest version that will do, as `3.11`. Default 3.9. */
  readonly minimum?: string | undefined;
  /** First version that will not do, as `3.13`. */
  readonly below?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The interpreter to use: the option, `MLFFD_PYTHON`, the environment made for the preset, or
 * `python3` in the PATH; the first of these that is there.
 *
 * @throws AbortedError, PythonTeacherError `teachers/no-python`, `teachers/old-package` for an old
 * Python, `teachers/new-python`
 */
export async function findPython(options: FindPythonOptions = {}): Promise<Python> {
  const [command, origin] = candidate(options);
  const { stdout, failure } = await probe(command, options.signal);
  if (options.signal?.aborted === true) {
    throw new AbortedError('teachers/aborted', 'looking for Python was stopped');
  }
  if (failure !== undefined) throw noPython(command, origin, failure);
  const found = parse(stdout);
  if (found === undefined) throw noPython(command, origin, new Error('it is no Python'));
  const version = found.version.join('.');
  const { minimum = MINIMUM, below } = options;
  const old = isBefore(found.version, minimum);
  if (old || (below !== undefined && !isBefore(found.version, below))) {
    const code = old ? 'teachers/old-package' : 'teachers/new-python';
    throw new PythonTeacherError(code, `${command} is Python ${version}`, {
      expected: `Python ${minimum} or newer${below === undefined ? '' : `, older than ${below}`}`,
      found: version,
      where: originText(origin),
      hint: 'Name another one with the option `python`, or in MLFFD_PYTHON.',
    });
  }
  return { ...found, version, origin };
}

/** Whether a version is older than `3.13`. */
function isBefore([major, minor]: readonly number[], text: string): boolean {
  const [otherMajor, otherMinor] = text.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function candidate({ python, preset }: FindPythonOptions): [string, Python['origin']] {
  if (python !== undefined) return [python, 'option'];
  const variable = process.env.MLFFD_PYTHON;
  if (variable !== undefined && variable !== '') return [variable, 'MLFFD_PYTHON'];
  if (preset !== undefined) {
    const installed = pythonIn(environmentFolder(environmentName(preset)));
    if (existsSync(installed)) return [installed, 'environment'];
  }
  return ['python3', 'PATH'];
}

interface Probe {
  readonly executable: string;
  readonly version: readonly number[];
  readonly pip: boolean;
  readonly managed: boolean;
}

function probe(
  command: string,
  signal: AbortSignal | undefined,
): Promise<{ stdout: string; failure?: Error }> {
  return new Promise((resolve) => {
    const options = { timeout: PROBE_MS, ...(signal === undefined ? {} : { signal }) };
    execFile(command, ['-c', PROBE], options, (failure, stdout) => {
      resolve(failure === null ? { stdout } : { stdout, failure });
    });
  });
}

function parse(stdout: string): Probe | undefined {
  try {
    // Start-up files of a user may print, so only the last line counts.
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Probe;
  } catch {
    return undefined;
  }
}

function originText(origin: Python['origin']): string {
  return {
    option: 'the option `python`',
    MLFFD_PYTHON: 'the variable MLFFD_PYTHON',
    environment: 'the environment of this teacher',
    PATH: 'PATH',
  }[origin];
}

function noPython(command: string, origin: Python['origin'], cause: Error): PythonTeacherError {
  const missing = 'code' in cause && cause.code === 'ENOENT';
  return new PythonTeacherError('teachers/no-python', `cannot run ${command}`, {
    expected: `Python ${MINIMUM} or newer`,
    found: missing ? 'no such program' : cause.message.trim(),
    where: originText(origin),
    hint:
      origin === 'PATH'
        ? 'Install Python 3, or name one with the option `python` or in MLFFD_PYTHON.'
        : 'Check the path: it must be a Python interpreter, such as .venv/bin/python.',
    cause,
  });
}
