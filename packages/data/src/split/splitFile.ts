import { FileFormatError, readTextFile, sha256, writeFileAtomic } from '@mlffd/core';
import { SIDES } from './split.ts';
import type { Side, Split, SplitCriteria, SplitKind } from './split.ts';

interface SplitFile extends Readonly<Record<Side, readonly number[]>> {
  readonly format: 'mlffd-split';
  readonly version: 1 | 2;
  readonly dataset: string;
  /** Since version 2. */
  readonly kind?: SplitKind;
  readonly criteria?: SplitCriteria;
  readonly hashes?: Readonly<Record<Side, string>>;
}

const hashOf = (indices: readonly number[]): string => sha256(JSON.stringify(indices));

/**
 * Freezes a split to a JSON file that belongs to this dataset only: indices with their hashes, hash
 * of the dataset, how the split was made. Written atomically.
 *
 * @throws FileSystemError when the file cannot be written
 */
export function saveSplit(path: string, split: Split, dataset: { readonly hash: string }): void {
  const indices = {
    train: [...split.train],
    validation: [...split.validation],
    test: [...split.test],
  };
  const file: SplitFile = {
    format: 'mlffd-split',
    version: 2,
    dataset: dataset.hash,
    ...(split.kind === undefined ? {} : { kind: split.kind }),
    ...(split.criteria === undefined ? {} : { criteria: split.criteria }),
    hashes: {
      train: hashOf(indices.train),
      validation: hashOf(indices.validation),
      test: hashOf(indices.test),
    },
    ...indices,
  };
  writeFileAtomic(path, `${JSON.stringify(file)}\n`);
}

/**
 * Reads a frozen split, also of version 1, which had no hashes of the indices.
 *
 * @throws FileSystemError when the file cannot be read
 * @throws FileFormatError when it is no split, was changed, or is of another dataset
 */
export function loadSplit(
  path: string,
  dataset: { readonly hash: string; readonly length: number },
): Split {
  const file = readSplitFile(path);
  if (file.dataset !== dataset.hash) {
    throw new FileFormatError('data/wrong-split', `${path} is the split of another dataset`, {
      expected: `dataset ${dataset.hash}`,
      found: `dataset ${file.dataset}`,
      where: path,
      hint: 'Give the dataset that was split, or split this one anew.',
    });
  }
  const all = SIDES.flatMap((side) => file[side]);
  const valid = all.every((k) => Number.isInteger(k) && k >= 0 && k < dataset.length);
  if (!valid || new Set(all).size !== all.length) {
    throw new FileFormatError('data/bad-split', `${path} has indices that cannot be right`, {
      expected: `different integers from 0 to ${dataset.length - 1}`,
      where: path,
      hint: 'Split the dataset anew.',
    });
  }
  const changed = SIDES.filter((side) => file.hashes && file.hashes[side] !== hashOf(file[side]));
  if (changed.length > 0) {
    throw new FileFormatError('data/bad-split', `${path} was changed after it was written`, {
      expected: `the indices whose hash is in the file`,
      found: `other indices for ${changed.join(' and ')}`,
      where: path,
      hint: 'Restore the file, or split the dataset anew.',
    });
  }
  return {
    train: Int32Array.from(file.train),
    validation: Int32Array.from(file.validation),
    test: Int32Array.from(file.test),
    ...(file.kind === undefined ? {} : { kind: file.kind }),
    ...(file.criteria === undefined ? {} : { criteria: file.criteria }),
  };
}

function readSplitFile(path: string): SplitFile {
  const text = readTextFile(path);
  try {
    const file: unknown = JSON.parse(text);
    if (isSplitFile(file)) return file;
  } catch {
    // Reported below with the other kinds of a wrong file.
  }
  throw new FileFormatError('data/bad-split', `${path} is not a split of version 1 or 2`, {
    expected: 'JSON with format "mlffd-split" and version 1 or 2',
    where: path,
    hint: 'Split the dataset anew.',
  });
}

function isSplitFile(value: unknown): value is SplitFile {
  if (typeof value !== 'object' || value === null) return false;
  const file = value as Record<string, unknown>;
  const { format, version, hashes } = file;
  return (
    format === 'mlffd-split' &&
    (version === 1 || (version === 2 && typeof hashes === 'object' && hashes !== null)) &&
    SIDES.every((side) => Array.isArray(file[side]))
  );
}
