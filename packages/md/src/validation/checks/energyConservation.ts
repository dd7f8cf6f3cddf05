import { MIN_SAMPLES } from '../../lowFrequency.ts';
import { nveSlope, type NveSlope } from '../../nveSlope.ts';
import { standardDeviation } from '../../statistics.ts';
import type { Check } from '../check.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { RecordedRun } from '../recordRun.ts';
import type { Curve, FailureMode, Figure } from '../types.ts';

const UNIT = 'meV/atom/ps';
const FIGURES = [
  { key: 'nve-slope', label: 'Drift of the total energy', unit: UNIT },
  { key: 'nve-rms', label: 'Fluctuation of the total energy', unit: 'meV/atom' },
  { key: 'drift-over-fluctuation', label: 'Drift over the fluctuation of the kinetic energy' },
  { key: 'nve-slope-teacher', label: "Drift of the teacher's total energy", unit: UNIT },
] as const;

/** Points of a plotted curve. */
const PLOT_POINTS = 800;

/** Drift of the total energy at constant energy, with its band. */
export const energyConservation: Check = {
  id: 'energy-conservation',
  title: 'Conservation of energy',
  about:
    'Slope of the total energy of a run without thermostat, with a 95 % band that holds for correlated energies.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async ({ runs, system, student, inconsistency }) => {
    const atoms = system.atoms.numbers.length;
    const own = await runs.studentPath(system, student);
    const fit = slopeOf(own, atoms);
    if (fit === undefined) {
      const why = `the run has fewer than ${MIN_SAMPLES} samples${own.failure === undefined ? '' : `: ${own.failure.message}`}`;
      return {
        figures: FIGURES.map((of) =>
          own.failure === undefined
            ? skipped(of, why)
            : {
                ...of,
                value: null,
                unit: 'unit' in of ? of.unit : '',
                status: 'fail' as const,
                why,
              },
        ),
      };
    }
    const failures: FailureMode[] = [];
    const slope = figure({
      ...FIGURES[0],
      value: fit.slope,
      low: fit.low,
      high: fit.high,
      goal: GOALS.nveSlope,
      why: bandText(fit, own),
    });
    if (slope.status === 'fail') {
      const what = `the total energy drifts by ${fit.slope.toPrecision(2)} ${UNIT}`;
      failures.push({ code: 'energy-drift', what, severity: 'serious' });
    }
    const teacher = await teacherFigure();
    const curves: Curve[] = [{ of: 'student', ...energyCurve(own, atoms) }];
    if (inconsistency.conservative) {
      curves.push({ of: 'teacher', ...energyCurve(await runs.teacherPath(system), atoms) });
    }
    return {
      figures: [
        slope,
        figure({ ...FIGURES[1], value: fit.rms }),
        figure({
          ...FIGURES[2],
          value: driftOverFluctuation(fit, own, atoms),
          goal: GOALS.driftOverFluctuation,
        }),
        teacher,
      ],
      failures,
      plots: [
        {
          id: 'energy',
          kind: 'lines',
          title: 'Total energy without thermostat',
          caption: 'Total energy relative to its mean, of runs from the same thermal state.',
          x: { label: 'Time', unit: 'ps' },
          y: { label: 'Total energy less mean', unit: 'meV/atom' },
          curves,
        },
      ],
    };

    async function teacherFigure(): Promise<Figure> {
      if (!inconsistency.conservative) {
        return skipped(
          FIGURES[3],
          "the teacher's forces are not the gradient of its energy: a run of it at constant energy is no baseline",
        );
      }
      const found = slopeOf(await runs.teacherPath(system), atoms);
      if (found === undefined) return skipped(FIGURES[3], "the teacher's run is too short");
      return figure({ ...FIGURES[3], value: found.slope, low: found.low, high: found.high });
    }
  },
};

function slopeOf({ samples }: RecordedRun, atoms: number): NveSlope | undefined {
  if (samples.length < MIN_SAMPLES) return undefined;
  return nveSlope({
    times: samples.map(({ time }) => time),
    energies: samples.map(({ total }) => total),
    atoms,
  });
}

/** |slope| times the length of the run over the standard deviation of the kinetic energy. */
function driftOverFluctuation(
  { slope }: NveSlope,
  { samples }: RecordedRun,
  atoms: number,
): number {
  const picoseconds = ((samples.at(-1)?.time ?? 0) - samples[0].time) / 1000;
  const kinetic = Float64Array.from(samples, (sample) => sample.kinetic);
  return (Math.abs(slope) * picoseconds * atoms) / 1000 / standardDeviation(kinetic);
}

/** Where the band is wider than the goal: how long a run would tell. The band shrinks as time^-1.5. */
function bandText({ low, high }: NveSlope, { samples }: RecordedRun): string {
  const picoseconds = ((samples.at(-1)?.time ?? 0) - samples[0].time) / 1000;
  const half = (high - low) / 2;
  const { max } = GOALS.nveSlope;
  const over = `over ${picoseconds.toPrecision(3)} ps`;
  if (half <= max) return over;
  const needed = picoseconds * (half / max) ** (2 / 3);
  return `${over}; the band is wider than the goal, about ${needed.toPrecision(2)} ps would tell`;
}

function energyCurve({ samples }: RecordedRun, atoms: number): { x: number[]; y: number[] } {
  const mean = samples.reduce((sum, { total }) => sum + total / samples.length, 0);
  const stride = Math.max(1, Math.ceil(samples.length / PLOT_POINTS));
  const shown = samples.filter((_, k) => k % stride === 0);
  return {
    x: shown.map(({ time }) => time / 1000),
    y: shown.map(({ total }) => (1000 * (total - mean)) / atoms),
  };
}
