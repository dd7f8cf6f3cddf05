import type { Atoms, Calculator } from '@mlffd/core';
import { requireForces } from '../sampling/forceCall.ts';
import type { Forces } from '../sampling/forceCall.ts';
import { askAll, requireMembers } from './calculatorAnswers.ts';
import { measureEach } from './measureEach.ts';
import type { Measured, MeasureOptions, StructureStream } from './measureEach.ts';

/** How much the members of a committee, or a student and its teacher, differ on a structure. */
export interface Disagreement {
  /** Largest over the atoms, eV/Angstrom. */
  readonly force: number;
  /** Mean over the atoms, eV/Angstrom. */
  readonly meanForce: number;
  /** The atom of the largest one. */
  readonly atom: number;
  /** Of the energies per atom, eV/atom. */
  readonly energyPerAtom: number;
}

/**
 * Standard deviations over the members of a committee,
 *
 *     e_i = sqrt(< |F_i - <F_i>|^2 >),   e_E = sqrt(< (E - <E>)^2 >) / N
 *
 * with means over the M members (division by M): the model deviation of DP-GEN (Zhang et al., Phys.
 * Rev. Mater. 3, 023804, 2019; Comput. Phys. Commun. 253, 107206, 2020), as DeePMD-kit computes it.
 */
export function disagreementOf(answers: readonly Forces[]): Disagreement {
  const members = answers.length;
  const { length } = answers[0].forces;
  const mean = new Float64Array(length);
  for (const { forces } of answers) {
    for (let k = 0; k < length; k++) mean[k] += forces[k] / members;
  }
  const variance = new Float64Array(length / 3);
  for (const { forces } of answers) {
    for (let k = 0; k < length; k++) {
      variance[Math.floor(k / 3)] += (forces[k] - mean[k]) ** 2 / members;
    }
  }
  const energies = answers.map(({ energy }) => energy);
  const meanEnergy = energies.reduce((sum, energy) => sum + energy / members, 0);
  const spread = energies.reduce((sum, energy) => sum + (energy - meanEnergy) ** 2 / members, 0);
  return {
    ...overAtoms(variance.map((value) => Math.sqrt(value))),
    energyPerAtom: Math.sqrt(spread) / variance.length,
  };
}

/**
 * Errors against a teacher: lengths of the differences of the forces, and the absolute difference
 * of the energies per atom.
 */
export function errorsAgainst(teacher: Forces, student: Forces): Disagreement {
  const atoms = teacher.forces.length / 3;
  const lengths = new Float64Array(atoms);
  for (let k = 0; k < teacher.forces.length; k++) {
    lengths[Math.floor(k / 3)] += (student.forces[k] - teacher.forces[k]) ** 2;
  }
  return {
    ...overAtoms(lengths.map((value) => Math.sqrt(value))),
    energyPerAtom: Math.abs(student.energy - teacher.energy) / atoms,
  };
}

function overAtoms(values: Float64Array): Pick<Disagreement, 'force' | 'meanForce' | 'atom'> {
  let atom = 0;
  let sum = 0;
  for (const [i, value] of values.entries()) {
    sum += value;
    if (value > values[atom]) atom = i;
  }
  return { force: values[atom], meanForce: sum / values.length, atom };
}

/**
 * Disagreement of a committee on one structure; a promise only where a member gives one.
 *
 * @throws InvalidArgumentError for fewer than two members
 * @throws PropertyNotAvailableError when a member does not give energy and forces
 * @throws SamplingError when an answer is not complete or not finite
 */
export function disagreement(
  calculators: readonly Calculator[],
  atoms: Atoms,
): Disagreement | Promise<Disagreement> {
  requireMembers(calculators);
  for (const calculator of calculators) requireForces(calculator);
  return askAll(calculators, atoms, disagreementOf);
}

/**
 * Disagreement of a committee on every structure of a stream, in its order. A structure on which a
 * member fails comes with the reason.
 *
 * @throws InvalidArgumentError for fewer than two members
 * @throws PropertyNotAvailableError when a member does not give energy and forces
 * @throws AbortedError when `signal` fires
 */
export function committeeDisagreement(
  calculators: readonly Calculator[],
  structures: StructureStream,
  options: MeasureOptions = {},
): AsyncGenerator<Measured<Disagreement>, void, undefined> {
  requireMembers(calculators);
  for (const calculator of calculators) requireForces(calculator);
  return measureEach(
    structures,
    ({ atoms }) => askAll(calculators, atoms, disagreementOf),
    options,
  );
}
