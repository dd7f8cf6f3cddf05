import type { Comparison, HarnessRecord, LeftOut } from '@mlffd/md';
import { PHASES } from '@mlffd/md';
import {
  type Bar,
  barChart,
  bandChart,
  formatNumber,
  formatPercent,
  latencyChart,
  lineChart,
  renderReport,
  type ReportFigure,
  type Section,
} from '@mlffd/report';
import { detailsText, stabilityText } from './text.ts';

/** What the page is made of. */
export interface BenchmarkPage {
  readonly records: readonly HarnessRecord[];
  readonly leftOut: readonly LeftOut[];
  readonly comparisons: readonly Comparison[];
  readonly limit: number;
}

/** `benchmark.html`: how a student fares in molecular dynamics. */
export async function benchmarkReport(page: BenchmarkPage): Promise<string> {
  const { records } = page;
  const [{ machine, subject, settings }] = records;
  const { picoseconds, temperature, timestep } = settings;
  const sections = [await dynamics(page), await speed(records)];
  if (page.comparisons.length > 0) sections.push(comparison(page));
  for (const record of records) sections.push(await oneSystem(record));
  sections.push(method(records));
  const sound = records.filter(({ stability }) => stability.censored).length;
  return renderReport({
    kicker: 'MLFF Distiller',
    title: 'A student in molecular dynamics',
    subtitle: `${subject.name}: ${formatNumber(picoseconds)} ps at constant energy from ${formatNumber(temperature)} K in steps of ${formatNumber(timestep)} fs, ${String(records.length)} systems.`,
    facts: [
      { label: 'Sound to the end', value: `${String(sound)} of ${String(records.length)}` },
      ...records
        .filter(({ nsPerDay }) => nsPerDay !== null)
        .slice(-3)
        .map(({ system, nsPerDay }) => ({
          label: system.name,
          value: nsPerDay ?? NaN,
          unit: 'ns/day',
        })),
    ],
    sections,
    data: page,
    footer: [
      `${machine.cpu}, ${String(machine.cores)} threads, ${String(machine.memory)} GiB, ${machine.simd}, ${machine.os}, Node ${machine.node}`,
      `student ${subject.hash}, ${detailsText(records[0])}`,
    ],
  });
}

async function dynamics({ records, leftOut }: BenchmarkPage): Promise<Section> {
  const drifts: Bar[] = records.flatMap(({ system, energy }) =>
    energy === null
      ? []
      : [{ label: system.name, value: energy.slope, low: energy.low, high: energy.high }],
  );
  return {
    title: 'Dynamics',
    status: records.every(({ stability }) => stability.censored) ? 'pass' : 'warn',
    text: 'The slope of the total energy is that of a least-squares line, with a band that holds for correlated energies. A run counts as stable until a covalent bond is more than 0.5 Å from its reference, or energy, forces or temperature run away.',
    figures:
      drifts.length === 0
        ? []
        : [
            {
              svg: await barChart({
                title: 'Drift of the total energy',
                value: { label: 'Drift', unit: 'meV/atom/ps' },
                bars: drifts,
              }),
              caption: 'Slope of the total energy with its 95 % band.',
            },
          ],
    tables: [
      {
        caption: 'Systems',
        columns: [
          { label: 'System' },
          { label: 'Formula' },
          { label: 'Atoms' },
          { label: 'Density', unit: 'g/cm³' },
          { label: 'Drift', unit: 'meV/atom/ps' },
          { label: 'Temperature', unit: 'K' },
          { label: 'Force error, rmse', unit: 'meV/Å' },
          { label: 'Stable' },
        ],
        rows: records.map((record) => {
          const { system, energy, temperature, forces, stability } = record;
          return [
            system.name,
            system.formula,
            system.atoms,
            system.density,
            energy?.slope ?? null,
            temperature?.mean ?? null,
            forces === null ? null : 1000 * forces.forceRmse,
            { value: stabilityText(record), status: stability.censored ? 'pass' : 'fail' },
          ];
        }),
      },
    ],
    callouts: leftOut.map(({ system, reason }) => ({
      status: 'info' as const,
      text: `${system} was left out: ${reason}.`,
    })),
  };
}

async function speed(records: readonly HarnessRecord[]): Promise<Section> {
  const timed = records
    .flatMap(({ system, latency, nsPerDay, list }) =>
      latency === null ? [] : [{ system, latency, nsPerDay, list }],
    )
    .sort((a, b) => a.system.atoms - b.system.atoms);
  if (timed.length === 0) return { title: 'Speed', text: 'No step was timed.' };
  const series = (['p50', 'p99'] as const).map((name) => ({
    name,
    points: true,
    x: timed.map(({ system }) => system.atoms),
    y: timed.map(({ latency }) => latency.step[name]),
  }));
  return {
    title: 'Speed',
    figures: [
      {
        svg: await lineChart({
          title: 'Time of a step by size',
          x: { label: 'Atoms', scale: 'log' },
          y: { label: 'Time of a step', unit: 'ms', scale: 'log' },
          series,
        }),
        caption: 'Median and 99th percentile. Both axes are logarithmic.',
      },
      {
        svg: await barChart({
          title: 'Phases of a step',
          value: { label: 'Share of the time', unit: '%' },
          bars: timed.flatMap(({ system, latency }) =>
            PHASES.map((phase) => ({
              label: system.name,
              series: phase,
              value: 100 * latency.phases[phase].share,
            })),
          ),
        }),
        caption: 'Shares of the four phases, which add up to the whole.',
      },
    ],
    tables: [
      {
        caption: 'Times of a step',
        columns: [
          { label: 'System' },
          { label: 'p50', unit: 'ms' },
          { label: 'p90', unit: 'ms' },
          { label: 'p99', unit: 'ms' },
          { label: 'Max', unit: 'ms' },
          { label: 'Pace', unit: 'ns/day' },
          { label: 'Pauses', unit: '% of the time' },
          { label: 'Slow steps with a pause', unit: '%' },
          { label: 'List alone', unit: 'ms' },
        ],
        rows: timed.map(({ system, latency: { basis, step, pauses }, nsPerDay, list }) => [
          basis === 'run' ? system.name : { value: system.name, note: 'free flight' },
          step.p50,
          step.p90,
          step.p99,
          step.max,
          nsPerDay,
          100 * pauses.share,
          100 * pauses.slowSteps,
          list?.latency.mean ?? null,
        ]),
        note: 'Pauses are those of the garbage collector; slow steps are the slowest hundredth. Free flight: the system fell apart too early to be timed, so these are steps in which atoms go straight on whatever the forces.',
      },
    ],
  };
}

function comparison({ comparisons, limit }: BenchmarkPage): Section {
  return {
    title: 'Against baselines',
    status: comparisons.some(({ tooSlow }) => tooSlow) ? 'fail' : 'pass',
    text: `Ratio of the times of a step, above 1 where it is slower now; ${formatPercent(limit)} more is allowed. The band is a bootstrap over stretches of both runs.`,
    tables: [
      {
        caption: 'Ratios',
        columns: [
          { label: 'System' },
          { label: 'Now', unit: 'ms' },
          { label: 'Baseline', unit: 'ms' },
          { label: 'Ratio' },
          { label: 'Low' },
          { label: 'High' },
          { label: 'Measured' },
        ],
        rows: comparisons.map(({ system, now, before, ratio, low, high, date, tooSlow }) => [
          system,
          now,
          before,
          { value: ratio, status: tooSlow ? ('fail' as const) : ('pass' as const) },
          low,
          high,
          date.slice(0, 10),
        ]),
      },
    ],
  };
}

async function oneSystem(record: HarnessRecord): Promise<Section> {
  const { system, energy, temperature, latency, forces, relaxation } = record;
  const figures: ReportFigure[] = [];
  if (energy !== null) {
    figures.push({
      svg: await bandChart({
        title: 'Total energy',
        x: { label: 'Time', unit: 'ps' },
        y: { label: 'Energy less its start', unit: 'meV/atom' },
        values: { x: energy.times, y: energy.values },
        fit: energy,
        slopeUnit: 'meV/atom/ps',
      }),
      caption: 'Total energy per atom with the fitted slope and its 95 % band.',
    });
  }
  if (energy !== null && temperature !== null) {
    figures.push({
      svg: await lineChart({
        title: 'Temperature',
        x: { label: 'Time', unit: 'ps' },
        y: { label: 'Temperature', unit: 'K' },
        series: [{ name: 'temperature', x: energy.times, y: temperature.values }],
      }),
      caption: `Mean ${formatNumber(temperature.mean)} K, between ${formatNumber(temperature.low)} and ${formatNumber(temperature.high)} K with 95 % confidence.`,
    });
  }
  if (latency !== null) {
    figures.push({
      svg: await latencyChart({
        title: 'Times of steps',
        unit: 'step',
        series: [{ name: 'steps', latency: latency.step }],
      }),
      caption: 'Share of the steps in bins of a tenth of a factor of ten.',
    });
  }
  if (forces !== null) {
    figures.push({
      svg: await lineChart({
        title: 'Force error along the run',
        x: { label: 'Time', unit: 'ps' },
        y: { label: 'Force error, rmse', unit: 'meV/Å' },
        series: [
          {
            name: 'error',
            points: true,
            x: forces.times,
            y: forces.rmse.map((value) => 1000 * value),
          },
        ],
      }),
      caption: `Against ${forces.teacher}, on the frames of the student's own run.`,
    });
  }
  const start =
    relaxation === null
      ? 'Run as given.'
      : `Relaxed in ${String(relaxation.steps)} steps to a largest force of ${formatNumber(relaxation.maxForce)} eV/Å.`;
  return {
    title: system.name,
    status: record.stability.censored ? 'pass' : 'fail',
    text: `${String(system.atoms)} atoms, ${system.formula}; coordinates: ${system.source}. ${start} Stable: ${stabilityText(record)}.`,
    figures,
  };
}

function method(records: readonly HarnessRecord[]): Section {
  const measuring = records.find(({ latency }) => latency !== null)?.latency?.measuring;
  return {
    title: 'Method',
    text: [
      'A step lasts from the first move of the atoms to the first move of the next step. `model` is the call of the student, its neighbour list included; `integrator` moves the atoms; `output` copies and writes frames; `driver` is the rest: guards, progress, turns of the event loop. Steps of the warm-up and the equilibration are not counted.',
      `${measuring === undefined ? '' : `Taking the times costs ${formatNumber(1000 * measuring)} µs of each step, which is not taken off. `}"List alone" is the neighbour list of @mlffd/core on steps of the same system: within the call of a student nobody can tell the list from the rest.`,
    ],
  };
}
