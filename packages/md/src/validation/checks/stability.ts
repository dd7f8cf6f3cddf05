import { type Atoms, numberOf, symbolOf } from '@mlffd/core';
import { BondMonitor } from '../../bonds.ts';
import { LOOSELY_BOUND } from '../../looselyBound.ts';
import type { Check, CheckContext } from '../check.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { RecordedRun } from '../recordRun.ts';
import type { FailureCode, FailureMode, Figure, KeyFrame } from '../types.ts';

const FIGURES = [
  { key: 'stable-part', label: 'Part of the dynamics until something breaks' },
  { key: 'stable-time', label: 'Time until something breaks', unit: 'ps' },
  { key: 'mean-temperature', label: 'Mean temperature in the bath', unit: 'K' },
  { key: 'bond-strain', label: 'Largest change of a bond', unit: 'Å' },
  {
    key: 'bond-strain-teacher',
    label: "Largest change of a bond in the teacher's runs",
    unit: 'Å',
  },
] as const;

/** Bonded to hydrogen: MLIPAudit calls it detached beyond this, Angstrom. */
const DETACHED = 2.5;
const HYDROGEN = numberOf('H');
/** Codes of guards by the name of the failure. */
const GUARD_FAILURES: Readonly<Record<string, FailureCode>> = {
  'md/too-hot': 'explosion',
  'md/force-limit': 'explosion',
  'md/close-contact': 'close-contact',
  'md/non-finite': 'non-finite',
};

/** Whether the student's dynamics holds together. */
export const stability: Check = {
  id: 'stability',
  title: 'Stability of the dynamics',
  about:
    'Runs in a bath and at constant energy until an atom gets too hot, too close or too strongly pulled, or a covalent bond breaks that the teacher keeps.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async (context) => {
    const { runs, system, student } = context;
    const own = [await runs.studentBath(system, student), await runs.studentPath(system, student)];
    const others = [await runs.teacherBath(system), await runs.teacherPath(system)];
    const start = await runs.start(system);
    const bonds = bondsOf(start);
    const reference = bonds === undefined ? undefined : strainOf(bonds, others);
    const strain = bonds === undefined ? undefined : strainOf(bonds, own);
    const failures: FailureMode[] = [];
    const frames: KeyFrame[] = [];
    const fail = (failure: Omit<FailureMode, 'frame'>, atoms: Atoms): void => {
      const name = `${student.name}-${system.name}-${failure.code}-${failures.length}`;
      const file = context.keepFrame(name, { atoms });
      failures.push({ ...failure, frame: file });
      frames.push({ label: failure.what, role: 'failure', file });
    };
    const times = own.map((run, k) => {
      const of = k === 0 ? 'in the bath' : 'at constant energy';
      return Math.min(
        guardFailure(run, of, fail),
        bondFailure({ run, of, bonds, reference }, fail),
      );
    });
    const length = own.reduce((sum, run) => sum + lengthOf(run, context), 0);
    const stable = own.reduce((sum, run, k) => sum + Math.min(times[k], lengthOf(run, context)), 0);
    frames.push(...endFrames(context, start, { own: own[1], other: others[1] }));
    return {
      figures: [
        figure({ ...FIGURES[0], value: stable / length, goal: GOALS.whole }),
        figure({ ...FIGURES[1], value: stable, why: `of ${length.toPrecision(3)} ps` }),
        figure({ ...FIGURES[2], value: meanTemperature(own[0]) }),
        ...strainFigures(strain, reference),
      ],
      failures,
      frames,
    };
  },
};

type Report = (failure: Omit<FailureMode, 'frame'>, atoms: Atoms) => void;

/** Time, ps, at which a guard stopped the run. */
function guardFailure({ failure, broken, frames }: RecordedRun, of: string, fail: Report): number {
  if (failure === undefined) return Infinity;
  const code = GUARD_FAILURES[failure.code] ?? 'no-answer';
  const atoms = broken?.atoms ?? frames.at(-1)?.atoms;
  const what = `${of}: ${failure.message}`;
  if (atoms !== undefined) fail({ code, what, severity: 'fatal', time: failure.time }, atoms);
  return failure.time / 1000;
}

interface BondQuestion {
  readonly run: RecordedRun;
  readonly of: string;
  readonly bonds: BondMonitor | undefined;
  /** Largest change in the teacher's runs, Angstrom. */
  readonly reference: number | undefined;
}

/** Time, ps, at which a bond is gone that the teacher's runs keep. */
function bondFailure({ run, of, bonds, reference = 0 }: BondQuestion, fail: Report): number {
  if (bonds === undefined || reference >= GOALS.bondStrain.max) return Infinity;
  for (const { atoms, time = 0 } of run.frames) {
    const { bond, length, deviation } = bonds.worst(atoms);
    if (deviation <= GOALS.bondStrain.max) continue;
    const names = bond.atoms.map((i) => `${symbolOf(atoms.numbers[i])}${i + 1}`);
    const withHydrogen = bond.atoms.some((i) => atoms.numbers[i] === HYDROGEN);
    const code = withHydrogen && length > DETACHED ? 'detached-hydrogen' : 'broken-bond';
    const what = `${of}: bond ${names.join('-')} is ${length.toFixed(2)} Å long after ${(time / 1000).toPrecision(3)} ps, ${bond.length.toFixed(2)} Å at the start`;
    fail({ code, what, severity: 'fatal', time }, atoms);
    return time / 1000;
  }
  return Infinity;
}

function strainFigures(strain: number | undefined, reference: number | undefined): Figure[] {
  if (strain === undefined || reference === undefined) {
    return FIGURES.slice(3).map((of) => skipped(of, 'the structure has no covalent bonds'));
  }
  const isLoose = reference >= GOALS.bondStrain.max;
  return [
    isLoose
      ? figure({
          ...FIGURES[3],
          value: strain,
          why: "neighbours come and go in the teacher's runs too",
        })
      : figure({ ...FIGURES[3], value: strain, goal: GOALS.bondStrain }),
    figure({ ...FIGURES[4], value: reference }),
  ];
}

function bondsOf(atoms: Atoms): BondMonitor | undefined {
  const monitor = new BondMonitor(atoms, { without: LOOSELY_BOUND, requireBonds: false });
  return monitor.bonds.length === 0 ? undefined : monitor;
}

function strainOf(bonds: BondMonitor, runs: readonly RecordedRun[]): number {
  let worst = 0;
  for (const { frames } of runs) {
    for (const { atoms } of frames) worst = Math.max(worst, bonds.worst(atoms).deviation);
  }
  return worst;
}

/** Length that the run was to have, ps. */
function lengthOf({ interval }: RecordedRun, { settings }: CheckContext): number {
  const intervals = Math.ceil((1000 * settings.picoseconds) / interval);
  return (intervals * interval) / 1000;
}

function meanTemperature({ samples }: RecordedRun): number {
  const later = samples.slice(Math.floor(samples.length / 4));
  return later.reduce((sum, { temperature }) => sum + temperature / later.length, 0);
}

function endFrames(
  { system, student, keepFrame }: CheckContext,
  atoms: Atoms,
  { own, other }: { readonly own: RecordedRun; readonly other: RecordedRun },
): KeyFrame[] {
  const start = keepFrame(`${system.name}-start`, { atoms });
  const frames: KeyFrame[] = [{ label: 'start', role: 'start', file: start }];
  const ends = [
    {
      run: other,
      role: 'teacher-end',
      name: `teacher-${system.name}-end`,
      label: 'teacher, last frame',
    },
    {
      run: own,
      role: 'student-end',
      name: `${student.name}-${system.name}-end`,
      label: 'student, last frame',
    },
  ] as const;
  for (const { run, role, name, label } of ends) {
    const last = run.frames.at(-1);
    if (last !== undefined)
      frames.push({ label, role, file: keepFrame(name, { atoms: last.atoms }) });
  }
  return frames;
}
