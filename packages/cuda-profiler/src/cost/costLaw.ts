import { median, Rng, theilSenSlope } from '@mlffd/core';

const RESAMPLES = 400;
const CONFIDENCE = 0.95;
/** Rounds of the robust fit, and relative residual from which a point weighs less. */
const ROUNDS = 30;
const TURN = 0.1;

/** What calls of one size took. */
export interface CostPoint {
  readonly atoms: number;
  /** Entries of the neighbour list, both directions; null where the calculator has no cutoff. */
  readonly edges: number | null;
  /** Means over stretches of the run, ms. */
  readonly blocks: readonly number[];
}

/** A number with its band. */
export interface Banded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Time of a call by size. */
export interface CostLaw {
  /** What the time is linear in: edges where all sizes have them. */
  readonly variable: 'edges' | 'atoms';
  /** Time of a call without any atoms, ms: dispatch, copies. */
  readonly fixed: Banded;
  /** ms per edge or atom. */
  readonly each: Banded;
  /** Exponent of the time against the number of atoms, over all sizes; below 1 where the fixed part counts. */
  readonly exponent: Banded;
  /** Largest deviation of a size from the law, as a part of its time; null for two sizes, which any line fits. */
  readonly error: number | null;
  readonly confidence: number;
  readonly sizes: number;
}

/**
 * Fits `time = fixed + each * edges` by least relative squares, points far off weighing less (Huber), and a
 * power of the number of atoms by Theil-Sen on logarithms.
 *
 * Bands are a bootstrap over the stretches of each size: they hold the noise of the times, not that a straight
 * line may be the wrong law, which `error` tells.
 *
 * @returns null for fewer than two sizes
 */
export function fitCostLaw(points: readonly CostPoint[]): CostLaw | null {
  const hasEdges = points.every(({ edges }) => edges !== null);
  const variable = hasEdges ? 'edges' : 'atoms';
  const sizes = points.map((point) => (hasEdges ? (point.edges ?? 0) : point.atoms));
  const atoms = points.map((point) => point.atoms);
  if (new Set(sizes).size < 2 || new Set(atoms).size < 2) return null;
  const times = points.map(({ blocks }) => median(blocks));
  const line = fitLine(sizes, times);
  const exponent = powerOf(atoms, times);
  const rng = new Rng(0, 'cost-law');
  const drawn = Array.from({ length: RESAMPLES }, () => {
    const again = points.map(({ blocks }) =>
      median(blocks.map(() => blocks[rng.integer(blocks.length)])),
    );
    return { ...fitLine(sizes, again), exponent: powerOf(atoms, again) };
  });
  const error = Math.max(
    ...times.map((time, k) => Math.abs(line.fixed + line.each * sizes[k] - time) / time),
  );
  return {
    variable,
    fixed: banded(
      line.fixed,
      drawn.map((one) => one.fixed),
    ),
    each: banded(
      line.each,
      drawn.map((one) => one.each),
    ),
    exponent: banded(
      exponent,
      drawn.map((one) => one.exponent),
    ),
    error: points.length > 2 ? error : null,
    confidence: CONFIDENCE,
    sizes: points.length,
  };
}

interface Line {
  readonly fixed: number;
  readonly each: number;
}

/** Neither part is negative: a call takes no less than nothing. */
function fitLine(x: readonly number[], y: readonly number[]): Line {
  const weights = y.map((value) => 1 / value ** 2);
  let line = weightedLine(x, y, weights);
  for (let round = 0; round < ROUNDS; round++) {
    const robust = weights.map((weight, k) => {
      const residual = Math.abs(line.fixed + line.each * x[k] - y[k]) / y[k];
      return residual <= TURN ? weight : (weight * TURN) / residual;
    });
    line = weightedLine(x, y, robust);
  }
  return line;
}

function weightedLine(
  x: readonly number[],
  y: readonly number[],
  weights: readonly number[],
): Line {
  const sum = (value: (k: number) => number): number =>
    weights.reduce((total, weight, k) => total + weight * value(k), 0);
  const total = sum(() => 1);
  const mx = sum((k) => x[k]) / total;
  const my = sum((k) => y[k]) / total;
  const each = sum((k) => (x[k] - mx) * (y[k] - my)) / sum((k) => (x[k] - mx) ** 2);
  const fixed = my - each * mx;
  if (each < 0) return { fixed: my, each: 0 };
  if (fixed >= 0) return { fixed, each };
  return { fixed: 0, each: sum((k) => x[k] * y[k]) / sum((k) => x[k] ** 2) };
}

/** Exponent of a power law; of two sizes the one through both. */
function powerOf(atoms: readonly number[], times: readonly number[]): number {
  const [x, y] = [atoms, times].map((values) => values.map(Math.log));
  if (x.length > 2) return theilSenSlope(x, y, CONFIDENCE).slope;
  return (y[1] - y[0]) / (x[1] - x[0]);
}

function banded(value: number, drawn: readonly number[]): Banded {
  const sorted = Float64Array.from(drawn).sort();
  const at = (fraction: number): number => sorted[Math.round(fraction * (sorted.length - 1))];
  return {
    value,
    low: Math.min(value, at((1 - CONFIDENCE) / 2)),
    high: Math.max(value, at((1 + CONFIDENCE) / 2)),
  };
}
