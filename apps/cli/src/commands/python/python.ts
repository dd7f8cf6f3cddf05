import { cpSync, existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { FileSystemError, fileSystemError, readTextFile } from '@mlffd/core';
import { pythonPackage } from '@mlffd/student';
import type { CommandIo } from '../../terminal/io.ts';

/** Options of `mlffd python`. */
export interface PythonFlags {
  readonly out?: string;
}

const PROJECT = 'pyproject.toml';
/** What Python leaves behind where it has run. */
const CACHE = '__pycache__';

/** `mlffd python`: prints where the Python package is, and nothing else, as shells put that into a command. */
export function pythonCommand({ out }: PythonFlags, io: CommandIo): void {
  const source = pythonPackage();
  io.stdout.write(`${out === undefined ? source : copyPackage(source, resolve(out))}\n`);
}

function copyPackage(source: string, target: string): string {
  try {
    refuseForeign(source, target);
    cpSync(source, target, { recursive: true, filter: (path) => basename(path) !== CACHE });
  } catch (cause) {
    if (cause instanceof FileSystemError) throw cause;
    throw fileSystemError('write', target, cause);
  }
  return target;
}

/** An older copy is replaced, somebody else's folder is not. */
function refuseForeign(source: string, target: string): void {
  if (!existsSync(target) || readdirSync(target).length === 0) return;
  const [name] = /^name = .*$/m.exec(readTextFile(join(source, PROJECT))) ?? [];
  const project = join(target, PROJECT);
  if (name !== undefined && existsSync(project) && readTextFile(project).includes(name)) return;
  throw new FileSystemError('fs/already-exists', `${target} holds something else`, {
    expected: 'a new or empty folder, or an older copy of the package',
    found: 'other files',
    where: target,
    hint: 'Choose another folder.',
  });
}
