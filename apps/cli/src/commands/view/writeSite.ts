import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  fileSystemError,
  InvalidArgumentError,
  isMissingFile,
  isMlffdError,
  writeFileAtomic,
} from '@mlffd/core';
import { foreignFiles, readSiteFile, type Site } from './site.ts';

/**
 * Writes a site into a folder, whole or not at all. An older site there is replaced, unless
 * files of others lie among its own.
 *
 * @throws InvalidArgumentError `usage/folder-not-empty` for a folder that holds something else
 * @throws FileSystemError
 */
export function writeSite(site: Site, folder: string): void {
  const target = resolve(folder);
  const replaced = whatIsThere(target);
  const part = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    for (const [name, file] of site) {
      const path = join(part, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileAtomic(path, readSiteFile(file));
    }
    if (replaced === 'nothing') {
      renameSync(part, target);
    } else {
      renameSync(target, `${part}.old`);
      renameSync(part, target);
      rmSync(`${part}.old`, { recursive: true, force: true });
    }
  } catch (cause) {
    rmSync(part, { recursive: true, force: true });
    throw isMlffdError(cause) ? cause : fileSystemError('write', target, cause);
  }
}

function whatIsThere(target: string): 'nothing' | 'a site' {
  let foreign: string[];
  try {
    foreign = foreignFiles(target);
  } catch (cause) {
    if (isMissingFile(cause)) return 'nothing';
    throw fileSystemError('write', target, cause);
  }
  if (foreign.length === 0) return 'a site';
  throw new InvalidArgumentError('usage/folder-not-empty', `${target} holds something else`, {
    expected: 'a new or empty folder, or a site that `mlffd view` wrote and nobody added to',
    found: foreign.slice(0, 5).join(', '),
    where: '--out',
    hint: 'Choose another folder.',
  });
}
