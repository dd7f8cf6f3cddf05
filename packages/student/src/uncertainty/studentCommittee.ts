import {
  type Atoms,
  InvalidArgumentError,
  type Property,
  PropertyNotAvailableError,
  type Results,
} from '@mlffd/core';
import type { StudentCalculator } from '../calculator.ts';
import { SpreadSum } from './spreadSum.ts';
import type { UncertainCalculator } from './uncertainCalculator.ts';
import type { Uncertainties } from './uncertainty.ts';

/** What a committee's spread is multiplied with; 1 where nothing was calibrated. */
export interface CommitteeFactors {
  readonly energy: number;
  readonly forces: number;
}

/**
 * Several students of one teacher, trained with different seeds, as one: the mean of what they say,
 * and how much they differ as its uncertainty. Members answer one after another.
 *
 * A single student with an uncertainty of its own costs less to train; a committee also sees how much
 * the bodies of the networks differ.
 */
export class StudentCommittee implements UncertainCalculator {
  readonly name: string;
  readonly properties: readonly Property[];
  /** Atomic numbers that all members were trained for. */
  readonly elements: readonly number[];
  /** The longest of the members, Angstrom. */
  readonly cutoff: number;
  readonly #members: readonly StudentCalculator[];
  readonly #factors: CommitteeFactors;

  /**
   * @param factors from `calibrate` of `@mlffd/train`; default 1
   * @throws InvalidArgumentError for fewer than two members, or none that knows the same element
   */
  constructor(
    members: readonly StudentCalculator[],
    factors: CommitteeFactors = { energy: 1, forces: 1 },
  ) {
    const [first] = members;
    if (members.length < 2) throw invalid('at least 2 students', String(members.length));
    this.#members = [...members];
    this.#factors = factors;
    this.name = `committee(${members.map(({ name }) => name).join(', ')})`;
    this.properties = first.properties;
    this.elements = first.elements.filter((z) =>
      members.every(({ elements }) => elements.includes(z)),
    );
    if (this.elements.length === 0) throw invalid('an element that all know', 'none');
    this.cutoff = Math.max(...members.map(({ cutoff }) => cutoff));
  }

  /** The same members with other factors. */
  calibrated(factors: CommitteeFactors): StudentCommittee {
    return new StudentCommittee(this.#members, factors);
  }

  /** Means of the members. */
  async calculate(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    return mean(await this.#ask(atoms, properties), properties);
  }

  /** Standard deviations over the members, times the factors: energy (eV), forces (eV/Angstrom). */
  async uncertainty(atoms: Atoms): Promise<Uncertainties> {
    const answers = await this.#ask(atoms, ['energy', 'forces']);
    const middle = mean(answers, ['energy', 'forces']);
    const sum = new SpreadSum(atoms.numbers.length);
    for (const answer of answers) {
      sum.add({
        energy: energyOf(answer) - energyOf(middle),
        forces: valuesOf(answer, 'forces').map((f, k) => f - valuesOf(middle, 'forces')[k]),
      });
    }
    return sum.result(this.#factors);
  }

  /** Frees the members. */
  async dispose(): Promise<void> {
    for (const member of this.#members) await member.dispose();
  }

  async #ask(atoms: Atoms, properties: readonly Property[]): Promise<Results[]> {
    const answers: Results[] = [];
    for (const member of this.#members) answers.push(await member.calculate(atoms, properties));
    return answers;
  }
}

function mean(answers: readonly Results[], properties: readonly Property[]): Results {
  const results: Results = {};
  if (properties.includes('energy')) {
    results.energy = answers.reduce((sum, answer) => sum + energyOf(answer), 0) / answers.length;
  }
  for (const property of ['energies', 'forces', 'stress'] as const) {
    if (!properties.includes(property)) continue;
    const sum = new Float64Array(valuesOf(answers[0], property).length);
    for (const answer of answers) {
      const own = valuesOf(answer, property);
      for (let k = 0; k < sum.length; k++) sum[k] += own[k] / answers.length;
    }
    results[property] = sum;
  }
  return results;
}

function energyOf({ energy }: Results): number {
  if (energy === undefined) throw missing('energy');
  return energy;
}

function valuesOf(results: Results, property: 'energies' | 'forces' | 'stress'): Float64Array {
  const { [property]: values } = results;
  if (values === undefined) throw missing(property);
  return values;
}

function missing(property: Property): PropertyNotAvailableError {
  return new PropertyNotAvailableError(
    'student/property',
    `a member did not give its ${property}`,
    {
      expected: property,
      found: 'nothing',
      where: 'committee',
    },
  );
}

function invalid(expected: string, found: string): InvalidArgumentError {
  return new InvalidArgumentError('student/committee', 'these students make no committee', {
    expected,
    found,
    where: 'members',
  });
}
