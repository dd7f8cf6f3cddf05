import { dirname, join, resolve } from 'node:path';
import { InvalidArgumentError } from '@mlffd/core';
import {
  checkLeakage,
  saveSplit,
  splitByComposition,
  splitByGroup,
  splitBySize,
  splitByTemperature,
  splitRandom,
  type Dataset,
  type Side,
  type Split,
} from '@mlffd/data';
import type { CommandIo } from '../../terminal/io.ts';
import { positive, wholeNumber } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { withDataset } from './withDataset.ts';

/** Ways of `mlffd data split --by`. */
export const SPLIT_WAYS: readonly string[] = [
  'group',
  'composition',
  'temperature',
  'size',
  'random',
];

interface SplitFlags {
  readonly by: string;
  readonly out?: string;
  readonly fractions: string;
  readonly seed: string;
  readonly hold?: string;
  readonly trainUpTo?: string;
  readonly testAbove?: string;
}

/** `mlffd data split`: which structures are trained, validated and tested on, frozen in a file. */
export function dataSplitCommand(file: string, flags: SplitFlags, io: CommandIo): Promise<void> {
  const out = resolve(flags.out ?? join(dirname(file), 'split.json'));
  return withDataset(file, 'split', io, ({ dataset, display }) => {
    const split = splitOf(dataset, flags);
    makeOutputFolder(dirname(out));
    saveSplit(out, split, dataset);
    const sizes = (['train', 'validation', 'test'] as const).map(
      (side) => `${split[side].length.toLocaleString('en')} ${side}`,
    );
    display.print(`${flags.by}: ${sizes.join(', ')}`);
    const leaks = checkLeakage(dataset, split);
    for (const { kind, what, sides } of leaks.slice(0, SHOWN)) {
      display.print(`  leak: ${kind} ${what} is on ${sides.join(' and ')}`);
    }
    if (leaks.length > SHOWN) display.print(`  ... ${String(leaks.length - SHOWN)} more leaks`);
    display.print(`split    ${out}`);
    return Promise.resolve();
  });
}

/** Leaks that are listed. */
const SHOWN = 10;

function splitOf(dataset: Dataset, flags: SplitFlags): Split {
  const seed = wholeNumber(flags.seed, '--seed');
  const { by, hold } = flags;
  if (by === 'temperature' || by === 'size') {
    const { trainUpTo, testAbove } = flags;
    if (trainUpTo === undefined) throw missing('--train-up-to', by === 'size' ? 'atoms' : 'K');
    const range = {
      seed,
      trainUpTo: positive(trainUpTo, '--train-up-to'),
      ...(testAbove === undefined ? {} : { testAbove: positive(testAbove, '--test-above') }),
    };
    return by === 'size' ? splitBySize(dataset, range) : splitByTemperature(dataset, range);
  }
  const options = { seed, fractions: fractionsOf(flags.fractions) };
  if (by === 'composition') {
    return splitByComposition(dataset, {
      ...options,
      ...(hold === undefined ? {} : { hold: hold.split(',') }),
    });
  }
  return by === 'random' ? splitRandom(dataset, options) : splitByGroup(dataset, options);
}

function fractionsOf(text: string): Record<Side, number> {
  const [train, validation, test, ...rest] = text.split(',').map(Number);
  if (rest.length === 0 && [train, validation, test].every((part) => part >= 0)) {
    return { train, validation, test };
  }
  throw new InvalidArgumentError('usage/fractions', '--fractions takes three numbers.', {
    where: '--fractions',
    expected: 'train,validation,test, adding up to 1: 0.8,0.1,0.1',
    found: text,
  });
}

function missing(option: string, unit: string): InvalidArgumentError {
  return new InvalidArgumentError('usage/missing-option', `This split needs ${option}.`, {
    where: option,
    expected: `a number in ${unit}`,
    found: 'none',
    hint: `Add ${option}: structures up to it are trained on, those above are tested on.`,
  });
}
