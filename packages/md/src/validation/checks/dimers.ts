import { type Atoms, COVALENT_RADII, createAtoms, numberOf, symbolOf } from '@mlffd/core';
import { compareDimers, type DimerComparison } from '../../scans/dimers.ts';
import type { Check } from '../check.ts';
import { wellDomain } from '../evaluate.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { FailureMode, Figure, KeyFrame, Plot } from '../types.ts';

const FIGURES = [
  { key: 'soft-repulsion', label: 'Pairs of elements that attract where nuclei repel' },
  { key: 'spurious-minima', label: 'Minima of pairs that the teacher does not have' },
  { key: 'force-rmse', label: 'Force RMSE of pairs, largest', unit: 'eV/Å' },
  { key: 'cutoff-jump', label: 'Jump of a force at the cutoff, largest', unit: 'eV/Å' },
] as const;

/** Nearer than this part of the sum of the covalent radii nuclei repel, whatever they are. */
const REPULSIVE = 0.75;
/** A minimum shallower than this is none, eV. */
const SHALLOW = 0.02;
/** A jump of a force that dynamics does not notice, eV/Angstrom. */
const SMALL_JUMP = 1e-3;
const MOST_PLOTS = 6;

/** Whether two atoms attract and repel as the teacher's do. */
export const dimers: Check = {
  id: 'dimers',
  title: 'Pairs of atoms',
  about:
    'Energy of each pair of elements against the distance: repulsion of nuclei, wells that the teacher does not have, jumps at the cutoff.',
  per: 'student',
  version: 1,
  figures: FIGURES,
  run: async (context) => {
    const { teacher, student, systems, settings, signal, progress } = context;
    const elements = [...new Set(systems.flatMap(({ atoms }) => [...atoms.numbers]))].sort(
      (a, b) => a - b,
    );
    const pairs = (elements.length * (elements.length + 1)) / 2;
    let done = 0;
    const found = await compareDimers({
      teacher,
      student: student.calculator,
      elements: elements.map(symbolOf),
      points: settings.scanPoints,
      onEvent: () => {
        done += 1;
        progress({ done, total: pairs, unit: 'pairs' });
      },
      signal,
    });
    const failures: FailureMode[] = [];
    const frames: KeyFrame[] = [];
    const keep = (failure: FailureMode, comparison: DimerComparison, distance: number): void => {
      const name = `${student.name}-dimer-${comparison.pair.join('-')}-${failure.code}`;
      const file = context.keepFrame(name, { atoms: dimerOf(comparison.pair, distance) });
      failures.push({ ...failure, frame: file });
      frames.push({ label: failure.what, role: 'failure', file });
    };
    const counts = { soft: 0, minima: 0 };
    for (const comparison of found) {
      judge(comparison, counts, keep);
    }
    return { figures: figuresOf(found, counts), failures, frames, plots: plotsOf(found) };
  },
};

interface Counts {
  soft: number;
  minima: number;
}

function judge(
  comparison: DimerComparison,
  counts: Counts,
  keep: (failure: FailureMode, comparison: DimerComparison, distance: number) => void,
): void {
  const { pair, spuriousMinima } = comparison;
  const name = pair.join('-');
  const soft = softPoint(comparison) ?? (comparison.collapse ? comparison.student.x[0] : undefined);
  if (soft !== undefined) {
    counts.soft += 1;
    const what = `${name} attract at ${soft.toFixed(2)} Å, where the teacher's nuclei repel`;
    keep({ code: 'soft-repulsion', what, severity: 'serious' }, comparison, soft);
  }
  const wells = spuriousMinima.filter(({ energy }) => energy < -SHALLOW);
  for (const { x, energy } of wells.slice(0, 1)) {
    counts.minima += 1;
    const what = `${name} have a minimum of ${energy.toFixed(2)} eV at ${x.toFixed(2)} Å that the teacher does not have`;
    keep({ code: 'spurious-minimum', what, severity: 'serious' }, comparison, x);
  }
}

/** Largest distance in the repulsive range at which the student attracts and the teacher does not, Angstrom. */
function softPoint({ pair, teacher, student }: DimerComparison): number | undefined {
  const radii = pair.map((symbol) => COVALENT_RADII[numberOf(symbol)]);
  const reach = REPULSIVE * (radii[0] + radii[1]);
  let found: number | undefined;
  student.x.forEach((x, k) => {
    const own = student.force[k];
    const other = teacher.force[k];
    if (x < reach && own !== null && own < 0 && other !== null && other > 0) found = x;
  });
  return found;
}

function figuresOf(found: readonly DimerComparison[], counts: Counts): Figure[] {
  const largest = (values: readonly (number | null | undefined)[]): number | undefined => {
    const there = values.filter((value) => value !== null && value !== undefined);
    return there.length === 0 ? undefined : Math.max(...there.map(Math.abs));
  };
  const rmse = largest(found.map(({ forceRmse }) => forceRmse));
  const jump = largest(found.map(({ student }) => student.cutoff?.force));
  const unanswered = found.filter(({ teacher }) => teacher.features.failures === teacher.x.length);
  const why =
    unanswered.length === 0
      ? `${found.length} pairs`
      : `the teacher answers for ${found.length - unanswered.length} of ${found.length} pairs`;
  return [
    figure({ ...FIGURES[0], value: counts.soft, goal: GOALS.none, why }),
    figure({ ...FIGURES[1], value: counts.minima, goal: GOALS.none, why }),
    rmse === undefined
      ? skipped(FIGURES[2], 'no pair has answers of both')
      : figure({
          ...FIGURES[2],
          value: rmse,
          why: 'where the teacher is below 5 eV above its minimum',
        }),
    jump === undefined
      ? skipped(FIGURES[3], 'the student says no cutoff')
      : figure({ ...FIGURES[3], value: jump, goal: { max: SMALL_JUMP } }),
  ];
}

function dimerOf([a, b]: readonly [string, string], distance: number): Atoms {
  return createAtoms({ symbols: [a, b], positions: [0, 0, 0, distance, 0, 0] });
}

function plotsOf(found: readonly DimerComparison[]): Plot[] {
  return found.slice(0, MOST_PLOTS).map(({ pair, teacher, student: own }) => ({
    id: `dimer-${pair.join('-')}`,
    kind: 'lines',
    title: `Pair ${pair.join('-')}`,
    caption: `Energy of ${pair.join('-')} in vacuum, relative to the far end.`,
    x: { label: 'Distance', unit: 'Å' },
    y: { label: 'Energy', unit: 'eV', domain: wellDomain(teacher.energy, own.energy) },
    curves: [
      { of: 'teacher', x: teacher.x, y: teacher.energy },
      { of: 'student', x: own.x, y: own.energy },
    ],
  }));
}
