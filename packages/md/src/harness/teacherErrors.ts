import { compareAlongTrajectory, type TrajectoryPoint } from '../compare.ts';
import { stepsOfSystem } from './identity.ts';
import type { MeasureOptions } from './measureOptions.ts';
import type { ForceReport } from './types.ts';

/** Errors of the calculator on frames of its own run; null without a teacher or frames. */
export async function teacherErrors(
  options: MeasureOptions,
  frames: readonly TrajectoryPoint[],
): Promise<ForceReport | null> {
  const { calculator: student, teacher, signal, onProgress } = options;
  if (teacher === undefined || frames.length === 0) return null;
  const total = stepsOfSystem(options.settings);
  const errors = await compareAlongTrajectory({
    teacher,
    student,
    frames,
    ...(signal === undefined ? {} : { signal }),
    onEvent: ({ frame }) => {
      onProgress(total, `teacher, frame ${frame.index + 1} of ${frames.length}`);
    },
  });
  const { forceMae, forceRmse, forceMax, energyMae } = errors;
  return {
    teacher: teacher.name,
    frames: errors.frames.length,
    forceMae,
    forceRmse,
    forceMax,
    energyMae,
    times: errors.frames.map(({ time = 0 }) => time / 1000),
    rmse: errors.frames.map((frame) => frame.forceRmse),
  };
}
