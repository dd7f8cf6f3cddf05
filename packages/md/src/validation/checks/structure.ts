import type { Atoms } from '@mlffd/core';
import { angleDistributions } from '../../angles.ts';
import {
  distanceHistograms,
  distributionDistances,
  type DistributionSet,
  plainHistogram,
  radialDistributions,
} from '../../distributionSets.ts';
import type { Histogram } from '../../distributions.ts';
import type { Check } from '../check.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import { thermalFrames } from '../runs.ts';
import type { Figure, FigureGoal, Plot } from '../types.ts';

const FIGURES = [
  { key: 'distances', label: 'Distances, largest of all pairs of elements', unit: 'Å' },
  { key: 'angles', label: 'Angles, largest of all triples', unit: '°' },
] as const;

/** Reach of the distributions of distances, Angstrom; of molecules, of crystals and liquids. */
const OPEN_REACH = 10;
const PERIODIC_REACH = 6;
/** More pairs and triples than these are not drawn. */
const MOST_PLOTS = 4;
/** Fewest thermal frames. */
const FEWEST_FRAMES = 4;

/** Whether the student's liquid, crystal or molecule has the teacher's structure. */
export const structure: Check = {
  id: 'structure',
  title: 'Structure',
  about:
    'Distributions of distances and bond angles in the bath: Wasserstein distance of student and teacher at the same times out of the same start and noise, and of two halves of the teacher, which is what the lengths of the runs can tell.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async ({ runs, system, student }) => {
    const [teacher, own] = thermalFrames(
      await runs.teacherBath(system),
      await runs.studentBath(system, student),
    );
    if (own.length < FEWEST_FRAMES) {
      const why = 'there are too few frames at temperature: the run ended early or was too short';
      return { figures: FIGURES.map((of) => skipped(of, why)) };
    }
    const reference = await runs.start(system);
    const half = Math.floor(teacher.length / 2);
    const parts = [teacher.slice(0, half), teacher.slice(half)];
    const compare = (count: (frames: Frames) => DistributionSet, of: Question): Findings => {
      const make = (frames: Frames): DistributionSet => counted(count(frames));
      const [expected, found] = [make(teacher), make(own)];
      const floor = worstOf(distributionDistances(make(parts[0]), make(parts[1])))?.value ?? 0;
      const distances = distributionDistances(expected, found);
      return { figures: figuresOf(distances, floor, of), plots: plotsOf({ expected, found, of }) };
    };
    const periodic = system.atoms.pbc.every(Boolean);
    const cutoff = periodic ? PERIODIC_REACH : OPEN_REACH;
    const results = [
      compare(
        (frames) => (periodic ? radialDistributions : distanceHistograms)({ frames, cutoff }),
        {
          of: FIGURES[0],
          goal: GOALS.distances,
          id: periodic ? 'rdf' : 'distances',
          axis: { label: 'Distance', unit: 'Å' },
          value: periodic ? 'g(r)' : 'h(r)',
        },
      ),
      compare((frames) => angleDistributions({ frames, reference }), {
        of: FIGURES[1],
        goal: GOALS.angles,
        id: 'angles',
        axis: { label: 'Angle', unit: '°' },
        value: 'Density',
      }),
    ];
    return {
      figures: results.flatMap(({ figures }) => figures),
      plots: results.flatMap(({ plots }) => plots),
    };
  },
};

type Frames = readonly { readonly atoms: Atoms }[];

interface Question {
  readonly of: { readonly key: string; readonly label: string; readonly unit: string };
  readonly goal: FigureGoal;
  readonly id: string;
  readonly axis: { readonly label: string; readonly unit: string };
  readonly value: string;
}

interface Findings {
  readonly figures: Figure[];
  readonly plots: Plot[];
}

/** Without those that nothing was counted in: a box of one molecule has no second one within reach. */
function counted(set: DistributionSet): DistributionSet {
  return Object.fromEntries(
    Object.entries(set).filter(([, { values }]) => values.some((value) => value > 0)),
  );
}

type Distances = Readonly<Record<string, number | null>>;

function worstOf(
  distances: Distances,
): { readonly name: string; readonly value: number } | undefined {
  return Object.entries(distances)
    .flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
    .toSorted((a, b) => b.value - a.value)
    .at(0);
}

function figuresOf(distances: Distances, floor: number, { of, goal }: Question): Figure[] {
  const worst = worstOf(distances);
  if (worst === undefined) return [skipped(of, 'there are none')];
  const alone = Object.keys(distances).filter((name) => distances[name] === null);
  const only = alone.length === 0 ? '' : `; only one of both has ${alone.join(', ')}`;
  const why = `${worst.name}; two halves of the teacher's run differ by ${floor.toPrecision(2)} ${of.unit}${only}`;
  // What the teacher's own halves differ by cannot be blamed on the student.
  const low = Math.max(0, worst.value - floor);
  return [
    figure({ ...of, value: worst.value, low, goal, why }),
    ...Object.entries(distances).flatMap(([name, value]) =>
      value === null
        ? []
        : [
            figure({
              key: `${of.key}-${name}`,
              label: `Wasserstein distance, ${name}`,
              value,
              unit: of.unit,
            }),
          ],
    ),
  ];
}

function plotsOf(parts: {
  readonly expected: DistributionSet;
  readonly found: DistributionSet;
  readonly of: Question;
}): Plot[] {
  const { expected, found, of } = parts;
  const names = Object.keys(expected).filter((name) => name in found);
  return names.slice(0, MOST_PLOTS).map((name) => ({
    id: `${of.id}-${name}`,
    kind: 'lines',
    title: name,
    caption: `${of.axis.label} distribution of ${name} in the bath.`,
    x: of.axis,
    y: { label: of.value },
    curves: [
      { of: 'teacher', ...curveOf(expected[name]) },
      { of: 'student', ...curveOf(found[name]) },
    ],
  }));
}

function curveOf(histogram: Histogram): {
  readonly x: readonly number[];
  readonly y: readonly number[];
} {
  const { centers, values } = plainHistogram(histogram);
  return { x: centers, y: values };
}
