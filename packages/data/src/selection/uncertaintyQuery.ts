import type { Calculator } from '@mlffd/core';
import { invalidOption, requireCount } from '../build/invalidOption.ts';
import type { Structure } from '../structure.ts';
import { BestByGroup } from './bestByGroup.ts';
import { chooseDiverse } from './diverseShortlist.ts';
import type { DiverseShortlist } from './diverseShortlist.ts';
import { measureEach } from './measureEach.ts';
import type { Measured, MeasureOptions, StructureStream } from './measureEach.ts';
import { QueryTally } from './queryTally.ts';
import type { QueryEvent, QueryFailure, QueryStatistics, TrustClass } from './queryTally.ts';
import { SelectionError } from './selectionError.ts';
import { committeeUncertainty } from './uncertainty.ts';
import type { Uncertainty, UncertaintyOf } from './uncertainty.ts';

/** Between which values of the uncertainty a structure is worth a label. */
export interface TrustLevels {
  /** Below it the students are right already. */
  readonly lower: number;
  /** From it on the structure is taken to be unphysical; may be Infinity. */
  readonly upper: number;
}

/** Options of `selectUncertain`. */
export interface SelectUncertainOptions extends MeasureOptions, TrustLevels {
  /** Structures with unique ids; a stream is not kept in memory. */
  readonly candidates: StructureStream;
  /** Students whose disagreement is the uncertainty; give this or `uncertainty`. */
  readonly committee?: readonly Calculator[];
  /** How uncertain a structure is, for instance `againstTeacher({ student, teacher })`. */
  readonly uncertainty?: UncertaintyOf;
  /** Most structures to choose. */
  readonly count: number;
  /** Most structures of one group: of one trajectory, of one tree; default no limit. */
  readonly perGroup?: number;
  /** Choose what differs most among more uncertain structures than are wanted. */
  readonly diversity?: DiverseShortlist;
  /** Number of candidates, for the time left; default the length of an array. */
  readonly total?: number;
  readonly onEvent?: (event: QueryEvent) => void;
}

/** A structure that is worth a label. */
export interface SelectedStructure {
  /** As it came, with what a teacher was asked on the way in `known`. */
  readonly structure: Structure;
  readonly uncertainty: Uncertainty;
}

/** What was chosen, and what became of the others. */
export interface UncertainSelection {
  /** Most uncertain first. */
  readonly selected: readonly SelectedStructure[];
  readonly statistics: QueryStatistics;
  /** The first structures that could not be measured, 100 at most. */
  readonly failures: readonly QueryFailure[];
}

/**
 * Class of a structure by its uncertainty e, as in DP-GEN: accurate (e < lower), candidate (lower <=
 * e < upper), failed (from upper on).
 */
export function trustClass(value: number, { lower, upper }: TrustLevels): TrustClass {
  if (value < lower) return 'accurate';
  return value < upper ? 'candidate' : 'failed';
}

/**
 * Chooses the candidates that the students know least: query by committee with the trust levels of
 * DP-GEN (Zhang et al., Comput. Phys. Commun. 253, 107206, 2020). DP-GEN draws at random among the
 * candidates; here the most uncertain ones are taken, so that the result depends on the set of the
 * candidates alone, not on their order. A structure that cannot be measured counts as failed, with
 * its reason.
 *
 * @throws InvalidArgumentError for an option out of range
 * @throws PropertyNotAvailableError when a calculator does not give energy and forces
 * @throws SelectionError when no structure could be measured, or an id among the best comes twice
 * @throws AbortedError when `signal` fires
 */
export async function selectUncertain(
  options: SelectUncertainOptions,
): Promise<UncertainSelection> {
  const { candidates, count, perGroup = Infinity, diversity, onEvent } = options;
  checkOptions(options);
  const measure = measureOf(options);
  const best = new BestByGroup<Entry>({ count: diversity?.shortlist ?? count, perGroup });
  const total = options.total ?? (Array.isArray(candidates) ? candidates.length : undefined);
  const tally = new QueryTally(onEvent, total);
  let lastFailure: unknown;
  for await (const item of measureEach(candidates, measure, options)) {
    if ('failure' in item) lastFailure = item.failure.cause;
    const entry = take(item, options, tally);
    if (entry !== undefined) best.offer(entry);
  }
  requireMeasured(tally, lastFailure);
  const shortlist = best.entries;
  const picked =
    diversity === undefined ? shortlist : await chooseDiverse(shortlist, count, diversity);
  const selected = picked.map(({ structure, uncertainty }) => ({ structure, uncertainty }));
  const statistics = tally.statistics(selected.length);
  onEvent?.({ type: 'end', statistics });
  return { selected, statistics, failures: tally.failures };
}

interface Entry extends SelectedStructure {
  readonly id: string;
  readonly group: string;
  readonly value: number;
}

function checkOptions(options: SelectUncertainOptions): void {
  const { lower, upper, count, perGroup = 1, diversity } = options;
  requireCount('count', count, 1);
  if (perGroup !== Infinity) requireCount('perGroup', perGroup, 1);
  if (diversity !== undefined) requireCount('diversity.shortlist', diversity.shortlist, count);
  if (lower >= 0 && lower < upper) return;
  throw invalidOption('lower, upper', 'trust levels must be a range from 0 on', {
    expected: '0 <= lower < upper',
    found: `lower ${lower}, upper ${upper}`,
  });
}

function measureOf({
  committee,
  uncertainty,
}: SelectUncertainOptions): (structure: Structure) => Uncertainty | Promise<Uncertainty> {
  if ((committee === undefined) === (uncertainty === undefined)) {
    throw invalidOption('committee, uncertainty', 'there must be one measure of uncertainty', {
      expected: 'either committee or uncertainty',
      found: committee === undefined ? 'neither' : 'both',
    });
  }
  const measure = uncertainty ?? committeeUncertainty(committee ?? []);
  return (structure) => {
    const answer = measure(structure);
    return answer instanceof Promise ? answer.then(checked) : checked(answer);
  };
}

function checked(answer: number | Uncertainty): Uncertainty {
  const uncertainty = typeof answer === 'number' ? { value: answer } : answer;
  if (uncertainty.value >= 0) return uncertainty;
  throw new SelectionError('data/bad-uncertainty', `an uncertainty is ${uncertainty.value}`, {
    expected: 'a number of at least 0',
    found: String(uncertainty.value),
  });
}

/** Counts a structure; gives it back when it is a candidate. */
function take(
  item: Measured<Uncertainty>,
  levels: TrustLevels,
  tally: QueryTally,
): Entry | undefined {
  const { id, group } = item.structure.meta;
  if ('failure' in item) {
    const { code, message } = item.failure;
    tally.fail({ id, group, code, message });
    return undefined;
  }
  const { value, known } = item.measured;
  const trust = trustClass(value, levels);
  tally.count({ id, group, value }, trust);
  if (trust !== 'candidate') return undefined;
  const structure = known === undefined ? item.structure : { ...item.structure, known };
  return { id, group, value, structure, uncertainty: item.measured };
}

function requireMeasured(tally: QueryTally, cause: unknown): void {
  const { seen } = tally;
  if (seen === 0 || seen > tally.unmeasured) return;
  const [first] = tally.failures;
  throw new SelectionError(
    'data/nothing-measured',
    `none of ${seen} structures could be measured: ${first.message}`,
    {
      expected: 'an uncertainty for at least one structure',
      found: `${first.code} for ${first.id}`,
      where: first.id,
      hint: 'Look at the error underneath: the calculators may lack elements, or may have stopped.',
      cause,
    },
  );
}
