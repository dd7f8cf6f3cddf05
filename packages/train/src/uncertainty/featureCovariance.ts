import { neighborList } from '@mlffd/core';
import { FeatureRunner, type Student } from '@mlffd/student';
import type { LabelledSet } from '../labelled.ts';
import { mixture } from './directions.ts';
import { eachStructure, type EachOptions } from './eachStructure.ts';

/** Sum of xᵀ x over rows x, in float64. */
export class FeatureCovariance {
  readonly size: number;
  /** Rows that were added. */
  count = 0;
  /** Row-major; the lower half is filled. */
  readonly squares: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.squares = new Float64Array(size * size);
  }

  /** Adds a row times `factor`. */
  add(row: Float64Array, factor: number): void {
    const { squares, size } = this;
    this.count += 1;
    for (let i = 0; i < size; i++) {
      const left = factor * factor * row[i];
      for (let j = 0; j <= i; j++) squares[i * size + j] += left * row[j];
    }
  }
}

/** Mixtures of the forces of a structure, where there are no energies. */
const MIXTURES = 4;

/**
 * Covariance of what the last layer sees of a training set: of energies per atom, as they are trained
 * on, and if there are none, of forces (random mixtures of the components of each structure).
 *
 * Forces are not added to energies: their rows are many and would be taken for independent, so that all
 * that is left open is a shift of all energies. Measured on three students, uncertainties of energies became
 * less likely or no better, those of forces hardly better, and those of energies no longer grew outside of
 * the training set.
 */
export async function featureCovariance(
  student: Student,
  dataset: LabelledSet,
  options: Omit<EachOptions, 'phase'> & { readonly seed: number },
): Promise<FeatureCovariance> {
  const energies = await rowsOf(student, dataset, options, 'energy');
  return energies.count > 0 ? energies : rowsOf(student, dataset, options, 'forces');
}

async function rowsOf(
  student: Student,
  dataset: LabelledSet,
  options: Parameters<typeof featureCovariance>[2],
  kind: 'energy' | 'forces',
): Promise<FeatureCovariance> {
  const { cutoff } = student.config;
  const { scale } = student.baseline;
  const features = await FeatureRunner.create(student, kind === 'energy' ? 0 : MIXTURES);
  const sum = new FeatureCovariance(features.width);
  try {
    await eachStructure(dataset, { ...options, phase: 'train' }, async (structure, index) => {
      const { atoms, weight = 1 } = structure;
      // What has no weight was not trained on.
      if (structure[kind] === undefined || weight === 0) return;
      const count = atoms.numbers.length;
      const list = neighborList(atoms, cutoff);
      const directions =
        kind === 'energy'
          ? []
          : Array.from({ length: MIXTURES }, (_, k) =>
              mixture(3 * count, { seed: options.seed, index, k }),
            );
      const found = await features.run(list, atoms, directions);
      if (kind === 'energy') sum.add(found.energy, scale / count);
      for (const row of found.forces) sum.add(row, scale);
    });
    return sum;
  } finally {
    await features.release();
  }
}
