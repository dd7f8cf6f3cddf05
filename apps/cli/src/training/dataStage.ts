import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isMlffdError, readTextFile, sha256, stableStringify } from '@mlffd/core';
import {
  Dataset,
  loadSplit,
  saveSplit,
  splitByComposition,
  splitByGroup,
  splitRandom,
  type Split,
} from '@mlffd/data';
import { ConfigError } from '../config/load.ts';
import { stopped, type Stage, type StageContext, type StageResult } from '../pipeline/stage.ts';
import { factsOf, type DataFacts } from './dataFacts.ts';
import { importSource, type DataSource } from './dataSource.ts';
import type { SplitConfig, TrainRunConfig } from './trainConfig.ts';

/** Sides of the split, and what the training structures are like. */
export interface DataOutput {
  /** Of the store. */
  readonly hash: string;
  /** Who labelled them, by the store. */
  readonly teacher: string;
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
  readonly splitHash: string;
  readonly facts: DataFacts;
}

/** Structures between two looks at the signal. */
const STRIDE = 512;
const STORE = 'dataset.h5';

/** Opens the data, imports them where they are no store, splits them and looks through them. */
export function dataStage(
  config: TrainRunConfig,
  source: DataSource,
  base: string,
): Stage<DataOutput> {
  const { split, seed, teacher } = config;
  const file = typeof split === 'string' ? resolve(base, split) : undefined;
  return {
    name: 'data',
    version: 1,
    inputs: {
      source: source.hash,
      split: file === undefined ? split : sha256(readTextFile(file)),
      ...(file === undefined ? { seed } : {}),
      ...(source.isStore ? {} : { teacher: teacher.name ?? null }),
    },
    summarize: ({ train, validation, test, facts }) =>
      `${train.length.toLocaleString('en')} structures of ${facts.elements.join(' ')} for training, ` +
      `${validation.length.toLocaleString('en')} for validation, ${test.length.toLocaleString('en')} held out`,
    run: async (context) => {
      const path = source.isStore ? source.path : join(context.folder, STORE);
      if (!source.isStore) {
        await importSource(source, path, {
          teacher: teacher.name,
          signal: context.signal,
          onStructure: (done) => {
            context.progress({ done, unit: 'structures' });
          },
        });
      }
      const dataset = await Dataset.open(path);
      try {
        const sides = file === undefined ? newSplit(dataset, config) : loadSplit(file, dataset);
        requireSides(sides, config);
        saveSplit(join(context.folder, 'split.json'), sides, dataset);
        return await describe(dataset, sides, context);
      } finally {
        dataset.close();
      }
    },
  };
}

/** Opens the store that a finished stage used. */
export function openData(
  source: DataSource,
  { folder }: Pick<StageResult<DataOutput>, 'folder'>,
): Promise<Dataset> {
  return Dataset.open(source.isStore ? source.path : join(folder, STORE));
}

async function describe(
  dataset: Dataset,
  split: Split,
  { signal, progress }: StageContext,
): Promise<DataOutput> {
  const train = [...split.train];
  // A turn for signals before the work, which does not wait for anything.
  await setImmediate();
  const facts = factsOf(dataset, train, (done) => {
    if (done % STRIDE !== 0) return;
    if (signal.aborted) throw stopped();
    progress({ done, total: train.length, unit: 'structures' });
  });
  const sides = { train, validation: [...split.validation], test: [...split.test] };
  return {
    hash: dataset.hash,
    teacher: dataset.provenance.teacher,
    ...sides,
    splitHash: sha256(stableStringify(sides)),
    facts,
  };
}

function newSplit(dataset: Dataset, { split, seed }: TrainRunConfig): Split {
  const { by, ...fractions } = split as SplitConfig;
  const options = { seed, fractions };
  try {
    if (by === 'random') return splitRandom(dataset, options);
    return by === 'group' ? splitByGroup(dataset, options) : splitByComposition(dataset, options);
  } catch (cause) {
    if (!isMlffdError(cause) || cause.code !== 'data/too-few-groups') throw cause;
    throw new ConfigError('config/too-few-groups', `The data cannot be split: ${cause.message}.`, {
      where: 'split',
      ...(cause.expected === undefined ? {} : { expected: cause.expected }),
      ...(cause.found === undefined ? {} : { found: cause.found }),
      hint: 'Frames of one file without a key `group` are one group. Name the groups, or write `split: { by: random }` if frames do not resemble each other.',
      cause,
    });
  }
}

function requireSides({ train, validation, test }: Split, { dataset }: TrainRunConfig): void {
  if (train.length > 0 && validation.length + test.length > 0) return;
  throw new ConfigError('config/empty-side', 'The split leaves a side empty.', {
    where: dataset,
    expected: 'structures for training, and for validation or test',
    found: `${train.length} for training, ${validation.length} for validation, ${test.length} for test`,
    hint: 'Give larger fractions, or another split.',
  });
}
