import type { UncertainCalculator } from '@mlffd/student';
import type { LabelledSet } from '../labelled.ts';
import { eachStructure, type EachOptions, residualsOf } from './eachStructure.ts';

/** Errors, and how large the calculator expected them to be. */
export interface ErrorSamples {
  /** Expected standard deviations. */
  readonly sigma: Float64Array;
  /** Prediction less label. */
  readonly error: Float64Array;
}

/** What was found on labelled structures. */
export interface StructureErrors {
  readonly structures: number;
  /** One per structure with an energy, eV. */
  readonly energy: ErrorSamples;
  /** One per component, eV/Angstrom; all components of an atom have 1 / sqrt(3) of its sigma. */
  readonly forces: ErrorSamples;
  /** Force components whose sigma is zero to rounding: those of atoms on which symmetry allows no force. */
  readonly fixed: number;
}

/** Below this part of the root mean square, a sigma is rounding (float32). */
const ROUNDING = 1e-5;

/** Compares a calculator and its uncertainty with labels. */
export async function structureErrors(
  calculator: UncertainCalculator,
  dataset: LabelledSet,
  options: EachOptions,
): Promise<StructureErrors> {
  const energy = new Samples();
  const forces = new Samples();
  let structures = 0;
  await eachStructure(dataset, options, async (structure, index) => {
    const residuals = await residualsOf(calculator, structure, index);
    const sigma = await calculator.uncertainty(structure.atoms);
    structures += 1;
    if (residuals.energy !== undefined) energy.add(sigma.energy, -residuals.energy);
    residuals.forces?.forEach((difference, k) => {
      forces.add(sigma.forces[Math.floor(k / 3)] / Math.sqrt(3), -difference);
    });
  });
  const all = forces.take();
  const free = withoutRounding(all);
  return {
    structures,
    energy: withoutRounding(energy.take()),
    forces: free,
    fixed: all.sigma.length - free.sigma.length,
  };
}

class Samples {
  readonly #sigma: number[] = [];
  readonly #error: number[] = [];

  add(sigma: number, error: number): void {
    this.#sigma.push(sigma);
    this.#error.push(error);
  }

  take(): ErrorSamples {
    return { sigma: Float64Array.from(this.#sigma), error: Float64Array.from(this.#error) };
  }
}

/** Samples whose sigma is more than rounding. */
export function withoutRounding({ sigma, error }: ErrorSamples): ErrorSamples {
  const square = sigma.reduce((sum, value) => sum + value * value, 0) / sigma.length;
  const least = ROUNDING * Math.sqrt(square);
  const kept = sigma.map((value) => (value > least ? 1 : 0));
  return {
    sigma: sigma.filter((_, k) => kept[k] === 1),
    error: error.filter((_, k) => kept[k] === 1),
  };
}

/**
 * What sigmas have to be multiplied with so that the mean of (error / sigma)^2 is 1, which is also where
 * a normal distribution of the errors is most likely; undefined without samples.
 */
export function scaleOf({ sigma, error }: ErrorSamples): number | undefined {
  if (sigma.length === 0) return undefined;
  let sum = 0;
  for (let k = 0; k < sigma.length; k++) sum += (error[k] / sigma[k]) ** 2;
  return Math.sqrt(sum / sigma.length);
}
