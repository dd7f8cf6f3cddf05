import type { CoverageName, CoveragePart, DiversityReport } from './diversityReport.ts';
import { counted, percent, sizeSteps, upTo } from './facts.ts';
import type { DiversityFacts } from './facts.ts';
import { COVERAGE_WEIGHTS } from './goals.ts';
import type { CompleteGoals } from './goals.ts';

/** A range of sizes counts as covered with this share of the structures. */
const SIZE_SHARE = 0.01;

/** An element needs this share of the structures at most, half of an even share at least. */
const ELEMENT_SHARE = 0.05;

/**
 * Coverage of a dataset, 0..1: the weighted mean of eight parts, each 0..1. Each part compares a share,
 * a width or an effective number with a goal, so that copies of what is there raise none of them. Where
 * nothing is known (no labels, no temperatures) a part is 0.
 */
export function coverageOf(
  facts: DiversityFacts,
  goals: CompleteGoals,
): DiversityReport['coverage'] {
  const parts = [
    elements(facts, goals),
    sizes(facts, goals),
    energies(facts, goals),
    forces(facts, goals),
    temperatures(facts, goals),
    environments(facts, goals),
    uniqueness(facts),
    groups(facts, goals),
  ];
  const score = parts.reduce((sum, part) => sum + part.weight * part.score, 0);
  return { score: upTo(score), parts };
}

function part(
  name: CoverageName,
  title: string,
  { score, explanation }: { readonly score: number; readonly explanation: string },
): CoveragePart {
  return { name, title, score: upTo(score), weight: COVERAGE_WEIGHTS[name], explanation };
}

/** Elements that are wanted, each with the structures that have it. */
export function wantedElements(
  facts: DiversityFacts,
  goals: CompleteGoals,
): readonly { readonly symbol: string; readonly structures: number }[] {
  const found = new Map(facts.elements.map((entry) => [entry.symbol, entry.structures]));
  const symbols = goals.elements ?? [...found.keys()];
  return symbols.map((symbol) => ({ symbol, structures: found.get(symbol) ?? 0 }));
}

/** How many elements are wanted. */
export function elementGoal(facts: DiversityFacts, goals: CompleteGoals): number {
  const { elements, elementCount } = goals;
  return Math.max(1, elements?.length ?? Math.max(elementCount, facts.elements.length));
}

/** Share of the structures that an element should be in. */
export function neededShare(count: number): number {
  return Math.min(ELEMENT_SHARE, 0.5 / Math.max(1, count));
}

function elements(facts: DiversityFacts, goals: CompleteGoals): CoveragePart {
  const wanted = wantedElements(facts, goals);
  const needed = neededShare(wanted.length);
  const scores = wanted.map(({ structures }) => upTo(structures / facts.structures / needed));
  const enough = scores.filter((score) => score >= 1).length;
  return part('elements', 'Elements', {
    score: scores.reduce((sum, x) => sum + x, 0) / elementGoal(facts, goals),
    explanation: `${enough} of ${elementGoal(facts, goals)} elements are in ${percent(needed)} of the structures or more; rarer ones count in part`,
  });
}

function sizes(facts: DiversityFacts, { sizes: goal }: CompleteGoals): CoveragePart {
  const { edges, counts } = facts.sizes.bins;
  const steps = sizeSteps(edges, goal);
  const covered = steps.filter(({ bin }) => counts[bin] >= SIZE_SHARE * facts.structures);
  return part('sizes', 'Sizes', {
    score: covered.length / Math.max(1, steps.length),
    explanation: `${covered.length} of ${steps.length} size ranges from ${goal[0]} to ${goal[1]} atoms hold ${percent(SIZE_SHARE)} of the structures or more`,
  });
}

function energies(
  { energies: found }: DiversityFacts,
  { energyWidth }: CompleteGoals,
): CoveragePart {
  const width = found === null ? 0 : found.distribution.p95 - found.distribution.p05;
  return part('energies', 'Energies', {
    score: width / energyWidth,
    explanation:
      found === null
        ? 'no energies are labelled'
        : `the middle 90 % of energies per atom, less reference energies, span ${width.toPrecision(3)} eV/atom; the goal is ${energyWidth}`,
  });
}

function forces({ forces: found }: DiversityFacts, { forceShare }: CompleteGoals): CoveragePart {
  const counts = found?.buckets ?? [0, 0, 0];
  const total = Math.max(1, found?.distribution.count ?? 0);
  const shares = counts.map((count) => count / total);
  return part('forces', 'Forces', {
    score: shares.reduce((sum, share) => sum + upTo(share / forceShare), 0) / shares.length,
    explanation:
      found === null
        ? 'no forces are labelled'
        : `${shares.map(percent).join(', ')} of the atoms feel less than 0.1, 0.1 to 1, more than 1 eV/Å; the goal is ${percent(forceShare)} each`,
  });
}

function temperatures(
  { temperatures: { distribution } }: DiversityFacts,
  { temperatureWidth }: CompleteGoals,
): CoveragePart {
  const width = distribution === null ? 0 : distribution.p95 - distribution.p05;
  return part('temperatures', 'Temperatures', {
    score: width / temperatureWidth,
    explanation:
      distribution === null
        ? 'no structure is known to be from dynamics at a temperature'
        : `the middle 90 % of temperatures span ${width.toFixed(0)} K; the goal is ${temperatureWidth} K`,
  });
}

function environments(
  { distinctness: { effective } }: DiversityFacts,
  { environments: goal }: CompleteGoals,
): CoveragePart {
  return part('environments', 'Environments', {
    score: Math.log(Math.max(1, effective)) / Math.log(goal),
    explanation: `the sample is as diverse as ${effective.toPrecision(3)} entirely different structures; the goal is ${goal}, on a logarithmic scale`,
  });
}

function uniqueness(facts: DiversityFacts): CoveragePart {
  const share = duplicateShare(facts);
  return part('uniqueness', 'No copies', {
    score: 1 - share,
    explanation: `${percent(share)} of the structures repeat, or nearly repeat, another one`,
  });
}

/** Share of copies: exact ones of all structures, or near ones of the sample, whichever is more. */
export function duplicateShare({ distinctness }: DiversityFacts): number {
  return Math.max(distinctness.duplicates, distinctness.nearDuplicates);
}

function groups({ groups: found }: DiversityFacts, { groups: goal }: CompleteGoals): CoveragePart {
  return part('groups', 'Independent groups', {
    score: Math.log(Math.max(1, found.effective)) / Math.log(goal),
    explanation: `${counted(found.count, 'group')} of common ancestry, as many as ${found.effective.toPrecision(3)} of equal size; the goal is ${goal}, on a logarithmic scale`,
  });
}
