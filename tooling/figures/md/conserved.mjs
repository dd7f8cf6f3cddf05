// Constant energy for 100 ps with each student: drift, memory, speed.
import { join } from 'node:path';
import { ask } from '../../../packages/student/bench/programs.mjs';
import { remembered } from '../measured.mjs';
import { digits } from '../table.mjs';

const RUN = join(import.meta.dirname, 'nveRun.mjs');
const TIME = join(import.meta.dirname, 'stepTime.mjs');
/** fs */
const TIMESTEP = 0.5;
const FULL = { picoseconds: 100, equilibration: 10_000 };
const TRIAL = { picoseconds: 0.2, equilibration: 100 };
/** Steps that ASE repeats. */
const SHARED = 100;
/** Goal of the drift, meV/atom/ps. */
const GOAL = 1e-3;
const MB = 2 ** 20;
/** Nanoseconds a day of steps of 1 fs that take 1 ms. */
const NS_PER_DAY = 86.4;

const speed = ({ timestep, stepMs }) => (NS_PER_DAY * timestep) / stepMs;

/** Runs one system, or reads what an earlier run found. */
export async function conserved({ system, student, start, folder, trial = false }) {
  const { picoseconds, equilibration } = trial ? TRIAL : FULL;
  const request = {
    student,
    start,
    temperature: system.temperature,
    timestep: TIMESTEP,
    steps: Math.round((1000 * picoseconds) / TIMESTEP),
    equilibration,
    bonds: system.bonds,
    shared: SHARED,
  };
  const name = `${system.key}: ${picoseconds} ps at constant energy`;
  const run = await remembered(join(folder, `nve-${picoseconds}.json`), () => {
    console.log(name);
    return ask(process.execPath, ['--expose-gc', RUN], { request, cores: 1 });
  });
  const time = await remembered(join(folder, 'step.json'), () => {
    console.log(`${system.key}: time of a step`);
    const { frame } = run;
    return ask(process.execPath, [TIME], {
      request: { student, frame, timestep: TIMESTEP },
      cores: 1,
    });
  });
  return { ...run, ...time, picoseconds, timestep: TIMESTEP };
}

/** Flat figures of one system. */
export function conservedFigures(key, found) {
  const { drift, memory, stepMs, temperature } = found;
  return {
    [`nve_slope_${key}`]: drift.slope,
    [`nve_band_${key}`]: (drift.high - drift.low) / 2,
    [`nve_low_${key}`]: drift.low,
    [`nve_high_${key}`]: drift.high,
    [`nve_rms_${key}`]: drift.rms,
    [`nve_temperature_${key}`]: temperature,
    [`ns_per_day_${key}`]: speed(found),
    [`step_ms_${key}`]: stepMs,
    [`rss_growth_mb_${key}`]: memory.rss.growth / MB,
  };
}

const band = ({ growth, low, high }) =>
  `${digits(growth / MB, 2)} (${digits(low / MB, 2)} to ${digits(high / MB, 2)})`;

/** Columns and rows of the table. */
export function conservedTable(results) {
  return {
    columns: [
      'system',
      'atoms',
      'teacher',
      'student',
      'K',
      'drift, meV/atom/ps (95 % band)',
      'goal',
      'fluctuation, meV/atom',
      'longest stretch of a bond, A',
      'growth of resident memory, MB',
      'ms/step',
      'ns/day',
    ],
    rows: results.map(({ system, found }) => [
      system.title,
      digits(found.frame.numbers.length),
      system.teacherName,
      system.preset,
      digits(found.temperature),
      `${digits(found.drift.slope, 2)} (${digits(found.drift.low, 2)} to ${digits(found.drift.high, 2)})`,
      `< ${GOAL}`,
      digits(found.drift.rms, 2),
      found.worst === undefined ? '-' : digits(found.worst, 2),
      band(found.memory.rss),
      digits(found.stepMs),
      digits(speed(found)),
    ]),
  };
}
