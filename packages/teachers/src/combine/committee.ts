import {
  type Atoms,
  type CalculateOptions,
  type Calculator,
  InvalidArgumentError,
  type Property,
  type Results,
  sha256,
  stableStringify,
} from '@mlffd/core';
import { checkRequest } from '../checks.ts';
import { Members } from './members.ts';

/** Standard deviations over the members, of what was asked for; division by their number. */
export interface CommitteeUncertainty {
  /** Of the energy, eV. */
  energy?: number;
  /** Of the energy of each atom, eV, N values. */
  energies?: Float64Array;
  /** sqrt(< |F_i - <F_i>|^2 >) of each atom, eV/Angstrom, N values. */
  forces?: Float64Array;
  /** Of each component, eV/Angstrom^3. */
  stress?: Float64Array;
}

/** Means over the members, and how much they differ. */
export interface CommitteeResults extends Results {
  readonly uncertainty: CommitteeUncertainty;
}

/**
 * Several potentials as one: the mean of their energies, forces and stress, and at no further cost
 * how much they differ, as the model deviation of DP-GEN (Zhang et al., Phys. Rev. Mater. 3, 023804
 * (2019)). Members that answer with a promise work at the same time; where all answer at once, so
 * does the committee.
 *
 * Energies of members with different zeros differ by more than their uncertainty.
 */
export class Committee implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  readonly cutoff?: number;
  /** Number of members. */
  readonly size: number;
  /** SHA-256 of everything that decides the answers, where every member tells its own. */
  readonly fingerprint?: string;
  readonly #members: Members;

  /** @throws InvalidArgumentError for fewer than two members, or members with nothing in common */
  constructor(calculators: readonly Calculator[]) {
    if (calculators.length < 2) {
      throw new InvalidArgumentError('teachers/invalid-option', 'a committee has several members', {
        expected: 'at least 2 calculators',
        found: String(calculators.length),
        where: 'members',
      });
    }
    const members = new Members([...calculators]);
    this.#members = members;
    this.size = calculators.length;
    this.name = `committee(${calculators.map(({ name }) => name).join(', ')})`;
    this.properties = members.properties;
    if (members.elements !== undefined) this.elements = members.elements;
    if (members.cutoff !== undefined) this.cutoff = members.cutoff;
    const { fingerprints } = members;
    if (fingerprints !== undefined) {
      // Sorted, since the order of the members means nothing.
      this.fingerprint = sha256(
        stableStringify({ type: 'committee', members: [...fingerprints].sort() }),
      );
    }
  }

  get concurrency(): number {
    return this.#members.concurrency;
  }

  get ahead(): number {
    return this.#members.ahead;
  }

  calculate(
    atoms: Atoms,
    properties: readonly Property[],
    options?: CalculateOptions,
  ): CommitteeResults | Promise<CommitteeResults> {
    checkRequest(this, atoms, properties);
    return this.#members.ask({ atoms, properties, options }, (answers) =>
      combined(answers, properties),
    );
  }

  async dispose(): Promise<void> {
    await this.#members.dispose();
  }
}

function combined(answers: readonly Results[], properties: readonly Property[]): CommitteeResults {
  const uncertainty: CommitteeUncertainty = {};
  const results: CommitteeResults = { uncertainty };
  if (properties.includes('energy')) {
    const values = answers.map(({ energy }) => Float64Array.of(energy ?? Number.NaN));
    const { mean, spread } = statistics(values, 1);
    results.energy = mean[0];
    uncertainty.energy = spread[0];
  }
  for (const [property, group] of ARRAYS) {
    if (!properties.includes(property)) continue;
    const values = answers.map((answer) => answer[property] ?? new Float64Array());
    const { mean, spread } = statistics(values, group);
    results[property] = mean;
    uncertainty[property] = spread;
  }
  return results;
}

/** Properties of several values, and how many of them make one deviation. */
const ARRAYS = [
  ['energies', 1],
  ['forces', 3],
  ['stress', 1],
] as const;

function statistics(
  values: readonly Float64Array[],
  group: number,
): { mean: Float64Array; spread: Float64Array } {
  const { length } = values[0];
  const mean = new Float64Array(length);
  const spread = new Float64Array(length / group);
  for (const own of values) for (let k = 0; k < length; k++) mean[k] += own[k];
  for (let k = 0; k < length; k++) mean[k] /= values.length;
  for (const own of values) {
    for (let k = 0; k < length; k++) {
      const deviation = own[k] - mean[k];
      spread[Math.floor(k / group)] += deviation * deviation;
    }
  }
  for (let k = 0; k < spread.length; k++) spread[k] = Math.sqrt(spread[k] / values.length);
  return { mean, spread };
}
