import { InvalidArgumentError, symbolOf } from '@mlffd/core';
import { Auditor } from '../audit/auditor.ts';
import type { AuditReport } from '../audit/report.ts';
import type { PointMatrix } from '../descriptors/descriptorMatrix.ts';
import { farthestPoints } from '../selection/farthestPoints.ts';
import { alertsOf } from './alerts.ts';
import { coverageOf, wantedElements } from './coverage.ts';
import { descriptorMap, drawn } from './descriptorMap.ts';
import { PairComparison } from './distinctness.ts';
import type { Distinctness } from './distinctness.ts';
import type { DiversityReport, ElementEntry, RmsdGroup } from './diversityReport.ts';
import type { DiversityFacts } from './facts.ts';
import { judgeGate } from './gates.ts';
import { DEFAULT_GOALS, DIVERSITY_GATES, gateFor } from './goals.ts';
import type { CompleteGoals, DiversityGoals } from './goals.ts';
import { effectiveDimension, principalComponents } from './principalComponents.ts';
import { chooseForRmsd, RMSD_TEXT, rmsdGroup } from './rmsdGroups.ts';
import { Stage } from './stage.ts';
import type { StageOptions } from './stage.ts';
import { suggestionsOf } from './suggestions.ts';
import { survey } from './survey.ts';
import type { DiversitySource, Survey } from './survey.ts';

/** Options of `analyzeDiversity`. */
export interface DiversityOptions extends StageOptions {
  /** Structures that descriptors, pairs, map and RMSD are made of; default 2,000. */
  readonly sample?: number;
  /** Default 0. */
  readonly seed?: number;
  readonly goals?: DiversityGoals;
  /** Structures that were to be labelled, with those that failed; default those that are here. */
  readonly attempted?: number;
  /** What `audit` found, where it was asked; else it is asked on the way. */
  readonly audit?: Pick<AuditReport, 'counts'>;
}

const SAMPLE = 2000;
/** Farthest points of the covering curve. */
const MOST_COVERING = 400;

/**
 * How diverse a dataset is, whether that is enough for its size, and what to add next.
 *
 * Statistics are of all structures, which are read once, one at a time; memory is some hundred bytes a
 * structure. Descriptors and whatever compares structures with each other are of a sample drawn with
 * the seed. The same structures, options and seed give the same report.
 *
 * @throws InvalidArgumentError `data/empty` for no structures, `data/invalid-option`
 * @throws AbortedError when `signal` fires
 */
export async function analyzeDiversity(
  source: DiversitySource,
  options: DiversityOptions = {},
): Promise<DiversityReport> {
  requireOptions(source, options);
  const { seed = 0, signal, onEvent } = options;
  const stages: StageOptions = {
    ...(signal === undefined ? {} : { signal }),
    ...(onEvent === undefined ? {} : { onEvent }),
  };
  const goals: CompleteGoals = { ...DEFAULT_GOALS, ...options.goals };
  const sample = Math.min(options.sample ?? SAMPLE, source.length);
  const auditor = new Auditor();
  const surveyed = await survey(source, {
    ...stages,
    sample,
    seed,
    auditor: options.audit === undefined ? auditor : undefined,
  });
  const { counts } = options.audit ?? auditor.report();
  const distinctness = await compareAll(surveyed.points, stages);
  const groups = await rmsds(source, surveyed, stages);
  const facts = {
    ...statistics(surveyed, goals, source.length),
    ...comparisons(surveyed, distinctness, seed),
    attempted: options.attempted ?? source.length,
    sample: { structures: sample, seed, text: sampleText(sample, source.length) },
    rmsd: { text: RMSD_TEXT, groups },
    audit: { errors: counts.error, warnings: counts.warning },
  };
  return judged(facts, goals);
}

function sampleText(sample: number, structures: number): string {
  return sample < structures
    ? `Descriptors, distances of neighbours, map, near copies and RMSDs are of ${sample} of ${structures} structures, drawn at random with the seed; all other figures are of all structures.`
    : 'All figures are of all structures.';
}

async function compareAll(points: PointMatrix, stages: StageOptions): Promise<Distinctness> {
  const stage = new Stage('compare', points.rows, stages);
  const comparison = new PairComparison(points);
  for (let i = 0; i < points.rows; i++) {
    comparison.row(i);
    await stage.step(i + 1);
  }
  return comparison.result();
}

async function rmsds(
  source: DiversitySource,
  { compositions, sample }: Survey,
  stages: StageOptions,
): Promise<RmsdGroup[]> {
  const chosen = chooseForRmsd(
    sample.map(({ index, group, periodic }) => ({
      index,
      group,
      formula: compositions.composition(index).formula,
      periodic,
    })),
  );
  const stage = new Stage('rmsd', chosen.length, stages);
  const groups: RmsdGroup[] = [];
  for (const one of chosen) {
    const atoms = one.structures.map((k) => source.get(k).atoms);
    const group = rmsdGroup(one, atoms);
    groups.push({
      ...group,
      matrix: group.matrix.map((row) => row.map((x) => (x === null ? null : drawn(x)))),
    });
    await stage.step(groups.length);
  }
  return groups;
}

type Statistics = Pick<
  DiversityFacts,
  | 'format'
  | 'version'
  | 'structures'
  | 'atoms'
  | 'labelled'
  | 'elements'
  | 'sizes'
  | 'compositions'
  | 'kinds'
  | 'sources'
  | 'temperatures'
  | 'cells'
  | 'groups'
  | 'energies'
  | 'forces'
  | 'pressures'
  | 'pairs'
>;

/** What is of all structures, and the distances of neighbours. */
function statistics(
  { compositions, labels, origins, pairs }: Survey,
  goals: CompleteGoals,
  structures: number,
): Statistics {
  const { energies, fitted } = labels.references;
  const elements = compositions.elements.map(([z, counts]): ElementEntry => ({
    symbol: symbolOf(z),
    number: z,
    ...counts,
    ...labels.elementForces(z),
    reference: fitted.includes(z) ? energies[z] : null,
  }));
  return {
    format: 'mlffd-diversity',
    version: 1,
    structures,
    atoms: compositions.atoms,
    labelled: labels.labelled,
    elements,
    sizes: compositions.sizes(goals.sizes),
    compositions: compositions.compositions,
    kinds: compositions.kinds,
    sources: origins.sources,
    temperatures: origins.temperatures,
    cells: compositions.cells,
    groups: origins.groups,
    energies: labels.energies((k) => compositions.composition(k)),
    forces: labels.forces,
    pressures: labels.pressures,
    pairs: pairs.entries,
  };
}

/** What is of the descriptors of the sample. */
function comparisons(
  surveyed: Survey,
  { effective, nearDuplicates }: Distinctness,
  seed: number,
): Pick<DiversityFacts, 'map' | 'distinctness'> {
  const { points, origins } = surveyed;
  const components = principalComponents(points);
  const count = Math.min(MOST_COVERING, points.rows);
  const { radii } = farthestPoints(points, { count, seed });
  return {
    map: descriptorMap(surveyed, components),
    distinctness: {
      effective,
      nearDuplicates,
      duplicates: origins.duplicates,
      dimension: effectiveDimension(components.variances),
      covering: Array.from(radii, (radius, k) => ({ count: k + 1, radius: drawn(radius) })),
    },
  };
}

function judged(facts: DiversityFacts, goals: CompleteGoals): DiversityReport {
  const coverage = coverageOf(facts, goals);
  const wanted = wantedElements(facts, goals).map(({ structures }) => structures);
  const rarest = wanted.reduce((least, structures) => Math.min(least, structures), Infinity);
  const gates = DIVERSITY_GATES.map((gate) =>
    judgeGate(gate, facts, { coverage: coverage.score, rarest }),
  );
  const { name } = gateFor(facts.attempted);
  return {
    ...facts,
    coverage,
    alerts: alertsOf(facts, goals),
    suggestions: suggestionsOf(facts, goals, coverage),
    gates,
    verdict: gates.find((gate) => gate.name === name) ?? gates[0],
  };
}

function requireOptions(source: DiversitySource, options: DiversityOptions): void {
  const { sample = SAMPLE, attempted = source.length } = options;
  if (source.length === 0) {
    throw new InvalidArgumentError('data/empty', 'there are no structures to analyse', {
      expected: 'at least one structure',
      found: 'none',
      hint: 'Label some structures first.',
    });
  }
  const wrong =
    Number.isInteger(sample) && sample >= 1
      ? attempted >= source.length
        ? undefined
        : { where: 'attempted', expected: `at least ${source.length}`, found: String(attempted) }
      : { where: 'sample', expected: 'an integer of at least 1', found: String(sample) };
  if (wrong === undefined) return;
  throw new InvalidArgumentError('data/invalid-option', `${wrong.where} does not fit`, wrong);
}
