import { readFileSync } from 'node:fs';
import { FileFormatError, fileSystemError, Rng, writeFileAtomic } from '@mlffd/core';
import { SplitError } from './errors.ts';
import { ancestryClusters } from './ancestry.ts';
import type { StructureMeta } from './structure.ts';

/** Sides of a split. */
export type Side = 'train' | 'validation' | 'test';

export const SIDES: readonly Side[] = ['train', 'validation', 'test'];

/** Options of `splitByGroup`. */
export interface SplitOptions {
  /** Wanted fractions of the structures; they add up to 1. Default 0.8, 0.1, 0.1. */
  readonly fractions?: Readonly<Record<Side, number>>;
  readonly seed: number;
  /**
   * Structures to hold out for the test side, beside those drawn at random: a temperature, a
   * composition. Their whole groups go along.
   */
  readonly hold?: (meta: StructureMeta, k: number) => boolean;
}

/** Which structures are for what; indices are ascending. */
export interface Split {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/** What can be split: a dataset, or the origins of its structures. */
export type Splittable = { readonly metas: readonly StructureMeta[] } | readonly StructureMeta[];

const metasOf = (source: Splittable): readonly StructureMeta[] =>
  'metas' in source ? source.metas : source;

/**
 * Splits without tearing a group apart: structures of one group, or with a parent in common, end on
 * the same side. Large groups are dealt out first, each to the side that lacks most, so that the
 * fractions are met as well as the groups allow.
 *
 * @throws SplitError when there are fewer groups than sides, or a side would stay empty
 */
export function splitByGroup(source: Splittable, options: SplitOptions): Split {
  const metas = metasOf(source);
  const { fractions = { train: 0.8, validation: 0.1, test: 0.1 }, seed, hold } = options;
  checkFractions(fractions);
  const clusters = ancestryClusters(metas);
  const sides: Record<Side, number[]> = { train: [], validation: [], test: [] };
  const free: (readonly number[])[] = [];
  for (const cluster of clusters) {
    if (hold !== undefined && cluster.some((k) => hold(metas[k], k))) sides.test.push(...cluster);
    else free.push(cluster);
  }
  const held = sides.test.length > 0;
  const wanted = SIDES.filter((side) => fractions[side] > 0 && !(held && side === 'test'));
  if (free.length < wanted.length) {
    throw new SplitError(
      'data/too-few-groups',
      `${free.length} groups cannot fill ${wanted.length} sides`,
      {
        expected: `at least ${wanted.length} groups that share no ancestors`,
        found: `${free.length} of ${metas.length} structures`,
        where: 'group and parent of the structures',
        hint: 'Make more trajectories or parents, or ask for fewer sides (a fraction of 0).',
      },
    );
  }
  deal(free, { metas, sides, fractions, wanted, seed });
  const sorted = (side: Side) => Int32Array.from(sides[side]).sort();
  return { train: sorted('train'), validation: sorted('validation'), test: sorted('test') };
}

function deal(
  free: (readonly number[])[],
  to: {
    readonly metas: readonly StructureMeta[];
    readonly sides: Record<Side, number[]>;
    readonly fractions: Readonly<Record<Side, number>>;
    readonly wanted: readonly Side[];
    readonly seed: number;
  },
): void {
  const { metas, sides, fractions, wanted, seed } = to;
  new Rng(seed, 'split').shuffle(free);
  // Stable: groups of one size keep their random order.
  free.sort((a, b) => b.length - a.length);
  const lack = (side: Side) => fractions[side] * metas.length - sides[side].length;
  for (const [k, cluster] of free.entries()) {
    const empty = wanted.filter((side) => sides[side].length === 0);
    // The last groups are kept for the sides that would get none.
    const open = free.length - k <= empty.length ? empty : wanted;
    const side = open.reduce((best, next) => (lack(next) > lack(best) ? next : best));
    sides[side].push(...cluster);
  }
}

function checkFractions(fractions: Readonly<Record<Side, number>>): void {
  const values = SIDES.map((side) => fractions[side]);
  const sum = values.reduce((a, b) => a + b, 0);
  if (values.every((value) => value >= 0) && Math.abs(sum - 1) < 1e-9 && fractions.train > 0)
    return;
  throw new SplitError('data/bad-fractions', 'the fractions of a split must add up to 1', {
    expected: 'train > 0, the others at least 0, sum 1',
    found: SIDES.map((side) => `${side} ${fractions[side]}`).join(', '),
    where: 'fractions',
    hint: 'For example { train: 0.8, validation: 0.1, test: 0.1 }.',
  });
}

interface SplitFile extends Readonly<Record<Side, readonly number[]>> {
  readonly format: 'mlffd-split';
  readonly version: 1;
  readonly dataset: string;
}

/**
 * Freezes a split to a JSON file that belongs to this dataset only.
 *
 * @throws FileSystemError when the file cannot be written
 */
export function saveSplit(path: string, split: Split, dataset: { readonly hash: string }): void {
  const file: SplitFile = {
    format: 'mlffd-split',
    version: 1,
    dataset: dataset.hash,
    train: [...split.train],
    validation: [...split.validation],
    test: [...split.test],
  };
  writeFileAtomic(path, `${JSON.stringify(file)}\n`);
}

/**
 * Reads a frozen split.
 *
 * @throws FileFormatError when it is no split, or of another dataset
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
      hint: 'Split this dataset anew.',
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
  return {
    train: Int32Array.from(file.train),
    validation: Int32Array.from(file.validation),
    test: Int32Array.from(file.test),
  };
}

function readSplitFile(path: string): SplitFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
  try {
    const file: unknown = JSON.parse(text);
    if (isSplitFile(file)) return file;
  } catch {
    // Reported below with the other kinds of a wrong file.
  }
  throw new FileFormatError('data/bad-split', `${path} is not a split of version 1`, {
    expected: 'JSON with format "mlffd-split" and version 1',
    where: path,
    hint: 'Split the dataset anew.',
  });
}

function isSplitFile(value: unknown): value is SplitFile {
  if (typeof value !== 'object' || value === null) return false;
  const file = value as Record<string, unknown>;
  const { format, version } = file;
  return (
    format === 'mlffd-split' && version === 1 && SIDES.every((side) => Array.isArray(file[side]))
  );
}
