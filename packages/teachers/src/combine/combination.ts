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

/** One term of a combination. */
export interface CombinationTerm {
  readonly calculator: Calculator;
  /** Any finite number, default 1; negative to subtract. */
  readonly weight?: number;
}

/**
 * sum_i w_i E_i, and the same sum of forces and stress: a potential plus a correction, or with the
 * weights 1 and -1 the difference that a correction is trained on (delta learning).
 *
 * Terms that answer with a promise work at the same time; where all answer at once, so does the sum.
 */
export class Combination implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  readonly cutoff?: number;
  /** SHA-256 of everything that decides the answers, where every term tells its own. */
  readonly fingerprint?: string;
  readonly #members: Members;
  readonly #weights: readonly number[];

  /** @throws InvalidArgumentError without terms, or for terms with nothing in common */
  constructor(terms: readonly CombinationTerm[]) {
    if (terms.length === 0) throw invalid('no terms', 'at least one term', 'terms');
    this.#weights = terms.map(({ weight = 1 }) => weight);
    for (const [k, weight] of this.#weights.entries()) {
      if (Number.isFinite(weight)) continue;
      throw invalid(String(weight), 'a finite weight', `terms[${k}], weight`);
    }
    const members = new Members(terms.map(({ calculator }) => calculator));
    this.#members = members;
    this.name = terms
      .map(({ calculator }, k) => `${this.#weights[k]}*${calculator.name}`)
      .join(' + ');
    this.properties = members.properties;
    if (members.elements !== undefined) this.elements = members.elements;
    if (members.cutoff !== undefined) this.cutoff = members.cutoff;
    const { fingerprints } = members;
    if (fingerprints !== undefined) {
      const weighted = fingerprints.map((own, k) => `${own} ${this.#weights[k]}`).sort();
      this.fingerprint = sha256(stableStringify({ type: 'combination', terms: weighted }));
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
  ): Results | Promise<Results> {
    checkRequest(this, atoms, properties);
    return this.#members.ask({ atoms, properties, options }, (answers) =>
      this.#sum(answers, properties),
    );
  }

  async dispose(): Promise<void> {
    await this.#members.dispose();
  }

  #sum(answers: readonly Results[], properties: readonly Property[]): Results {
    const results: Results = {};
    if (properties.includes('energy')) {
      results.energy = answers.reduce(
        (sum, { energy = Number.NaN }, k) => sum + this.#weights[k] * energy,
        0,
      );
    }
    for (const property of ['energies', 'forces', 'stress'] as const) {
      if (!properties.includes(property)) continue;
      const sum = new Float64Array(answers[0][property]?.length ?? 0);
      for (const [k, weight] of this.#weights.entries()) {
        const own = answers[k][property] ?? new Float64Array();
        for (let a = 0; a < sum.length; a++) sum[a] += weight * own[a];
      }
      results[property] = sum;
    }
    return results;
  }
}

function invalid(found: string, expected: string, where: string): InvalidArgumentError {
  return new InvalidArgumentError('teachers/invalid-option', `${where}: ${found}`, {
    expected,
    found,
    where,
  });
}
