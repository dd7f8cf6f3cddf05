import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import {
  AbortedError,
  type Atoms,
  type Calculator,
  InvalidArgumentError,
  MlffdError,
  type NamedStructure,
  type Property,
  PropertyNotAvailableError,
} from '@mlffd/core';
import { requirePositive } from '../checks.ts';
import { type Outcome, Respondent } from './answers.ts';
import type { ReferenceEnergyFit } from './energies.ts';
import type { ComparisonFailure, ComparisonSeries, TeacherComparison } from './report.ts';
import { ComparisonTally } from './tally.ts';
import { worstOf } from './worst.ts';

/** Told before each structure. */
export interface CompareEvent {
  readonly type: 'progress';
  readonly done: number;
  readonly total: number;
  /** Structures that one of the teachers had no answer for. */
  readonly failed: number;
}

export interface CompareTeachersOptions {
  /** Makes an empty fit of reference energies: `() => new ReferenceFit()` of `@mlffd/data`. */
  readonly referenceFit: () => ReferenceEnergyFit;
  /** Structures in the list of the worst, default 10. */
  readonly worst?: number;
  readonly onEvent?: (event: CompareEvent) => void;
  /** Ends the work; what is done by then is compared. */
  readonly signal?: AbortSignal;
}

/** No structure has an answer of both teachers. */
export class NothingComparedError extends MlffdError {
  override readonly name = 'NothingComparedError';
}

/** Longest time for which teachers that answer at once keep signals and timers waiting, ms. */
const BREATH = 50;

/**
 * Asks two teachers about the same structures, one after the other, and compares what both give of
 * energy, forces and stress (of structures with a full cell).
 *
 * Energies count from other zeros for every teacher: one energy per element is fitted to the
 * difference and removed. A structure that either has no answer for is told and left out. A teacher
 * that is gone for good, or `signal`, ends the work: what is done by then is compared, and `ended`
 * says so.
 *
 * @throws InvalidArgumentError without structures
 * @throws PropertyNotAvailableError for teachers that have neither energy nor forces in common
 * @throws NothingComparedError `teachers/nothing-compared` where no structure has both answers
 * @throws AbortedError when `signal` fires before the first structure is done
 */
export async function compareTeachers(
  a: Calculator,
  b: Calculator,
  structures: readonly (Atoms | NamedStructure)[],
  options: CompareTeachersOptions,
): Promise<{ readonly figures: TeacherComparison; readonly series: ComparisonSeries }> {
  const { referenceFit, worst = 10, onEvent, signal } = options;
  requirePositive(worst, 'worst', '');
  const named = structures.map(withName);
  if (named.length === 0) throw noStructures();
  const common = commonProperties(a, b);
  const respondents = [new Respondent(a), new Respondent(b)] as const;
  const tally = new ComparisonTally();
  const failures: ComparisonFailure[] = [];
  let cause: unknown;
  let ended: string | null = null;
  let asked = 0;
  let breathed = performance.now();
  for (const [index, { name, atoms }] of named.entries()) {
    if (performance.now() - breathed > BREATH) {
      await setImmediate();
      breathed = performance.now();
    }
    onEvent?.({ type: 'progress', done: index, total: named.length, failed: index - tally.count });
    const properties = common.filter((p) => p !== 'stress' || atoms.pbc.every(Boolean));
    const outcomes: Outcome[] = [];
    for (const respondent of respondents) {
      if (signal?.aborted !== true) {
        outcomes.push(await respondent.ask(atoms, properties, signal));
      }
    }
    if (signal?.aborted === true) {
      ended = 'stopped on request';
      break;
    }
    asked++;
    const [left, right] = outcomes;
    for (const [k, outcome] of outcomes.entries()) {
      if (!('error' in outcome)) continue;
      cause ??= outcome.cause;
      failures.push({ index, name, teacher: k === 0 ? 'a' : 'b', error: outcome.error });
      if (outcome.isGone) ended = `${respondents[k].calculator.name} is gone: ${outcome.error}`;
    }
    if ('results' in left && 'results' in right) {
      tally.add({ index, name, atoms }, left.results, right.results);
    }
    if (ended !== null) break;
  }
  if (tally.count === 0) throw nothingCompared([a.name, b.name], { failures, asked, cause });
  const { structures: compared, numbers, series, ...comparison } = tally.result(referenceFit);
  return {
    series,
    figures: {
      format: 'mlffd-teacher-comparison-1',
      a: respondents[0].figures(),
      b: respondents[1].figures(),
      given: named.length,
      asked,
      compared: tally.count,
      ended,
      ...comparison,
      worst: worstOf(compared, numbers, worst),
      structures: compared,
      failures,
    },
  };
}

function commonProperties(a: Calculator, b: Calculator): Property[] {
  const common = (['energy', 'forces', 'stress'] as const).filter(
    (property) => a.properties.includes(property) && b.properties.includes(property),
  );
  if (common.includes('energy') || common.includes('forces')) return common;
  throw new PropertyNotAvailableError(
    'calculator/property-not-available',
    `${a.name} and ${b.name} have nothing in common that could be compared`,
    {
      expected: 'energy or forces of both',
      found: `${a.properties.join(', ')} and ${b.properties.join(', ')}`,
    },
  );
}

function withName(structure: Atoms | NamedStructure, index: number): NamedStructure {
  return 'atoms' in structure ? structure : { name: `structure ${index}`, atoms: structure };
}

function noStructures(): InvalidArgumentError {
  return new InvalidArgumentError('teachers/invalid-option', 'there is nothing to compare on', {
    expected: 'at least one structure',
    found: 'none',
    where: 'structures',
  });
}

function nothingCompared(
  names: readonly [string, string],
  { failures, asked, cause }: NothingCompared,
): MlffdError {
  if (failures.length === 0) {
    return new AbortedError('teachers/comparison-aborted', 'stopped before the first structure');
  }
  const counts = (['a', 'b'] as const).map(
    (side) => failures.filter(({ teacher }) => teacher === side).length,
  );
  const [{ name, teacher, error }] = failures;
  return new NothingComparedError(
    'teachers/nothing-compared',
    `no structure has an answer of both ${names[0]} and ${names[1]}`,
    {
      expected: 'at least one structure that both know',
      found: `of ${asked} structures ${names[0]} failed on ${counts[0]}, ${names[1]} on ${counts[1]}`,
      where: `${name}, ${names[teacher === 'a' ? 0 : 1]}: ${error}`,
      hint: 'Compare on structures with elements that both teachers know.',
      cause,
    },
  );
}

interface NothingCompared {
  readonly failures: readonly ComparisonFailure[];
  readonly asked: number;
  /** The first error. */
  readonly cause: unknown;
}
