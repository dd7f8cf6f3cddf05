import { readFileSync } from 'node:fs';
import { fileSystemError, InvalidArgumentError } from '@mlffd/core';

/**
 * Molecules that come with the package: 4000 different ones of H C N O F P S Cl Br, 1 to 12 atoms
 * beside hydrogen, closed shells, a tenth of them ions. Made by `generateSmiles` with seed 1, whose
 * list it is, without the seconds that making takes.
 *
 * @param skip how many to leave out at the beginning; default none
 * @param count how many; default all that follow
 * @throws InvalidArgumentError `data/invalid-option` for more than there are
 */
export function bundledSmiles(skip = 0, count?: number): string[] {
  const all = readList();
  const end = skip + (count ?? Math.max(all.length - skip, 0));
  if (Number.isInteger(skip) && Number.isInteger(end) && skip >= 0 && end > skip) {
    if (end <= all.length) return all.slice(skip, end);
  }
  throw new InvalidArgumentError('data/invalid-option', 'the bundled list has no such part', {
    expected: `a part of ${all.length} molecules`,
    found: `${count ?? 'all'} molecules after the first ${skip}`,
    where: 'bundledSmiles',
    hint: 'Make a longer list with generateSmiles.',
  });
}

const FILE = new URL('../../assets/molecules.smi', import.meta.url);

function readList(): string[] {
  try {
    return readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('# '));
  } catch (cause) {
    throw fileSystemError('read', FILE.pathname, cause);
  }
}
