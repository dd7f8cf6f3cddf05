import { neighborList } from '@mlffd/core';
import { FeatureRunner, type Student, StudentCalculator } from '@mlffd/student';
import type { LabelledSet } from '../labelled.ts';
import { component } from './directions.ts';
import { eachStructure, type EachOptions, residualsOf } from './eachStructure.ts';

/** Force components of a structure that are looked at: each is one more pass through the network. */
const COMPONENTS = 4;

/** An error, and what the last layer sees of the structure that it was made on. */
export interface ValidationRow {
  readonly kind: 'energy' | 'forces';
  /** Energy, or force component, per unit of each weight of the last layer: eV, eV/Angstrom. */
  readonly values: Float64Array;
  /** Label less prediction, eV or eV/Angstrom. */
  readonly residual: number;
}

/** Energies and a few random force components of structures that were not trained on. */
export async function validationRows(
  student: Student,
  dataset: LabelledSet,
  options: Omit<EachOptions, 'phase'> & { readonly seed: number },
): Promise<ValidationRow[]> {
  const { scale } = student.baseline;
  const rows: ValidationRow[] = [];
  const features = await FeatureRunner.create(student, COMPONENTS);
  const calculator = await StudentCalculator.fromStudent(student);
  try {
    await eachStructure(dataset, { ...options, phase: 'validation' }, async (structure, index) => {
      const { atoms } = structure;
      const residuals = await residualsOf(calculator, structure, index);
      const list = neighborList(atoms, student.config.cutoff);
      const directions = Array.from({ length: COMPONENTS }, (_, k) =>
        component(3 * atoms.numbers.length, { seed: options.seed, index, k }),
      );
      const found = await features.run(list, atoms, directions);
      const add = (kind: ValidationRow['kind'], row: Float64Array, residual: number): void => {
        rows.push({ kind, values: row.map((x) => scale * x), residual });
      };
      if (residuals.energy !== undefined) add('energy', found.energy, residuals.energy);
      if (residuals.forces === undefined) return;
      for (const [k, row] of found.forces.entries()) {
        add('forces', row, residuals.forces[directions[k].indexOf(1)]);
      }
    });
    return rows;
  } finally {
    await calculator.dispose();
    await features.release();
  }
}
