import { InvalidArgumentError, AbortedError, type Atoms, type Calculator } from '@mlffd/core';
import { ForceErrorAccumulator, type ForceErrorSummary } from './forceErrors.ts';
import { checkedResults, type Having } from './results.ts';

/** Differences of student and teacher on one structure. */
export interface FrameErrors {
  /** Index of the frame in the input. */
  readonly index: number;
  /** fs, where the frame had a time. */
  readonly time: number | undefined;
  /** (student - teacher) / N, eV/atom. */
  readonly energy: number;
  /** Mean absolute difference of force components, eV/Angstrom. */
  readonly forceMae: number;
  /** Root mean square difference of force components, eV/Angstrom. */
  readonly forceRmse: number;
  /** Largest norm of a force difference, eV/Angstrom. */
  readonly forceMax: number;
  /** Root mean square of the teacher's force components, eV/Angstrom. */
  readonly teacherForceRms: number;
}

/** Differences along a whole trajectory. */
export interface TrajectoryErrors extends ForceErrorSummary {
  readonly frames: readonly FrameErrors[];
  /** Mean absolute energy difference, eV/atom. */
  readonly energyMae: number;
  /** Over all components of all frames, eV/Angstrom. */
  readonly forceMae: number;
  readonly forceRmse: number;
  readonly forceMax: number;
  /** 1 - forceMae / mean |teacher's force component|. */
  readonly forceAccuracy: number;
}

/** Something with a structure: a frame of a run, a frame of a file. */
export interface TrajectoryPoint {
  readonly atoms: Atoms;
  /** fs. */
  readonly time?: number;
}

/** Two calculators and the structures to compare them on. */
export interface CompareOptions {
  readonly teacher: Calculator;
  readonly student: Calculator;
  readonly frames: Iterable<TrajectoryPoint> | AsyncIterable<TrajectoryPoint>;
  /** Called after each frame. */
  readonly onEvent?: (event: { readonly type: 'compared'; readonly frame: FrameErrors }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Energy and force errors of a student on given structures, in order.
 *
 * On frames of the student's own dynamics this shows what a test set cannot: how wrong the student
 * is in the places it goes to by itself.
 *
 * @throws InvalidArgumentError without frames, `md/missing-result`; AbortedError
 */
export async function compareAlongTrajectory(options: CompareOptions): Promise<TrajectoryErrors> {
  const { teacher, student, signal, onEvent } = options;
  const frames: FrameErrors[] = [];
  const groups = new ForceErrorAccumulator();
  const sums = { energy: 0, absolute: 0, square: 0, teacher: 0, components: 0, max: 0 };
  for await (const point of options.frames) {
    if (signal?.aborted === true) {
      throw new AbortedError('md/aborted', `comparison stopped after ${frames.length} frames`, {
        where: `frame ${frames.length}`,
        hint: 'Start it again; nothing is kept.',
        cause: signal.reason,
      });
    }
    const expected = await evaluate(teacher, point.atoms);
    const found = await evaluate(student, point.atoms);
    let absolute = 0;
    let square = 0;
    let max = 0;
    let teacherSquare = 0;
    for (let k = 0; k < expected.forces.length; k += 3) {
      let norm = 0;
      for (let c = k; c < k + 3; c += 1) {
        const difference = found.forces[c] - expected.forces[c];
        absolute += Math.abs(difference);
        norm += difference * difference;
        teacherSquare += expected.forces[c] ** 2;
        sums.teacher += Math.abs(expected.forces[c]);
      }
      square += norm;
      max = Math.max(max, Math.sqrt(norm));
    }
    const components = expected.forces.length;
    groups.add({
      numbers: point.atoms.numbers,
      teacher: expected.forces,
      student: found.forces,
      time: point.time,
    });
    const frame: FrameErrors = {
      index: frames.length,
      time: point.time,
      energy: (found.energy - expected.energy) / (components / 3),
      forceMae: absolute / components,
      forceRmse: Math.sqrt(square / components),
      forceMax: max,
      teacherForceRms: Math.sqrt(teacherSquare / components),
    };
    frames.push(frame);
    sums.energy += Math.abs(frame.energy);
    sums.absolute += absolute;
    sums.square += square;
    sums.components += components;
    sums.max = Math.max(sums.max, max);
    onEvent?.({ type: 'compared', frame });
  }
  if (frames.length === 0) {
    throw new InvalidArgumentError('md/invalid-option', 'there are no frames to compare on', {
      expected: 'at least one frame',
      found: 'none',
      where: 'frames',
      hint: 'Collect frames with onFrame of runMd, or read a trajectory.',
    });
  }
  return {
    frames,
    energyMae: sums.energy / frames.length,
    forceMae: sums.absolute / sums.components,
    forceRmse: Math.sqrt(sums.square / sums.components),
    forceMax: sums.max,
    forceAccuracy: 1 - sums.absolute / sums.teacher,
    ...groups.summary(),
  };
}

/** First time, fs, at which the force RMSE is above `threshold` (eV/Angstrom); undefined if never. */
export function firstPassageTime(errors: TrajectoryErrors, threshold: number): number | undefined {
  return errors.frames.find((frame) => frame.forceRmse > threshold)?.time;
}

async function evaluate(
  calculator: Calculator,
  atoms: Atoms,
): Promise<Having<'energy' | 'forces'>> {
  const properties = ['energy', 'forces'] as const;
  const results = await calculator.calculate(atoms, properties);
  return checkedResults(calculator, results, { properties, count: atoms.numbers.length });
}
