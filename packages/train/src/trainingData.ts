import { numberOf, symbolOf } from '@mlffd/core';
import { Dataset } from '@mlffd/data';
import type { Baseline } from '@mlffd/student';
import { baselineEnergy, BaselineFit } from './baseline.ts';
import type { FittedBaseline } from './baseline.ts';
import type { TrainConfig } from './config.ts';
import { LabelError, TrainConfigError } from './errors.ts';
import type { TrainEvent, TrainWarning } from './events.ts';
import type { LabelledSet, TrainSplit } from './labelled.ts';
import { addEdgeWindow } from './edgeWindow.ts';
import { prepareSet } from './prepare.ts';
import type { SharedSet } from './sharedSet.ts';

/** Everything of a dataset that training needs, ready in shared memory. */
export interface TrainingData {
  readonly train: SharedSet;
  readonly validation: SharedSet;
  readonly baseline: Baseline;
  /** Where the edges of the training set come from, step by step; undefined: all are in memory. */
  readonly stream: EdgeSource | undefined;
  /** Identifies structures, labels, their order and the split. */
  readonly hash: string;
}

/** A training set whose edges are made anew for each step. */
export interface EdgeSource {
  readonly dataset: Dataset;
  /** Number in the dataset of each structure of the training set. */
  readonly indices: Int32Array;
}

/** What the data are prepared from and for. */
export interface TrainingDataOptions {
  readonly dataset: LabelledSet;
  readonly split: TrainSplit;
  readonly config: TrainConfig;
  /** Used instead of a fit: that of a student that training goes on from, or of a checkpoint. */
  readonly baseline: Baseline | undefined;
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads training and validation structures, fits the baseline and takes it off the labels.
 *
 * @throws LabelError when a label is unusable, or the loss asks for labels that no structure has
 * @throws TrainConfigError when edges are to be streamed from what is no `Dataset`
 */
export async function prepareTrainingData(options: TrainingDataOptions): Promise<TrainingData> {
  const { dataset, split, config, signal } = options;
  const onEvent = options.onEvent ?? ignore;
  const source = config.stream ? requireDataset(dataset) : undefined;
  const rows = config.model.maxAtomicNumber + 1;
  const fit = new BaselineFit(rows);
  const warn = (code: TrainWarning['code'], message: string): void => {
    onEvent({ type: 'warning', code, message });
  };
  const shared = {
    cutoff: config.model.cutoff,
    maxAtomicNumber: config.model.maxAtomicNumber,
    onEvent,
    signal,
  };
  const train = await prepareSet(dataset, split.train, {
    ...shared,
    set: 'train',
    keepEdges: source === undefined,
    maxForce: config.maxForce,
    onStructure: (structure) => {
      fit.add(structure);
    },
  });
  if (train.outliers > 0) {
    warn(
      'force-outliers',
      `${train.outliers} structures with forces above ${config.maxForce} eV/A are left out`,
    );
  }
  const validation = await prepareSet(dataset, split.validation, {
    ...shared,
    set: 'validation',
    keepEdges: true,
    maxForce: 0,
  });
  const fitted = fit.solve(config.baseline.ridge);
  if (options.baseline === undefined && fitted.rank < fitted.freedom) {
    const symbols = fitted.elements.map((z) => symbolOf(z)).join(', ');
    warn(
      'composition-rank-deficient',
      `the amounts of ${symbols} never vary freely (rank ${fitted.rank}): their reference energies are those of least norm about the mean`,
    );
  }
  const baseline = withElements(options.baseline ?? fixedOrFitted(config, fitted), fitted.elements);
  const offset = (numbers: Int32Array): number => baselineEnergy(baseline, numbers);
  const trainSet = train.writer.finish(offset);
  const data = {
    train: source === undefined ? trainSet : addEdgeWindow(trainSet, config),
    validation: validation.writer.finish(offset),
    baseline,
    stream: source && { dataset: source, indices: Int32Array.from(train.indices) },
    hash: `${train.hash}-${validation.hash}`,
  };
  checkElements(data.train, data.validation, warn);
  checkAvailable(data, config, warn);
  return data;
}

/** Elements of the training set are trained from now on, besides those that were before. */
function withElements(baseline: Baseline, seen: readonly number[]): Baseline {
  const elements = new Set([...(baseline.elements ?? []), ...seen]);
  return { ...baseline, elements: [...elements].sort((a, b) => a - b) };
}

function fixedOrFitted(config: TrainConfig, fitted: FittedBaseline): Baseline {
  const fixed = config.baseline.energies;
  if (fixed === undefined) return { energies: fitted.energies, scale: fitted.scale };
  const energies = new Float64Array(fitted.energies.length);
  for (const [symbol, energy] of Object.entries(fixed)) {
    const z = numberOf(symbol);
    if (z >= energies.length) {
      throw new TrainConfigError(
        'train/config',
        `baseline.energies: ${symbol} is not in the model`,
        {
          expected: `elements up to atomic number ${energies.length - 1}`,
          found: symbol,
          where: 'baseline.energies',
          hint: 'Raise model.maxAtomicNumber, or remove the element.',
        },
      );
    }
    energies[z] = energy;
  }
  return { energies, scale: fitted.scale };
}

function elementsOf(set: SharedSet): Set<number> {
  const elements = new Set<number>();
  for (let k = 0; k < set.length; k++) for (const z of set.numbers(k)) elements.add(z);
  return elements;
}

function requireDataset(dataset: LabelledSet): Dataset {
  if (dataset instanceof Dataset) return dataset;
  throw new TrainConfigError('train/config', 'only a Dataset on disk can be streamed', {
    expected: 'a Dataset of @mlffd/data',
    found: 'another set of structures',
    where: 'stream',
    hint: 'Write the structures with writeDataset and open them, or set stream to false.',
  });
}

function ignore(): void {
  // Nobody listens.
}

type Warn = (code: TrainWarning['code'], message: string) => void;

function checkElements(train: SharedSet, validation: SharedSet, warn: Warn): void {
  const known = elementsOf(train);
  const unknown = [...elementsOf(validation)].filter((z) => !known.has(z));
  if (unknown.length === 0) return;
  const symbols = unknown.map((z) => symbolOf(z)).join(', ');
  warn('element-not-in-training', `validation has elements that training has not: ${symbols}`);
}

function checkAvailable(
  { train, validation }: Pick<TrainingData, 'train' | 'validation'>,
  config: TrainConfig,
  warn: Warn,
): void {
  const kinds = ['energy', 'forces', 'stress'] as const;
  const wanted = kinds.filter((kind) => config.loss[kind] > 0);
  const missing = wanted.filter((kind) => !train.has(kind));
  if (missing.length === wanted.length) {
    throw new LabelError('train/no-labels', 'no training structure has a label of the loss', {
      expected: `labels of ${wanted.join(' or ') || 'energy, forces or stress'} with a weight above 0`,
      found: `${train.length} structures without`,
      where: 'training set',
      hint: 'Check the names of the label keys in the source files, and the weights of the loss.',
    });
  }
  for (const kind of missing) {
    warn(
      'label-missing',
      `the loss has a weight for ${kind}, but no training structure has that label`,
    );
  }
  if (validation.length === 0) {
    warn(
      'no-validation',
      'the validation set is empty: the averaged weights of the last step are returned',
    );
    return;
  }
  const judged = config.validation.metric.split('_')[0];
  const kind = judged === 'force' ? 'forces' : judged === 'stress' ? 'stress' : 'energy';
  if (validation.has(kind)) return;
  throw new LabelError(
    'train/no-validation-labels',
    `${config.validation.metric} needs labels of ${kind}`,
    {
      expected: `a label of ${kind} in the validation set`,
      found: `${validation.length} structures without`,
      where: 'validation set',
      hint: 'Choose another validation.metric, or give the labels.',
    },
  );
}
