import { createAtoms } from '@mlffd/core';
import { StudentCalculator } from '../calculator.ts';
import { embeddingRows } from '../config.ts';
import { checkParameters, type Parameters } from '../parameters.ts';
import type { Student } from '../student.ts';
import { ImportMismatchError } from './errors.ts';
import { decodeSchnetpack, type SchnetpackCheck } from './schnetpackFile.ts';

/** Choices of `fromSchnetpack`. */
export interface SchnetpackImportOptions {
  /** Name of the file, for messages. */
  readonly where?: string;
  /** Unit of energy of the schnetpack model in eV, e.g. `KCAL_PER_MOL`; default 1. */
  readonly energyUnit?: number;
}

/** How far answers of an imported student may be from those of schnetpack: float32 on one side. */
export const IMPORT_TOLERANCES = {
  /** eV/atom, and relative to what the network adds to the energies of the atoms. */
  energy: 1e-5,
  /** Relative to the largest force component of a structure, or to 0.05 eV/Angstrom. */
  forces: 1e-4,
} as const;

/** Where forces are smaller, rounding no longer gets smaller with them; eV/Angstrom. */
const SMALL_FORCE = 0.05;

/** An imported student and how well it agrees with the model that it was made from. */
export interface ImportedStudent {
  readonly student: Student;
  /** Structures that were compared; 0 for a file that holds no answers. */
  readonly checked: number;
  /** Largest difference, eV/atom. */
  readonly energyError: number;
  /** Largest difference, eV/Angstrom. */
  readonly forceError: number;
}

/**
 * A student from a file that `schnetpack_model.py extract` wrote, compared with the answers of
 * schnetpack that lie in the file.
 *
 * @throws FileFormatError, StudentConfigError, ParameterMismatchError for a file that does not fit
 * @throws ImportMismatchError where the student's answers are not those of schnetpack
 */
export async function fromSchnetpack(
  bytes: Uint8Array,
  options: SchnetpackImportOptions = {},
): Promise<ImportedStudent> {
  const { where = 'schnetpack model', energyUnit = 1 } = options;
  const { facts, tensors } = decodeSchnetpack(bytes, where);
  const { config, elements } = facts;
  const parameters: Parameters = new Map(Array.from(tensors, ([name, { data }]) => [name, data]));
  checkParameters(config, parameters, where, (name) => tensors.get(name)?.shape);
  const energies = new Float64Array(embeddingRows(config));
  for (const [z, energy] of facts.atomref) energies[z] = energy * energyUnit;
  const student: Student = {
    config,
    parameters,
    baseline: { energies, scale: facts.scale * energyUnit, elements },
    provenance: { source: 'schnetpack', ...facts.provenance },
  };
  return { student, ...(await compare(student, facts.checks, { energyUnit, where })) };
}

async function compare(
  student: Student,
  checks: readonly SchnetpackCheck[],
  { energyUnit, where }: { readonly energyUnit: number; readonly where: string },
): Promise<Omit<ImportedStudent, 'student'>> {
  const { baseline } = student;
  let energyError = 0;
  let forceError = 0;
  const calculator = await StudentCalculator.fromStudent(student);
  try {
    for (const expected of checks) {
      const { energy = NaN, forces = [] } = await calculator.calculate(
        createAtoms({ ...expected }),
        ['energy', 'forces'],
      );
      const atoms = expected.numbers.length;
      const reference = expected.numbers.reduce((sum, z) => sum + baseline.energies[z], 0);
      const added = Math.abs(expected.energy * energyUnit - reference) / atoms;
      const difference = Math.abs(energy - expected.energy * energyUnit) / atoms;
      require(difference, IMPORT_TOLERANCES.energy * Math.max(1, added), {
        what: 'energies (eV/atom)',
        where,
      });
      energyError = Math.max(energyError, difference);
      if (expected.forces === undefined) continue;
      let largest = SMALL_FORCE;
      let worst = expected.forces.length === forces.length ? 0 : Infinity;
      expected.forces.forEach((force, k) => {
        largest = Math.max(largest, Math.abs(force * energyUnit));
        worst = Math.max(worst, Math.abs(forces[k] - force * energyUnit));
      });
      require(worst, IMPORT_TOLERANCES.forces * largest, { what: 'forces (eV/Angstrom)', where });
      forceError = Math.max(forceError, worst);
    }
  } finally {
    await calculator.dispose();
  }
  return { checked: checks.length, energyError, forceError };
}

function require(
  difference: number,
  tolerance: number,
  { what, where }: { readonly what: string; readonly where: string },
): void {
  if (difference <= tolerance) return;
  throw new ImportMismatchError(
    'student/import-mismatch',
    `${where}: the imported student gives other ${what} than schnetpack`,
    {
      expected: `differences up to ${tolerance.toExponential(1)}`,
      found: difference.toExponential(2),
      where,
      hint: 'The model has a part that was not recognised; please report it with the file.',
    },
  );
}
