import { numberOf, symbolOf } from '@mlffd/core';
import { Dataset } from '@mlffd/data';
import { type Baseline, repulsionReach } from '@mlffd/student';
import { baselineEnergy, BaselineFit } from './baseline.ts';
import type { FittedBaseline } from './baseline.ts';
import type { TrainConfig } from './config.ts';
import { checkElements, checkLabelKinds } from './dataChecks.ts';
import type { Warn } from './dataChecks.ts';
import { checkElectronsVary } from './electrons.ts';
import { energyMessage, forceMessage } from './outlierMessages.ts';
import { LabelError, TrainConfigError } from './errors.ts';
import type { TrainEvent } from './events.ts';
import type { LabelledSet, TrainSplit } from './labelled.ts';
import { addEdgeWindow } from './edgeWindow.ts';
import { NodeGauge } from './nodeGauge.ts';
import { prepareSet } from './prepare.ts';
import type { SharedSet } from './sharedSet.ts';
import { StructureWeights } from './structureWeights.ts';

/** Everything of a dataset that training needs, ready in shared memory. */
export interface TrainingData {
  readonly train: SharedSet;
  readonly validation: SharedSet;
  readonly baseline: Baseline;
  /** Number in the dataset of each structure of the training set. */
  readonly indices: Int32Array;
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
  /** Weights of structures by their number in the dataset, besides those that they carry. */
  readonly weights?: ArrayLike<number> | undefined;
  /** Used instead of a fit: that of a student that training goes on from, or of a checkpoint. */
  readonly baseline: Baseline | undefined;
  readonly onEvent?: ((event: TrainEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads training and validation structures, fits the baseline and takes it off the labels.
 *
 * @throws LabelError when a label is unusable, when the loss asks for labels that no structure has, or
 * the given baseline does not know an element
 * @throws TrainConfigError when edges are to be streamed from what is no `Dataset`, or a group with a
 * weight does not exist
 */
export async function prepareTrainingData(options: TrainingDataOptions): Promise<TrainingData> {
  const { dataset, split, config, signal } = options;
  const onEvent = options.onEvent ?? ignore;
  const source = config.stream ? requireDataset(dataset) : undefined;
  const rows = config.model.maxAtomicNumber + 1;
  const fit = new BaselineFit(rows);
  const gauge = new NodeGauge();
  const warn: Warn = (code, message) => {
    onEvent({ type: 'warning', code, message });
  };
  const weights = new StructureWeights({
    groups: config.loss.groupWeights ?? {},
    given: options.weights,
  });
  const shared = {
    cutoff: config.model.cutoff,
    maxAtomicNumber: config.model.maxAtomicNumber,
    zblReach: repulsionReach(config.model),
    electrons: config.model,
    onEvent,
    signal,
  };
  const train = await prepareSet(dataset, split.train, {
    ...shared,
    set: 'train',
    keepEdges: source === undefined,
    maxForce: config.maxForce,
    weightOf: (structure, index) => weights.of(structure, index),
    onStructure: (structure, rank) => {
      fit.add(structure, rank);
      gauge.add(structure);
    },
  });
  weights.requireAllMet();
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
  if (fitted.outliers.length > 0) warn('energy-outliers', energyMessage(fitted.outliers));
  if (fitted.forceOutliers.length > 0) warn('force-outliers', forceMessage(fitted.forceOutliers));
  requireKnownElements(options.baseline, fitted.elements);
  const baseline = withElements(options.baseline ?? fixedOrFitted(config, fitted), fitted.elements);
  const offset = (atoms: Int32Array): number => baselineEnergy(baseline, atoms);
  const shifts = gauge.solve(baseline.energies);
  const nodeOffset = (z: number): number => baseline.energies[z] + shifts[z];
  const trainSet = train.writer.finish(offset, nodeOffset);
  const indices = Int32Array.from(train.indices);
  const data = {
    train: source === undefined ? trainSet : addEdgeWindow(trainSet, config),
    validation: validation.writer.finish(offset, nodeOffset),
    baseline,
    indices,
    stream: source && { dataset: source, indices },
    hash: `${train.hash}-${validation.hash}`,
  };
  checkElements(data, warn);
  checkElectronsVary(data, config.model, warn);
  checkLabelKinds(data, config, warn);
  return data;
}

/** @throws LabelError for an element of which the student that training goes on from knows nothing */
function requireKnownElements(given: Baseline | undefined, present: readonly number[]): void {
  const known = given?.elements;
  if (known === undefined) return;
  const unknown = present.filter((z) => !known.includes(z)).map((z) => symbolOf(z));
  if (unknown.length === 0) return;
  throw new LabelError(
    'train/unknown-element',
    `the student was never trained on ${unknown.join(', ')}`,
    {
      expected: `elements of the student: ${known.map((z) => symbolOf(z)).join(', ')}`,
      found: unknown.join(', '),
      where: 'training set',
      hint: 'Leave these structures out, or train a new student on all elements.',
    },
  );
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

function requireDataset(dataset: LabelledSet): Dataset {
  if (dataset instanceof Dataset) return dataset;
  // A set that adds labels to those of a dataset.
  if ('dataset' in dataset && dataset.dataset instanceof Dataset) return dataset.dataset;
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
