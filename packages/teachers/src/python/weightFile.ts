import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JsonValue, PythonPreset } from './presets/preset.ts';
import { PythonTeacherError } from './pythonErrors.ts';

type Args = Readonly<Record<string, JsonValue>>;

/**
 * Arguments of a preset with its weight file in place, checked before anything is started.
 *
 * @throws PythonTeacherError `teachers/missing-weights`, `teachers/missing-file`
 */
export function withWeightFile(name: string, preset: PythonPreset, args: Args): Args {
  const { weightsArgument: argument, weights } = preset;
  if (argument === undefined) return args;
  const given = args[argument] ?? null;
  if (given === null) {
    if (weights === 'file') throw missingWeights(name, preset);
    return args;
  }
  if (typeof given !== 'string') return args;
  const path = given.startsWith('~/') ? join(homedir(), given.slice(2)) : given;
  if (!existsSync(path)) throw missingFile(name, argument, resolve(path));
  return { ...args, [argument]: path };
}

/** The error of a teacher that has no weights of its own and was given none. */
export function missingWeights(name: string, preset: PythonPreset): PythonTeacherError {
  const { weightsArgument = 'weights', weightsFrom } = preset;
  const from = weightsFrom === undefined ? '' : ` Where to get it: ${weightsFrom}.`;
  return new PythonTeacherError('teachers/missing-weights', `${name} needs a weight file`, {
    expected: `the path of a weight file as ${weightsArgument}`,
    found: 'none',
    where: `teacher, args, ${weightsArgument}`,
    hint: `Write ${weightSpec(name, weightsArgument)}.${from}`,
  });
}

/** How to name a weight file in one line, and as an object. */
export function weightSpec(name: string, argument: string, file = 'FILE'): string {
  const path = `/path/to/${file}`;
  return `${name}?${argument}=${path} or { type: '${name}', args: { ${argument}: '${path}' } }`;
}

function missingFile(name: string, argument: string, path: string): PythonTeacherError {
  return new PythonTeacherError('teachers/missing-file', `${name}: there is no file ${path}`, {
    expected: 'the path of a weight file',
    found: 'no such file',
    where: `teacher, args, ${argument}`,
    hint: `Check the path; relative ones start at ${process.cwd()}.`,
  });
}
