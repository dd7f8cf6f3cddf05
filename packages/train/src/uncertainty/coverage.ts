import { rankCorrelation } from '@mlffd/core';
import type { UncertainCalculator } from '@mlffd/student';
import type { LabelledSet } from '../labelled.ts';
import { allOf } from './calibrate.ts';
import { coverageWarnings, type CoverageWarning } from './coverageWarnings.ts';
import { type ErrorSamples, scaleOf, structureErrors } from './errorSamples.ts';
import { normalFraction } from './normal.ts';
import type { UncertaintyProgress } from './uncertaintyEvent.ts';

/** Which part of the errors is at most z times the uncertainty. */
export interface CoveragePoint {
  readonly z: number;
  /** Of normally distributed errors, erf(z / sqrt(2)). */
  readonly expected: number;
  readonly observed: number;
}

/** How well uncertainties of one kind describe errors. Energies: eV per structure; forces: eV/Angstrom. */
export interface CoverageFigures {
  readonly count: number;
  /** z from 0 to 3 in steps of 0.1. */
  readonly points: readonly CoveragePoint[];
  /** Mean of abs(observed - expected) over the points; 0 is perfect. */
  readonly miscalibration: number;
  /** Mean of abs(error) / sigma: sqrt(2 / pi) = 0.80 for normally distributed errors. */
  readonly meanAbsZ: number;
  /** Root of the mean of (error / sigma)^2: 1 where calibrated. */
  readonly rmsZ: number;
  /**
   * Rank correlation of sigma with abs(error) (of forces: of each atom's sigma with the length of its
   * error). Far below 1 even for perfect uncertainties, as an error is one draw from its distribution.
   */
  readonly spearman: number;
  readonly rmse: number;
  /** Root of the mean of sigma^2. */
  readonly rmsSigma: number;
}

/** What `coverage` found. */
export interface Coverage {
  readonly structures: number;
  readonly energy: CoverageFigures | undefined;
  readonly forces: CoverageFigures | undefined;
  /** Force components left out because their uncertainty is zero, by symmetry. */
  readonly fixedComponents: number;
  readonly warnings: readonly CoverageWarning[];
  /** What the figures were made of, for plots: energies by structure, forces by atom (lengths). */
  readonly samples: { readonly energy: ErrorSamples; readonly forces: ErrorSamples };
}

/** Choices of `coverage`. */
export interface CoverageOptions extends UncertaintyProgress {
  /** Numbers of structures that were neither trained on nor used to calibrate; default all. */
  readonly indices?: ArrayLike<number> | undefined;
}

const STEPS = 30;
const STEP = 0.1;

/**
 * Compares the uncertainties of a calculator with its errors: how often errors are within z
 * uncertainties, how large they are in units of these, and whether the uncertain ones are the wrong ones.
 *
 * @throws AbortedError when the signal fires
 */
export async function coverage(
  calculator: UncertainCalculator,
  dataset: LabelledSet,
  options: CoverageOptions = {},
): Promise<Coverage> {
  const { indices = allOf(dataset), onEvent, signal } = options;
  const phase = 'coverage';
  const found = await structureErrors(calculator, dataset, { indices, phase, onEvent, signal });
  const atoms = byAtom(found.forces);
  const energy = figuresOf(found.energy, found.energy);
  const forces = figuresOf(found.forces, atoms);
  return {
    structures: found.structures,
    energy,
    forces,
    fixedComponents: found.fixed,
    warnings: coverageWarnings({ structures: found.structures, energy, forces }),
    samples: { energy: found.energy, forces: atoms },
  };
}

/** Sigma and length of the error of each atom, from three components each. */
function byAtom({ sigma, error }: ErrorSamples): ErrorSamples {
  const atoms = { length: error.length / 3 };
  return {
    sigma: Float64Array.from(atoms, (_, i) => Math.sqrt(3) * sigma[3 * i]),
    error: Float64Array.from(atoms, (_, i) =>
      Math.hypot(error[3 * i], error[3 * i + 1], error[3 * i + 2]),
    ),
  };
}

function figuresOf(samples: ErrorSamples, ranked: ErrorSamples): CoverageFigures | undefined {
  const { sigma, error } = samples;
  const count = sigma.length;
  if (count === 0) return undefined;
  const z = error.map((e, k) => Math.abs(e) / sigma[k]).sort();
  const points = coveragePoints(z);
  const meanOf = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / count;
  const off = points.reduce(
    (sum, { expected, observed }) => sum + Math.abs(observed - expected),
    0,
  );
  return {
    count,
    points,
    miscalibration: off / STEPS,
    meanAbsZ: meanOf(z),
    rmsZ: scaleOf(samples) ?? NaN,
    spearman: rankCorrelation(ranked.sigma, ranked.error.map(Math.abs)),
    rmse: Math.sqrt(meanOf(error.map((e) => e * e))),
    rmsSigma: Math.sqrt(meanOf(sigma.map((s) => s * s))),
  };
}

/** @param z ascending */
function coveragePoints(z: Float64Array): CoveragePoint[] {
  let within = 0;
  return Array.from({ length: STEPS + 1 }, (_, step) => {
    const limit = step * STEP;
    while (within < z.length && z[within] <= limit) within++;
    return { z: limit, expected: normalFraction(limit), observed: within / z.length };
  });
}
