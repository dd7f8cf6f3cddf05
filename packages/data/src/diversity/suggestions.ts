import { duplicateShare, elementGoal, neededShare, wantedElements } from './coverage.ts';
import type { CoveragePart, DiversityReport, Suggestion } from './diversityReport.ts';
import { counted, percent, sizeSteps } from './facts.ts';
import type { DiversityFacts } from './facts.ts';
import type { CompleteGoals } from './goals.ts';

/** A part of the score that misses less is good enough to leave alone. */
const GOOD = 0.95;
/** Copies that are worth replacing. */
const COPIES = 0.05;
/** Elements named in one sentence. */
const NAMED = 6;

/** What to add next, what helps the score most first. */
export function suggestionsOf(
  facts: DiversityFacts,
  goals: CompleteGoals,
  coverage: DiversityReport['coverage'],
): Suggestion[] {
  const texts: Record<CoveragePart['name'], readonly string[]> = {
    elements: elementTexts(facts, goals),
    sizes: sizeTexts(facts, goals),
    energies: energyTexts(facts),
    forces: forceTexts(facts, goals),
    temperatures: temperatureTexts(facts, goals),
    environments: environmentTexts(facts),
    uniqueness: copyTexts(facts),
    groups: groupTexts(facts, goals),
  };
  return coverage.parts
    .filter(({ score }) => score < GOOD)
    .flatMap(({ name, score, weight }) =>
      texts[name].map((text) => ({ part: name, gain: weight * (1 - score), text })),
    )
    .sort((a, b) => b.gain - a.gain);
}

function elementTexts(facts: DiversityFacts, goals: CompleteGoals): string[] {
  const wanted = wantedElements(facts, goals);
  const goal = Math.ceil(neededShare(wanted.length) * facts.structures);
  const short = wanted
    .filter(({ structures }) => structures < goal)
    .sort((a, b) => a.structures - b.structures);
  const texts = short.slice(0, NAMED).map(({ symbol, structures }) => {
    const more = goal - structures;
    const now = structures === 0 ? 'no structure' : `${counted(structures, 'structure')} only`;
    return `Element ${symbol} occurs in ${now}: add about ${more} with ${symbol}, in compounds that differ.`;
  });
  const rest = short.slice(NAMED).map(({ symbol }) => symbol);
  const others = elementGoal(facts, goals) - wanted.length;
  return [
    ...texts,
    ...(rest.length === 0 ? [] : [`Also short of structures: ${rest.join(', ')}.`]),
    ...(others <= 0
      ? []
      : [
          `Only ${wanted.length} elements occur: add ${others} more, or name those that are wanted as a goal.`,
        ]),
  ];
}

function sizeTexts(facts: DiversityFacts, goals: CompleteGoals): string[] {
  const { edges, counts } = facts.sizes.bins;
  const sparse = sizeSteps(edges, goals.sizes).filter(
    ({ bin }) => counts[bin] < 0.01 * facts.structures,
  );
  const ranges: { from: number; to: number; count: number }[] = [];
  for (const { bin, from, to } of sparse) {
    const last = ranges.at(-1);
    if (last?.to === from) {
      last.to = to;
      last.count += counts[bin];
    } else {
      ranges.push({ from, to, count: counts[bin] });
    }
  }
  return ranges.map(({ from, to, count }) => {
    const now = count === 0 ? 'No structure' : `Only ${count} structures`;
    return `${now} between ${from} and ${to} atoms: add supercells, clusters, slabs or packed boxes of such sizes.`;
  });
}

function energyTexts({ energies }: DiversityFacts): string[] {
  if (energies === null) return ['Label energies: none is known.'];
  const width = energies.distribution.p95 - energies.distribution.p05;
  return [
    `Energies per atom span ${width.toPrecision(2)} eV/atom only: add larger displacements and hotter dynamics.`,
  ];
}

function forceTexts({ forces }: DiversityFacts, { forceShare }: CompleteGoals): string[] {
  if (forces === null) return ['Label forces: none is known.'];
  const total = forces.distribution.count;
  const [small, middle, large] = forces.buckets.map((count) => count / total);
  return [
    ...(small < forceShare
      ? [
          `Only ${percent(small)} of the atoms feel less than 0.1 eV/Å: add relaxed structures and frames of relaxations.`,
        ]
      : []),
    ...(middle < forceShare
      ? [
          `Only ${percent(middle)} of the atoms feel 0.1 to 1 eV/Å: add dynamics near room temperature and small displacements.`,
        ]
      : []),
    ...(large < forceShare
      ? [
          `Only ${percent(large)} of the atoms feel more than 1 eV/Å: add displacements of 0.1 to 0.3 Å, hot dynamics and dimer scans.`,
        ]
      : []),
  ];
}

function temperatureTexts(
  { temperatures: { distribution } }: DiversityFacts,
  { temperatureWidth }: CompleteGoals,
): string[] {
  if (distribution === null) {
    return [`Add frames of dynamics at several temperatures, such as 300, 600 and 900 K.`];
  }
  const { p05, p95 } = distribution;
  return [
    `Temperatures lie between ${p05.toFixed(0)} and ${p95.toFixed(0)} K: add dynamics up to about ${(p05 + temperatureWidth).toFixed(0)} K.`,
  ];
}

function environmentTexts({ distinctness, kinds, cells }: DiversityFacts): string[] {
  const absent = Object.entries(kinds)
    .filter(([, count]) => count === 0)
    .map(([kind]) => kind);
  const hint =
    absent.length === 0 ? '' : ` Kinds that do not occur: ${absent.join(', ')}, where they matter.`;
  return [
    `The structures are as diverse as ${distinctness.effective.toPrecision(3)} different ones: add other compounds and arrangements before more frames of these.${hint}`,
    ...(kinds.bulk > 0 && cells.strained === 0
      ? ['No strained cells: add copies of the crystals at −4 to +4 % linear strain.']
      : []),
  ];
}

function copyTexts(facts: DiversityFacts): string[] {
  const share = duplicateShare(facts);
  return share <= COPIES
    ? []
    : [
        `${percent(share)} of the structures are copies: keep farthest points only, take frames farther apart, displace more.`,
      ];
}

function groupTexts({ groups }: DiversityFacts, { groups: goal }: CompleteGoals): string[] {
  return [
    `${counted(groups.count, 'group')} of common ancestry count as ${groups.effective.toPrecision(3)}: add starting structures up to about ${goal}, rather than more copies of each.`,
  ];
}
