import { performance } from 'node:perf_hooks';
import {
  type Atoms,
  type Calculator,
  isPromise,
  isUnavailableError,
  MlffdError,
  type Property,
  type Results,
} from '@mlffd/core';
import { describe } from '../audit/teacherProbe.ts';
import { fingerprintOf } from '../combine/members.ts';
import type { ComparedTeacher } from './report.ts';

/** What came of one question. */
export type Outcome =
  | { readonly results: Results }
  | { readonly error: string; readonly cause: unknown; readonly isGone: boolean };

/** One of two teachers, with the times of its calls. */
export class Respondent {
  readonly calculator: Calculator;
  readonly #times: number[] = [];
  /** Of all calls but the first, which pays for compilers and buffers. */
  readonly #later = { time: 0, atoms: 0 };
  #failed = 0;

  constructor(calculator: Calculator) {
    this.calculator = calculator;
  }

  /** Energy, forces, stress, finite and complete, or why not; nothing is thrown. */
  async ask(
    atoms: Atoms,
    properties: readonly Property[],
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    const start = performance.now();
    try {
      const options = signal === undefined ? undefined : { signal };
      const answer = this.calculator.calculate(atoms, properties, options);
      const results = isPromise(answer) ? await answer : answer;
      const time = performance.now() - start;
      const { name } = this.calculator;
      requireComplete(results, { properties, n: atoms.numbers.length, name });
      this.#times.push(time);
      if (this.#times.length > 1) {
        this.#later.time += time;
        this.#later.atoms += atoms.numbers.length;
      }
      return { results };
    } catch (cause) {
      if (signal?.aborted !== true) this.#failed++;
      return { error: describe(cause), cause, isGone: isUnavailableError(cause) };
    }
  }

  figures(): ComparedTeacher {
    const times = [...this.#times].sort((x, y) => x - y);
    const count = times.length;
    const some = count > 0;
    return {
      name: this.calculator.name,
      fingerprint: fingerprintOf(this.calculator) ?? null,
      properties: [...this.calculator.properties],
      answered: count,
      failed: this.#failed,
      latency_min_ms: some ? times[0] : null,
      latency_median_ms: some ? (times[(count - 1) >> 1] + times[count >> 1]) / 2 : null,
      latency_us_atom: count > 1 ? (1000 * this.#later.time) / this.#later.atoms : null,
    };
  }
}

function requireComplete(
  results: Results,
  wanted: { readonly properties: readonly Property[]; readonly n: number; readonly name: string },
): void {
  const lengths = { energy: 1, energies: wanted.n, forces: 3 * wanted.n, stress: 6 };
  for (const property of wanted.properties) {
    const value = results[property];
    const values = typeof value === 'number' ? [value] : (value ?? []);
    if (values.length === lengths[property] && values.every((x) => Number.isFinite(x))) continue;
    throw new MlffdError('teachers/not-finite', `${wanted.name} gives no finite ${property}`, {
      expected: `${lengths[property]} finite numbers`,
      found: value === undefined ? 'nothing' : `${values.length} numbers, or some not finite`,
    });
  }
}
