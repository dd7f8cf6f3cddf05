import { InvalidArgumentError, Rng } from '@mlffd/core';
import {
  Dataset,
  loadSplit,
  selectDiverse,
  subsetDataset,
  type LabelledStructure,
} from '@mlffd/data';
import type { CommandIo } from '../../terminal/io.ts';
import { count, wholeNumber } from '../numbers.ts';
import { rewrite, type RewriteFlags } from './rewrite.ts';

/** Which structures `mlffd data subset` takes. */
export interface SubsetFlags {
  readonly count?: string;
  readonly diverse?: boolean;
  readonly seed: string;
  readonly split?: string;
  readonly side?: string;
}

/** `mlffd data subset`: some structures, at random, the most diverse ones, or a side of a split. */
export async function dataSubsetCommand(
  file: string,
  flags: RewriteFlags & SubsetFlags,
  io: CommandIo,
): Promise<void> {
  const dataset = await Dataset.open(file);
  let indices: ArrayLike<number>;
  try {
    indices = chosen(dataset, flags);
  } finally {
    dataset.close();
  }
  await rewrite('subset', flags, io, (out, options) => subsetDataset(file, out, indices, options));
}

function chosen(dataset: Dataset, flags: SubsetFlags): ArrayLike<number> {
  const { split, side = 'train' } = flags;
  const pool =
    split === undefined
      ? Int32Array.from({ length: dataset.length }, (_, k) => k)
      : loadSplit(split, dataset)[side as 'train' | 'validation' | 'test'];
  if (flags.count === undefined) {
    if (split !== undefined) return pool;
    throw new InvalidArgumentError('usage/missing-option', 'A subset needs --count or --split.', {
      where: '--count',
      expected: 'a number of structures, or a split with --side',
      found: 'neither',
    });
  }
  const wanted = Math.min(count(flags.count, '--count'), pool.length);
  const seed = wholeNumber(flags.seed, '--seed');
  if (flags.diverse !== true) {
    return new Rng(seed, 'subset').shuffle(pool.slice()).slice(0, wanted).sort();
  }
  const { order } = selectDiverse(structuresOf(dataset, pool), { count: wanted, seed });
  return Int32Array.from(order, (k) => pool[k]).sort();
}

function* structuresOf(dataset: Dataset, indices: Int32Array): Generator<LabelledStructure> {
  for (const index of indices) yield dataset.get(index);
}
