import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AbortedError,
  fileSystemError,
  InvalidArgumentError,
  isMissingFile,
  sha256,
  writeFileAtomic,
} from '@mlffd/core';
import { environmentFolder, pythonIn } from './environmentFolder.ts';
import { findPython } from './findPython.ts';
import { environmentName, PYTHON_PRESETS } from './presets.ts';
import { requirementsOf } from './presets/preset.ts';
import { PythonTeacherError } from './pythonErrors.ts';
import { shellCommand } from './shellCommand.ts';

/** Says which environment a folder holds, and whether it was finished. */
const STAMP = 'mlffd-environment.json';
const OUTPUT_BYTES = 2 ** 26;
const LOG_LINES = 12;

export interface InstallEvent {
  readonly type: 'command';
  /** What is run, as one could type it. */
  readonly command: string;
}

export interface InstallOptions {
  /** Interpreter to make it with. Default: as for teachers; uv looks for one that is new enough. */
  readonly python?: string;
  /** Whether to use uv. Default: where it is in the PATH. */
  readonly uv?: boolean;
  readonly onEvent?: (event: InstallEvent) => void;
  readonly signal?: AbortSignal;
}

/** An environment that is ready. */
export interface TeacherEnvironment {
  readonly folder: string;
  /** Its interpreter: the option `python` of a teacher. */
  readonly python: string;
  /** Whether it had to be made. */
  readonly made: boolean;
}

/**
 * Makes a Python environment with the pinned packages of a preset, by uv where it is present, else by
 * venv and pip; one that is there and complete is left as it is, one that was interrupted made anew.
 * Default of the folder: where teachers look for it; presets of one package share theirs.
 *
 * @throws InvalidArgumentError `teachers/unknown-teacher`
 * @throws FileSystemError `fs/already-exists` for a folder with anything else in it
 * @throws PythonTeacherError `teachers/no-python`, `teachers/install-failed`
 * @throws AbortedError
 */
export async function installTeacherEnvironment(
  name: string,
  folder?: string,
  options: InstallOptions = {},
): Promise<TeacherEnvironment> {
  if (!Object.hasOwn(PYTHON_PRESETS, name)) {
    throw new InvalidArgumentError('teachers/unknown-teacher', `there is no environment ${name}`, {
      expected: `one of ${Object.keys(PYTHON_PRESETS).join(', ')}`,
      found: name,
    });
  }
  const preset = PYTHON_PRESETS[name];
  const { python: minimum, pythonBelow: below } = preset;
  const contents = { requirements: requirementsOf(preset), minimum, below };
  return makeEnvironment(folder ?? environmentFolder(environmentName(name)), contents, options);
}

/** What is to be in an environment. */
export interface EnvironmentContents {
  /** Anything that pip understands. */
  readonly requirements: readonly string[];
  /** Oldest Python, as `3.11`. */
  readonly minimum: string;
  /** First Python that will not do, as `3.13`. */
  readonly below?: string | undefined;
}

/** As `installTeacherEnvironment`, with any contents. */
export async function makeEnvironment(
  folder: string,
  { requirements, minimum, below }: EnvironmentContents,
  options: InstallOptions = {},
): Promise<TeacherEnvironment> {
  const key = keyOf(requirements);
  const ready = { folder, python: pythonIn(folder) };
  const stamp = await readStamp(folder);
  if (holds(stamp, key, ready.python)) return { ...ready, made: false };
  if (stamp === undefined) await requireEmpty(folder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const path = join(folder, STAMP);
  writeFileAtomic(path, JSON.stringify({ requirements: key, complete: false }));
  const run = runner(options);
  const uv = options.uv ?? (await runs('uv', ['--version']));
  if (uv) {
    const newest = below === undefined ? '' : `,<${below}`;
    const python = options.python ?? `>=${minimum}${newest}`;
    await run('uv', ['venv', '--quiet', '--allow-existing', '--python', python, folder]);
  } else {
    const { python, signal } = options;
    const { executable } = await findPython({ python, minimum, below, signal });
    await run(executable, ['-m', 'venv', folder]);
  }
  if (uv) await run('uv', ['pip', 'install', '--quiet', '--python', ready.python, ...requirements]);
  else await run(ready.python, ['-m', 'pip', 'install', '--quiet', ...requirements]);
  writeFileAtomic(path, JSON.stringify({ requirements: key, complete: true }));
  return { ...ready, made: true };
}

/** Whether the environment of a preset was made, in its usual folder, with the packages of this version. */
export async function isInstalled(name: string): Promise<boolean> {
  const folder = environmentFolder(environmentName(name));
  const key = keyOf(requirementsOf(PYTHON_PRESETS[name]));
  return holds(await readStamp(folder), key, pythonIn(folder));
}

interface Stamp {
  readonly requirements: string;
  readonly complete: boolean;
}

function keyOf(requirements: readonly string[]): string {
  return sha256(requirements.join('\n'));
}

function holds(stamp: Stamp | undefined, key: string, python: string): boolean {
  return stamp?.complete === true && stamp.requirements === key && existsSync(python);
}

async function readStamp(folder: string): Promise<Stamp | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, STAMP), 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

/** A folder that is not ours is not removed, whatever it holds. */
async function requireEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    if (isMissingFile(cause)) return [];
    throw fileSystemError('read', folder, cause);
  });
  if (entries.length > 0) throw fileSystemError('make', folder, { code: 'EEXIST' });
}

function runs(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(command, args, (error) => {
      resolve(error === null);
    });
  });
}

/** Runs commands, and tells a failure with the command to repeat. */
function runner({ onEvent, signal }: InstallOptions) {
  return (program: string, args: readonly string[]): Promise<void> => {
    const command = shellCommand([program, ...args]);
    onEvent?.({ type: 'command', command });
    return new Promise((resolve, reject) => {
      const options = { maxBuffer: OUTPUT_BYTES, ...(signal === undefined ? {} : { signal }) };
      execFile(program, args, options, (error, stdout, stderr) => {
        if (error === null) {
          resolve();
          return;
        }
        const log = `${stdout}\n${stderr}`.trim().split('\n').slice(-LOG_LINES);
        reject(signal?.aborted === true ? aborted(command) : failed(command, log, error));
      });
    });
  };
}

function aborted(command: string): AbortedError {
  return new AbortedError('teachers/aborted', 'making the environment was stopped', {
    found: command,
    hint: 'Run it again; it starts from the beginning.',
  });
}

function failed(command: string, log: readonly string[], cause: Error): PythonTeacherError {
  return new PythonTeacherError('teachers/install-failed', 'the environment could not be made', {
    found: log.join('\n'),
    where: command,
    hint: `Check the connection to the package index, then run: ${command}`,
    log,
    cause,
  });
}
