import { AbortedError, type Atoms, isMlffdError } from '@mlffd/core';
import {
  ForceErrorAccumulator,
  type ForceErrorSummary,
  type GroupForceErrors,
} from '../../forceErrors.ts';
import type { Check, CheckContext } from '../check.ts';
import { evaluate, rms, spread } from '../evaluate.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import { stoppedError } from '../stopped.ts';
import type { CheckResult, FailureMode, Figure, KeyFrame, Plot } from '../types.ts';

const FIGURES = [
  { key: 'force-rmse', label: 'Force RMSE', unit: 'eV/Å' },
  { key: 'force-mae', label: 'Force MAE', unit: 'eV/Å' },
  { key: 'force-max', label: 'Largest force error', unit: 'eV/Å' },
  { key: 'force-accuracy', label: 'Accuracy, 1 − MAE / mean |F|' },
  { key: 'energy-mae', label: 'Energy MAE, means aligned', unit: 'eV/atom' },
  { key: 'first-passage', label: 'Time until the force RMSE is above 0.2 eV/Å', unit: 'ps' },
] as const;

/** A force error of this many times the RMSE of the run is worth a frame, as is one above the goal. */
const OUTLIER = 5;

/** Force errors on the frames of the student's own run, or of the teacher's. */
export function forcesAlong(path: 'student' | 'teacher'): Check {
  const own = path === 'student';
  return {
    id: own ? 'forces-own-path' : 'forces-teacher-path',
    title: own
      ? 'Force errors along the own trajectory'
      : "Force errors along the teacher's trajectory",
    about: own
      ? 'How wrong the student is in the places that its own dynamics takes it to.'
      : "How wrong it is where the teacher's dynamics goes; the difference to its own trajectory is covariate shift.",
    per: 'system',
    version: 1,
    figures: FIGURES,
    run: (context) => along(context, path),
  };
}

/** What was found on one frame. */
interface FrameError {
  /** ps. */
  readonly time: number;
  readonly rmse: number;
  /** Student less teacher, eV/atom. */
  readonly energy: number;
}

async function along(context: CheckContext, path: 'student' | 'teacher'): Promise<CheckResult> {
  const { teacher, student, system, settings, runs, signal, progress } = context;
  const own = path === 'student';
  const run = own ? await runs.studentPath(system, student) : await runs.teacherPath(system);
  const frames = spread(run.frames, settings.frames);
  const errors = new ForceErrorAccumulator();
  const found: FrameError[] = [];
  const compared: Atoms[] = [];
  const failures: FailureMode[] = [];
  const scale = { sum: 0, count: 0 };
  for (const [k, { atoms, forces: kept, energy: known, time = 0 }] of frames.entries()) {
    if (signal.aborted) throw stoppedError(signal);
    progress({ done: k, total: frames.length, unit: 'frames' });
    try {
      const asked = await evaluate(own ? teacher : student.calculator, atoms);
      const there =
        kept === undefined || known === undefined
          ? await evaluate(own ? student.calculator : teacher, atoms)
          : { forces: kept, energy: known };
      const [expected, given] = own ? [asked, there] : [there, asked];
      errors.add({ numbers: atoms.numbers, teacher: expected.forces, student: given.forces, time });
      compared.push(atoms);
      for (const force of expected.forces) scale.sum += Math.abs(force);
      scale.count += expected.forces.length;
      found.push({
        time: time / 1000,
        rmse: rms(expected.forces.map((force, c) => given.forces[c] - force)),
        energy: (given.energy - expected.energy) / atoms.numbers.length,
      });
    } catch (error) {
      if (!isMlffdError(error) || error instanceof AbortedError) throw error;
      const name = own ? 'the teacher' : 'the student';
      const what = `${name} has no answer for a frame: ${error.message}`;
      failures.push({ code: 'no-answer', what, severity: own ? 'note' : 'fatal', time });
    }
  }
  if (found.length === 0) {
    const why = 'no frame could be compared';
    return { figures: FIGURES.map((of) => skipped(of, why)), failures };
  }
  return report(context, {
    path,
    errors,
    found,
    compared,
    failures,
    scale: scale.sum / scale.count,
  });
}

interface Findings {
  readonly path: 'student' | 'teacher';
  readonly errors: ForceErrorAccumulator;
  readonly found: readonly FrameError[];
  readonly compared: readonly Atoms[];
  readonly failures: FailureMode[];
  /** Mean |F| of the teacher, eV/Angstrom. */
  readonly scale: number;
}

function report({ system, student, keepFrame }: CheckContext, findings: Findings): CheckResult {
  const { path, errors, found, compared, failures, scale } = findings;
  const result = errors.summary();
  const { forceMae, forceRmse, forceMax } = numbersOf(errors.total());
  const { max } = GOALS.forceRmse;
  const passage = found.find(({ rmse }) => rmse > max)?.time;
  const shift = found.reduce((sum, { energy }) => sum + energy / found.length, 0);
  const spreadOfEnergy = found.reduce(
    (sum, { energy }) => sum + Math.abs(energy - shift) / found.length,
    0,
  );
  const figures: Figure[] = [
    figure({
      ...FIGURES[0],
      label: path === 'student' ? 'Force RMSE on the own path' : "Force RMSE on the teacher's path",
      value: forceRmse,
      goal: GOALS.forceRmse,
    }),
    figure({ ...FIGURES[1], value: forceMae }),
    figure({ ...FIGURES[2], value: forceMax }),
    figure({ ...FIGURES[3], value: 1 - forceMae / scale }),
    figure({ ...FIGURES[4], value: spreadOfEnergy }),
    passage === undefined
      ? {
          ...FIGURES[5],
          value: null,
          status: 'pass',
          why: `never within ${(found.at(-1)?.time ?? 0).toPrecision(3)} ps`,
        }
      : { ...FIGURES[5], value: passage, status: 'fail' },
    ...groupFigures(result),
  ];
  const key: KeyFrame[] = [];
  const { worst } = result;
  const isBad = forceMax > Math.max(max, OUTLIER * forceRmse);
  if (worst !== null) {
    const file = keepFrame(`${student.name}-${system.name}-worst-force-${path}`, {
      atoms: compared[worst.frame],
    });
    const label = `largest force error, ${path}'s trajectory: ${worst.error.toPrecision(3)} eV/Å on ${worst.symbol}${worst.atom + 1}`;
    key.push({ label, role: 'worst-force', file });
    if (isBad || forceRmse >= max) {
      const severity = forceRmse >= max ? 'serious' : 'note';
      failures.push({
        code: 'force-error',
        what: label,
        severity,
        frame: file,
        time: worst.time ?? 0,
      });
    }
  }
  return { figures, plots: [errorPlot(path, found)], failures, frames: key };
}

/** There is at least one frame. */
function numbersOf({
  forceMae,
  forceRmse,
  forceMax,
}: GroupForceErrors): Readonly<Record<'forceMae' | 'forceRmse' | 'forceMax', number>> {
  return { forceMae: forceMae ?? NaN, forceRmse: forceRmse ?? NaN, forceMax: forceMax ?? NaN };
}

function groupFigures(result: ForceErrorSummary): Figure[] {
  const figures: Figure[] = [];
  for (const [symbol, { forceRmse }] of Object.entries(result.byElement)) {
    if (forceRmse === null) continue;
    const goal = GOALS.forceRmse;
    const label = `Force RMSE of ${symbol}`;
    figures.push(
      figure({ key: `force-rmse-${symbol}`, label, value: forceRmse, unit: 'eV/Å', goal }),
    );
  }
  for (const { low, high, forceRmse } of result.byForce) {
    if (forceRmse === null) continue;
    const range = high === null ? `above ${low}` : `${low} to ${high}`;
    const key = `force-rmse-from-${low}`;
    const label = `Force RMSE where the teacher's force is ${range} eV/Å`;
    figures.push(figure({ key, label, value: forceRmse, unit: 'eV/Å' }));
  }
  return figures;
}

function errorPlot(path: 'student' | 'teacher', found: readonly FrameError[]): Plot {
  const own = path === 'student';
  return {
    id: `force-error-${path}`,
    kind: 'lines',
    title: own ? "Force error on the student's path" : "Force error on the teacher's path",
    caption: own
      ? "Force RMSE against the teacher on frames of the student's own run at constant energy."
      : "Force RMSE on frames of the teacher's run.",
    x: { label: 'Time', unit: 'ps' },
    y: { label: 'Force RMSE', unit: 'eV/Å', scale: 'log' },
    curves: [{ of: 'student', x: found.map(({ time }) => time), y: found.map(({ rmse }) => rmse) }],
    goal: { value: GOALS.forceRmse.max, label: 'goal' },
  };
}
