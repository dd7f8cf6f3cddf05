import { SplitError } from '../errors.ts';
import type { StructureMeta } from '../structure.ts';
import { ancestryClusters } from './ancestry.ts';
import { ascending, dealClusters } from './deal.ts';
import { metasOf } from './split.ts';
import type { Split, SplitKind, Splittable } from './split.ts';

/** Options of `splitBySize`, and of `splitByTemperature` but for what it adds. */
export interface ExtrapolationOptions {
  /** Structures up to this value are trained and validated on: K, or atoms. */
  readonly trainUpTo: number;
  /** Structures above this value are tested on; default `trainUpTo`. Between them: left out. */
  readonly testAbove?: number;
  /** Part of the lower structures that is validated on; default 0.1. */
  readonly validation?: number;
  readonly seed: number;
}

/** Options of `splitByTemperature`. */
export interface SplitByTemperatureOptions extends ExtrapolationOptions {
  /** What becomes of structures that are not from MD and have no temperature; default `train`. */
  readonly unknown?: 'train' | 'leave-out';
}

/**
 * Trains on cold structures and tests on hot ones: how far a student can be trusted beyond what it
 * was trained on. A group whose temperatures are on both sides (a heating ramp) is left out, and the
 * criteria say how many structures that were.
 *
 * @throws SplitError when a side would stay empty
 */
export function splitByTemperature(source: Splittable, options: SplitByTemperatureOptions): Split {
  const metas = metasOf(source);
  const { unknown = 'train', ...rest } = options;
  const assumed = unknown === 'train' ? -Infinity : NaN;
  return splitByValue(metas, {
    ...rest,
    kind: 'temperature',
    unit: 'K',
    value: (k) => metas[k].temperature ?? assumed,
    criteria: { unknown },
  });
}

/** A dataset whose sizes can be had without reading positions. */
export interface SizeSource {
  readonly metas: readonly StructureMeta[];
  atomCount(k: number): number;
}

/**
 * Trains on structures with few atoms and tests on those with more.
 *
 * @throws SplitError when a side would stay empty
 */
export function splitBySize(source: SizeSource, options: ExtrapolationOptions): Split {
  return splitByValue(source.metas, {
    ...options,
    kind: 'size',
    unit: 'atoms',
    value: (k) => source.atomCount(k),
    criteria: {},
  });
}

interface ValueOptions extends ExtrapolationOptions {
  readonly kind: SplitKind;
  readonly unit: string;
  /** NaN where it is not known. */
  readonly value: (k: number) => number;
  readonly criteria: Readonly<Record<string, string>>;
}

function splitByValue(metas: readonly StructureMeta[], options: ValueOptions): Split {
  const { kind, unit, value, seed, trainUpTo, testAbove = trainUpTo, validation = 0.1 } = options;
  if (!(testAbove >= trainUpTo && validation >= 0 && validation < 1)) {
    throw new SplitError('data/bad-thresholds', 'the thresholds of a split contradict each other', {
      expected: 'trainUpTo <= testAbove, and 0 <= validation < 1',
      found: `trainUpTo ${trainUpTo}, testAbove ${testAbove}, validation ${validation}`,
      where: kind,
    });
  }
  const low: number[][] = [];
  const test: number[] = [];
  for (const cluster of ancestryClusters(metas)) {
    if (cluster.every((k) => value(k) <= trainUpTo)) low.push(cluster);
    else if (cluster.every((k) => value(k) > testAbove)) for (const k of cluster) test.push(k);
  }
  if (test.length === 0) {
    throw new SplitError('data/empty-side', `no group is above ${testAbove} ${unit} throughout`, {
      expected: `groups with all structures above ${testAbove} ${unit}`,
      found: describeRange(metas, value, unit),
      where: kind,
      hint: 'Move the thresholds, or sample such structures as groups of their own.',
    });
  }
  const { train, validation: validated } = dealClusters(low, {
    fractions: { train: 1 - validation, validation, test: 0 },
    seed,
    noun: `groups up to ${trainUpTo} ${unit}`,
    where: kind,
  });
  const leftOut = metas.length - train.length - validated.length - test.length;
  return {
    train,
    validation: validated,
    test: ascending(test),
    kind,
    criteria: { ...options.criteria, trainUpTo, testAbove, unit, validation, seed, leftOut },
  };
}

function describeRange(
  metas: readonly StructureMeta[],
  value: (k: number) => number,
  unit: string,
): string {
  const values = metas.map((_, k) => value(k)).filter((x) => Number.isFinite(x));
  if (values.length === 0) return `${metas.length} structures without a value`;
  let [low, high] = [values[0], values[0]];
  for (const x of values) [low, high] = [Math.min(low, x), Math.max(high, x)];
  return `${low} to ${high} ${unit}`;
}
