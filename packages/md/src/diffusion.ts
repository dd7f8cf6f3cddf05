import {
  type Atoms,
  InvalidArgumentError,
  masses as massesOf,
  minimumImages,
  symbolOf,
} from '@mlffd/core';
import { requireArray, requireInteger, requirePositive } from './errors.ts';
import { studentQuantile } from './studentT.ts';

/** Positions at even intervals and what to make of them. */
export interface DisplacementOptions {
  /** All with the same atoms, in the same order. */
  readonly frames: readonly { readonly atoms: Atoms }[];
  /** Time between two frames, fs. */
  readonly interval: number;
  /** N, amu, for the centre of mass; default the standard atomic masses. */
  readonly masses?: Float64Array;
  /**
   * Positions were wrapped into the cell: take the shortest image of each step. Right while no atom moves
   * half a cell between two frames. Frames of a run need it not. Default false.
   */
  readonly unwrap?: boolean;
  /** Longest lag, fs; default half of a block. */
  readonly maxLag?: number;
  /** Most lags; default 50. */
  readonly points?: number;
  /** Odd number of pieces of the trajectory whose coefficients make the band; default 5. */
  readonly blocks?: number;
  /** Where the line begins, as a part of the longest lag; default 0.2, past the ballistic motion. */
  readonly fitFrom?: number;
  /** Of the band; default 0.95. */
  readonly confidence?: number;
}

/** Mean-square displacement of a group of atoms. */
export interface DisplacementCurve {
  readonly atoms: number;
  /** Angstrom^2, at each lag, over all atoms and origins in the whole trajectory. */
  readonly msd: readonly number[];
  /** Slope over 6, Angstrom^2/ps (1e-4 cm^2/s): the mean over the blocks. */
  readonly diffusion: number;
  readonly low: number;
  readonly high: number;
}

/** Mean-square displacements of a trajectory. */
export interface MeanSquareDisplacement {
  /** fs. */
  readonly lags: readonly number[];
  readonly all: DisplacementCurve;
  /** By chemical symbol. */
  readonly byElement: Readonly<Record<string, DisplacementCurve>>;
  readonly confidence: number;
}

/**
 * Mean-square displacement <|r(t0 + t) - r(t0)|^2> over all origins t0, in the frame of the centre of
 * mass, and the diffusion coefficient by Einstein's relation, D = d<r^2>/dt / 6.
 *
 * Origins overlap and so depend on each other: the band comes from the spread between blocks of the trajectory
 * (Student's t), which are taken as independent. The finite size of a periodic box is not corrected for (Yeh
 * and Hummer, J. Phys. Chem. B 108, 15873 (2004)): it lowers teacher and student alike.
 *
 * @throws InvalidArgumentError for fewer than 4 frames in a block, other atoms, or options out of range
 */
export function meanSquareDisplacement(options: DisplacementOptions): MeanSquareDisplacement {
  const { frames, interval, points = 50, blocks = 5, fitFrom = 0.2, confidence = 0.95 } = options;
  requirePositive('interval', interval);
  requireInteger('points', points, 2);
  requireInteger('blocks', blocks, 3);
  const length = Math.floor(frames.length / blocks);
  requireInteger('frames of a block', length, 4);
  const most = Math.floor(length / 2);
  const reach = Math.min(most, Math.floor((options.maxLag ?? Infinity) / interval));
  requireInteger('frames of maxLag', reach, 2);
  if (!(fitFrom >= 0 && fitFrom < 1) || blocks % 2 === 0) {
    throw new InvalidArgumentError('md/invalid-option', 'no line can be fitted', {
      expected: 'fitFrom from 0 to below 1, an odd number of blocks',
      found: `fitFrom ${fitFrom}, ${blocks} blocks`,
      where: 'fitFrom, blocks',
      hint: 'Leave both out for 0.2 and 5.',
    });
  }
  const tracks = tracksOf(options);
  const { numbers } = frames[0].atoms;
  const count = Math.min(points, reach);
  const lags = [
    ...new Set(Array.from({ length: count }, (_, k) => Math.round(((k + 1) * reach) / count))),
  ];
  const fitted = lags.filter((lag) => lag >= fitFrom * reach);
  const quantile = studentQuantile(confidence, blocks - 1);
  const curve = (group: readonly number[]): DisplacementCurve => {
    const slopes = Array.from({ length: blocks }, (_, b) => {
      const block = tracks.slice(b * length, (b + 1) * length);
      return slope(
        fitted,
        fitted.map((lag) => displacement(block, lag, group)),
      );
    });
    const unit = 1000 / (6 * interval);
    const diffusion = (unit * slopes.reduce((sum, value) => sum + value, 0)) / blocks;
    const variance = slopes.reduce((sum, value) => sum + (unit * value - diffusion) ** 2, 0);
    const half = quantile * Math.sqrt(variance / (blocks - 1) / blocks);
    return {
      atoms: group.length,
      msd: lags.map((lag) => displacement(tracks, lag, group)),
      diffusion,
      low: diffusion - half,
      high: diffusion + half,
    };
  };
  const elements = [...new Set(numbers)].sort((a, b) => a - b);
  const indices = Array.from(numbers, (_, i) => i);
  return {
    lags: lags.map((lag) => lag * interval),
    all: curve(indices),
    byElement: Object.fromEntries(
      elements.map((z) => [symbolOf(z), curve(indices.filter((i) => numbers[i] === z))]),
    ),
    confidence,
  };
}

/** Unwrapped positions relative to the centre of mass, one array for each frame. */
function tracksOf({ frames, masses, unwrap = false }: DisplacementOptions): Float64Array[] {
  const { numbers } = frames[0].atoms;
  const weights = masses ?? massesOf(frames[0].atoms);
  requireArray('masses', weights, numbers.length);
  const total = weights.reduce((sum, mass) => sum + mass, 0);
  const tracks: Float64Array[] = [];
  let last = frames[0].atoms.positions;
  for (const { atoms } of frames) {
    requireArray('positions', atoms.positions, 3 * numbers.length);
    const positions = unwrap ? follow(last, atoms) : atoms.positions;
    last = positions;
    const center = [0, 0, 0];
    for (let k = 0; k < positions.length; k++) {
      center[k % 3] += (weights[Math.floor(k / 3)] / total) * positions[k];
    }
    tracks.push(positions.map((x, k) => x - center[k % 3]));
  }
  return tracks;
}

function follow(last: Float64Array, { positions, cell, pbc }: Atoms): Float64Array {
  const step = minimumImages(
    positions.map((x, k) => x - last[k]),
    cell,
    pbc,
  );
  return step.map((x, k) => x + last[k]);
}

function displacement(
  tracks: readonly Float64Array[],
  lag: number,
  group: readonly number[],
): number {
  let sum = 0;
  for (let start = 0; start + lag < tracks.length; start++) {
    const before = tracks[start];
    const after = tracks[start + lag];
    for (const i of group) {
      const k = 3 * i;
      sum +=
        (after[k] - before[k]) ** 2 +
        (after[k + 1] - before[k + 1]) ** 2 +
        (after[k + 2] - before[k + 2]) ** 2;
    }
  }
  return sum / (group.length * (tracks.length - lag));
}

/** Of the least-squares line with an intercept. */
function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [centerX, centerY] = [mean(x), mean(y)];
  let product = 0;
  let square = 0;
  for (let k = 0; k < x.length; k++) {
    product += (x[k] - centerX) * (y[k] - centerY);
    square += (x[k] - centerX) ** 2;
  }
  return product / square;
}
