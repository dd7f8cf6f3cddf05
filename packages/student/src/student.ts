import type { TrainingDomain } from '@mlffd/core';
import type { Network } from './inference.ts';
import type { Uncertainty } from './uncertainty/uncertainty.ts';

/** Anything that JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What the network's output is added to and scaled with, in float64. */
export interface Baseline {
  /** Reference energy E0 by atomic number, eV; one value per row of the embedding. */
  readonly energies: Float64Array;
  /** Energy per unit of network output, eV. */
  readonly scale: number;
  /**
   * Atomic numbers that were trained: a calculator refuses all others. Default: those whose
   * reference energy is not zero.
   */
  readonly elements?: readonly number[];
}

/**
 * A trained potential: E = sum_i (E0[Z_i] + scale * eps_i), with eps_i from the network, and the
 * repulsion of nuclei where the configuration has `zbl`.
 */
export interface Student extends Network {
  readonly baseline: Baseline;
  /** Where it comes from: versions, data, seeds; kept with the checkpoint. */
  readonly provenance: Readonly<Record<string, JsonValue>>;
  /** How certain it is of what it says, where it was calibrated (`fitUncertainty` of `@mlffd/train`). */
  readonly uncertainty?: Uncertainty;
  /** What its training structures are like (`trainingDomainOf` of `@mlffd/data`). */
  readonly domain?: TrainingDomain;
}

/** Atomic numbers that a student was trained for, ascending. */
export function trainedElements({ elements, energies }: Baseline): number[] {
  if (elements !== undefined) return [...new Set(elements)].sort((a, b) => a - b);
  return [...energies.keys()].filter((z) => energies[z] !== 0);
}

/** What a calculator is called by default: `student-FxT`, e.g. `student-44x3`. */
export function studentName({ config }: Student): string {
  return `student-${config.features}x${config.interactions}`;
}
