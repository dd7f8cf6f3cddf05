import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileSystemError, sha256, stableStringify } from '@mlffd/core';
import { compositionKey } from './driverTemplate.ts';
import type { IpiTeacherOptions } from './ipiOptions.ts';

/** Longer files are taken for data, not for inputs that name other files, bytes. */
const LONGEST_INPUT = 2 ** 20;
/** Where LAMMPS looks for files that are not there. */
const POTENTIALS = 'LAMMPS_POTENTIALS';

/**
 * SHA-256 of what is known to decide about answers: `label`, the options that change what drivers are
 * asked, the command, and what is in the files that it names or that these name.
 *
 * Nobody can ask a driver what it is: without a label and a command there is nothing to tell two of
 * them apart, and no fingerprint.
 *
 * @throws FileSystemError for a file that cannot be read
 */
export async function ipiFingerprint(options: IpiTeacherOptions): Promise<string | undefined> {
  const { label, command, template, elements, init = '', vacuum } = options;
  if (label === undefined && command === undefined) return undefined;
  return sha256(
    stableStringify({
      type: 'ipi',
      label: label ?? '',
      command: command ?? [],
      files: await filesOf(options),
      elements: elements ?? [],
      template: template === undefined ? '' : compositionKey(template),
      init,
      vacuum: vacuum ?? 0,
      cellFrame: options.cellFrame ?? true,
      checkSpecies: options.checkSpecies ?? true,
    }),
  );
}

/** Names and hashes of the files that a command names, and of those that its inputs name. */
async function filesOf({ command = [], cwd = '.', env }: IpiTeacherOptions): Promise<string[]> {
  const variables: NodeJS.ProcessEnv = { ...process.env, ...env };
  const folders = [cwd, variables[POTENTIALS] ?? cwd];
  const hashes = new Map<string, string>();
  const add = async (words: readonly string[], depth: number): Promise<void> => {
    for (const word of words) {
      const path = hashes.has(word) ? undefined : await findFile(word, folders);
      if (path === undefined) continue;
      hashes.set(word, await hashOf(path));
      if (depth > 0) await add(await wordsIn(path), depth - 1);
    }
  };
  await add(command, 1);
  return [...hashes].flat();
}

async function findFile(word: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of isAbsolute(word) ? [''] : folders) {
    const path = resolve(folder, word);
    const isFile = await stat(path).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isFile) return path;
  }
  return undefined;
}

/** Words of an input file; none where it is something else. */
async function wordsIn(path: string): Promise<string[]> {
  const { size } = await stat(path);
  if (size > LONGEST_INPUT) return [];
  const text = await readFile(path, 'utf8');
  if (text.includes('\0')) return [];
  return [...new Set(text.split(/[\s"']+/))].filter((word) => word !== '');
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((cause: unknown) => {
    throw fileSystemError('read', path, cause);
  });
  return hash.digest('hex');
}
