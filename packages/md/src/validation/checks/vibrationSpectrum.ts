import { masses } from '@mlffd/core';
import { type Histogram, wassersteinDistance } from '../../distributions.ts';
import { vibrationalDensity } from '../../vibrations.ts';
import type { Check } from '../check.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { RecordedRun } from '../recordRun.ts';

const FIGURES = [
  { key: 'vibrations', label: 'Vibrational density of states', unit: 'THz' },
] as const;
/** Fewest moments that a spectrum is made of. */
const FEWEST = 64;
/** THz; above are no vibrations. */
const HIGHEST = 140;

/** Whether atoms vibrate as the teacher's do. */
export const vibrationSpectrum: Check = {
  id: 'vibrations',
  title: 'Vibrational spectrum',
  about:
    "Power spectrum of the velocities: Wasserstein distance of student and teacher, and of two halves of the teacher's run.",
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async ({ runs, system, student }) => {
    const teacher = await runs.teacherPath(system);
    const own = await runs.studentPath(system, student);
    const weights = masses(system.atoms);
    const expectedMoments = momentsOf(teacher);
    const count = Math.min(expectedMoments.length, momentsOf(own).length);
    if (count < FEWEST) {
      const why = `${count} frames with velocities, at least ${FEWEST} are needed`;
      return { figures: FIGURES.map((of) => skipped(of, why)) };
    }
    // The same resolution for all three: a quarter of what there is.
    const segment = 2 ** Math.floor(Math.log2(count / 4));
    const { interval } = teacher;
    const spectrum = (velocities: Float64Array[]): Histogram =>
      vibrationalDensity({ velocities, masses: weights, interval, segment });
    const half = Math.floor(count / 2);
    const expected = spectrum(expectedMoments.slice(0, count));
    const found = spectrum(momentsOf(own).slice(0, count));
    const floor = wassersteinDistance(
      spectrum(expectedMoments.slice(0, half)),
      spectrum(expectedMoments.slice(half, 2 * half)),
    );
    const value = wassersteinDistance(expected, found);
    const why = `resolution ${expected.width.toPrecision(2)} THz; two halves of the teacher's run differ by ${floor.toPrecision(2)} THz`;
    const low = Math.max(0, value - floor);
    const curve = ({ centers, values }: Histogram): { x: number[]; y: number[] } => {
      const length = [...centers].filter((frequency) => frequency <= HIGHEST).length;
      return { x: [...centers.subarray(0, length)], y: [...values.subarray(0, length)] };
    };
    return {
      figures: [figure({ ...FIGURES[0], value, low, goal: GOALS.vibrations, why })],
      plots: [
        {
          id: 'vdos',
          kind: 'lines',
          title: 'Vibrational density of states',
          caption:
            'Power spectrum of mass-weighted velocities, from runs out of the same thermal state.',
          x: { label: 'Frequency', unit: 'THz' },
          y: { label: 'Density', unit: '1/THz' },
          curves: [
            { of: 'teacher', ...curve(expected) },
            { of: 'student', ...curve(found) },
          ],
        },
      ],
    };
  },
};

function momentsOf({ dense }: RecordedRun): Float64Array[] {
  return dense.flatMap(({ velocities }) => (velocities === undefined ? [] : [velocities]));
}
