import { machineKey } from '@mlffd/core';
import {
  barChart,
  formatBytes,
  formatNumber,
  formatPercent,
  latencyChart,
  lineChart,
  renderReport,
  type ReportFigure,
  type Section,
  type Table,
} from '@mlffd/report';
import { LEAK_TRACKS } from '../memory/leaks.ts';
import type { ProfileComparison } from './compareProfiles.ts';
import type { HotspotTable, MemoryReport, ProfileRecord, SystemProfile } from './types.ts';

/** Rows of a table of hotspots. */
const HOTSPOTS = 15;
const MIB = 2 ** 20;

/** What the page is made of. */
export interface ProfilePage {
  readonly profile: ProfileRecord;
  /** Default: none. */
  readonly comparisons?: readonly ProfileComparison[];
  /** Of the comparison: 0.1 for a tenth. */
  readonly limit?: number;
  /** From traces; default: none. */
  readonly hotspots?: readonly HotspotTable[];
}

/** A page about what a call costs: latency, drift, cost by size, memory, hotspots, comparison. */
export async function profileReport(page: ProfilePage): Promise<string> {
  const { profile, comparisons = [], hotspots = [] } = page;
  const { subject, systems } = profile;
  const sections = [await latencySection(profile)];
  if (comparisons.length > 0) sections.push(comparisonSection(comparisons, page.limit ?? 0));
  if (profile.law !== null) sections.push(await costSection(profile));
  sections.push(await memorySection(systems));
  if (systems.some(({ energy }) => energy !== null)) sections.push(energySection(systems));
  for (const table of hotspots) sections.push(await hotspotSection(table));
  for (const system of systems) sections.push(await systemSection(system));
  sections.push(methodSection(profile));
  return renderReport({
    kicker: 'MLFF Distiller',
    title: 'What a call costs',
    subtitle: `${subject.name}: ${String(systems.length)} structures of ${systems.map(({ atoms }) => String(atoms)).join(', ')} atoms.`,
    facts: systems.slice(0, 4).map(({ atoms, latency }) => ({
      label: `${String(atoms)} atoms`,
      value: latency.p50,
      unit: 'ms',
      note: `p99 ${formatNumber(latency.p99)} ms`,
    })),
    sections,
    data: { profile, comparisons, hotspots },
    footer: [
      machineKey(profile.machine),
      `${subject.name} ${subject.hash}${detailsText(profile)}, ${profile.date}`,
    ],
  });
}

/** `, backend fused, threads 1`. */
function detailsText({ subject }: ProfileRecord): string {
  return Object.entries(subject.details)
    .map(([key, value]) => `, ${key} ${String(value)}`)
    .join('');
}

async function latencySection({ systems }: ProfileRecord): Promise<Section> {
  return {
    title: 'Latency',
    text: 'Single calls, one after another, each with positions of its own. Calls of the warm-up, which ends at the change point that was found, do not count.',
    figures: [
      {
        svg: await latencyChart({
          title: 'Distribution of the time of a call',
          unit: 'call',
          series: systems.slice(0, 7),
        }),
        caption: 'Share of the calls in bins of a tenth of a factor of ten.',
        wide: true,
      },
    ],
    tables: [latencyTable(systems), pauseTable(systems)],
    callouts: systems
      .filter(({ warmup }) => !warmup.settled)
      .map(({ name }) => ({
        status: 'warn' as const,
        text: `${name}: the times had not settled in the first half of the run. Use more calls.`,
      })),
  };
}

function latencyTable(systems: readonly SystemProfile[]): Table {
  return {
    caption: 'Times of a call',
    columns: [
      { label: 'System' },
      { label: 'Atoms' },
      { label: 'Edges' },
      { label: 'Calls' },
      { label: 'Warm-up', unit: 'calls' },
      { label: 'First call', unit: 'ms' },
      { label: 'p50', unit: 'ms' },
      { label: 'p90', unit: 'ms' },
      { label: 'p99', unit: 'ms' },
      { label: 'Max', unit: 'ms' },
      { label: 'Drift', unit: '% per 1000 calls' },
    ],
    rows: systems.map(({ name, atoms, edges, calls, warmup, firstCall, latency, drift }) => [
      name,
      atoms,
      edges,
      calls,
      warmup.calls,
      firstCall,
      latency.p50,
      latency.p90,
      latency.p99,
      latency.max,
      drift === null
        ? null
        : drift.drifts
          ? { value: 100 * drift.slope, status: 'warn' as const }
          : { value: 'none', note: `${percents(drift.low)} to ${percents(drift.high)}` },
    ]),
  };
}

const percents = (value: number): string => formatNumber(100 * value);

function pauseTable(systems: readonly SystemProfile[]): Table {
  return {
    caption: 'Garbage collection',
    columns: [
      { label: 'System' },
      { label: 'Allocated per call', unit: 'bytes, heap' },
      { label: 'Outside of the heap', unit: 'bytes' },
      { label: 'Pauses' },
      { label: 'Longest', unit: 'ms' },
      { label: 'Share of the time', unit: '%' },
      { label: 'Slow calls with a pause', unit: '%' },
    ],
    rows: systems.map(({ name, allocation, pauses }) => [
      name,
      allocation?.heap ?? null,
      allocation?.external ?? null,
      pauses.count,
      pauses.longest,
      100 * pauses.share,
      100 * pauses.slowSpans,
    ]),
    note: 'Pauses within calls, of the thread that makes them. Slow calls are the slowest hundredth.',
  };
}

function comparisonSection(comparisons: readonly ProfileComparison[], limit: number): Section {
  return {
    title: 'Against a baseline',
    status: comparisons.some(({ tooSlow }) => tooSlow) ? 'fail' : 'pass',
    text: `Ratio of the times of a call, above 1 where it is slower now; ${formatPercent(limit)} more is allowed. The band of 95 % is a bootstrap over stretches of both runs.`,
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
          { label: 'Ratio of p99' },
          { label: 'Significant' },
        ],
        rows: comparisons.map((one) => [
          one.system,
          one.now,
          one.before,
          { value: one.ratio, status: one.tooSlow ? ('fail' as const) : ('pass' as const) },
          one.low,
          one.high,
          one.tail,
          one.significant,
        ]),
        ...(comparisons.every(({ sameSubject }) => sameSubject)
          ? {}
          : { note: 'The baseline is of another calculator, back end or number of threads.' }),
      },
    ],
  };
}

async function costSection({ systems, law }: ProfileRecord): Promise<Section> {
  if (law === null) return { title: 'Cost by size' };
  const sizeOf = ({ atoms, edges }: SystemProfile): number =>
    Math.max(1, law.variable === 'edges' ? (edges ?? 0) : atoms);
  const sorted = systems.toSorted((a, b) => sizeOf(a) - sizeOf(b));
  const [least, most] = [sizeOf(sorted[0]), sizeOf(sorted[sorted.length - 1])];
  const x = Array.from({ length: 40 }, (_, k) => least * (most / least) ** (k / 39));
  return {
    title: 'Cost by size',
    text: `A call takes ${banded(law.fixed, 1000)} µs and ${banded(law.each, 1e6)} ns per ${law.variable === 'edges' ? 'edge' : 'atom'}${law.error === null ? '' : `; the law is off by up to ${formatPercent(law.error)}`}. Over these sizes the time grows as the number of atoms to the power of ${banded(law.exponent, 1)}.`,
    figures: [
      {
        svg: await lineChart({
          title: 'Time of a call by size',
          x: { label: law.variable === 'edges' ? 'Edges' : 'Atoms', scale: 'log' },
          y: { label: 'Time of a call', unit: 'ms', scale: 'log' },
          series: [
            {
              name: 'median',
              points: true,
              x: sorted.map(sizeOf),
              y: sorted.map(({ latency }) => latency.p50),
            },
            {
              name: 'p99',
              points: true,
              x: sorted.map(sizeOf),
              y: sorted.map(({ latency }) => latency.p99),
            },
            {
              name: 'law',
              dashed: true,
              x,
              y: x.map((size) => law.fixed.value + law.each.value * size),
            },
          ],
        }),
        caption: 'Measured times and the fitted law. Both axes are logarithmic.',
        wide: true,
      },
    ],
  };
}

function banded(
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
  factor: number,
): string {
  return `${formatNumber(factor * value)} (${formatNumber(factor * low)} to ${formatNumber(factor * high)})`;
}

async function memorySection(systems: readonly SystemProfile[]): Promise<Section> {
  const watched = systems.flatMap((system) =>
    system.memory === null ? [] : [{ ...system, memory: system.memory }],
  );
  const figures: ReportFigure[] = [];
  for (const { name, memory } of watched) figures.push(await memoryFigure(name, memory));
  const leaks = watched.filter(({ memory }) => memory.leaks);
  return {
    title: 'Memory',
    ...(watched.length === 0 ? {} : { status: leaks.length === 0 ? 'pass' : 'fail' }),
    text:
      watched.length === 0
        ? 'Not watched: too few calls fit into the time.'
        : `Growth per call over a run of its own, in which the garbage collector ${watched[0].memory.collection === 'forced' ? 'is called' : 'is made to run by large buffers that are dropped'} before each sample. A leak is growth that goes on, with a band of ${formatPercent(watched[0].memory.confidence)} above zero.`,
    tables: [
      ...(watched.length === 0 ? [] : [growthTable(watched)]),
      {
        caption: 'Largest resident set by phase',
        columns: [
          { label: 'System' },
          { label: 'Calls', unit: 'MiB' },
          { label: 'Memory run', unit: 'MiB' },
        ],
        rows: systems.map(({ name, peaks }) => [
          name,
          peaks.calls / MIB,
          'memory' in peaks ? peaks.memory / MIB : null,
        ]),
      },
    ],
    figures,
  };
}

function growthTable(
  watched: readonly (SystemProfile & { readonly memory: MemoryReport })[],
): Table {
  return {
    caption: 'Growth per call',
    columns: [
      { label: 'System' },
      { label: 'Calls' },
      ...LEAK_TRACKS.map((track) => ({ label: track, unit: 'bytes per call' })),
      { label: 'Would be seen from', unit: 'bytes per call, heap' },
    ],
    rows: watched.map(({ name, memory }) => [
      name,
      memory.calls,
      ...LEAK_TRACKS.map((track) => {
        const { slope, low, high, grows } = memory.growth[track];
        return {
          value: formatNumber(slope),
          status: grows ? ('fail' as const) : ('pass' as const),
          note: `${formatNumber(low)} to ${formatNumber(high)}`,
        };
      }),
      memory.resolution.heapUsed,
    ]),
    note: '`native` is the resident set without the heap of JavaScript; `external` is memory that its objects hold outside, `arrayBuffers` a part of that.',
  };
}

async function memoryFigure(name: string, { series }: MemoryReport): Promise<ReportFigure> {
  const tracks = ['rss', 'heapUsed', 'external', 'arrayBuffers'] as const;
  return {
    svg: await lineChart({
      title: `Memory, ${name}`,
      x: { label: 'Calls' },
      y: { label: 'Change since the start', unit: 'MiB' },
      series: tracks.map((track) => ({
        name: track,
        x: series.calls,
        y: series[track].map((value) => (value - series[track][0]) / MIB),
      })),
    }),
    caption: `${name}: from a start of ${formatBytes(series.rss[0])} resident.`,
  };
}

function energySection(systems: readonly SystemProfile[]): Section {
  const read = systems.flatMap((system) =>
    system.energy === null ? [] : [{ name: system.name, energy: system.energy }],
  );
  return {
    title: 'Energy',
    text: 'Mean power of the device over the timed calls, times the time of a call. Devices sample their power rarely, so that only runs of over 10 s count.',
    tables: [
      {
        caption: 'Energy of a call',
        columns: [
          { label: 'System' },
          { label: 'Power', unit: 'W' },
          { label: 'Idle', unit: 'W' },
          { label: 'Per call', unit: 'J' },
          { label: 'Above idle', unit: 'J' },
          { label: 'Run', unit: 's' },
        ],
        rows: read.map(({ name, energy }) => [
          name,
          energy.power,
          energy.idlePower,
          energy.perCall,
          energy.abovePerCall,
          energy.reliable
            ? energy.seconds
            : { value: energy.seconds, status: 'warn' as const, note: 'too short' },
        ]),
      },
    ],
  };
}

async function hotspotSection(table: HotspotTable): Promise<Section> {
  const rows = table.rows.slice(0, HOTSPOTS);
  return {
    title: `Hotspots by ${table.by}`,
    text: `${table.source}: ${formatNumber(table.wall)} µs per call, mean of ${String(table.runs)} calls that were traced in a pass of their own. The parts add up to the wall time within ${formatPercent(table.error)}.`,
    figures: [
      {
        svg: await barChart({
          title: `Hotspots by ${table.by}`,
          value: { label: 'Share of a call', unit: '%' },
          bars: rows.slice(0, 10).map(({ name, share }) => ({ label: name, value: 100 * share })),
        }),
        caption: 'Self times.',
      },
    ],
    tables: [
      {
        caption: `Where the time goes, by ${table.by}`,
        columns: [
          { label: 'Name' },
          { label: 'Time', unit: 'µs per call' },
          { label: 'Share', unit: '%' },
          { label: 'Events', unit: 'per call' },
        ],
        rows: [...rows, ...table.overhead].map(({ name, time, share, count }) => [
          name,
          time,
          100 * share,
          count,
        ]),
      },
    ],
  };
}

async function systemSection(system: SystemProfile): Promise<Section> {
  const { name, atoms, edges, course, latency, phases, warmup } = system;
  const step = system.calls / course.length;
  const pace = phases.find((phase) => phase.name === 'calls');
  return {
    title: name,
    text: `${String(atoms)} atoms${edges === null ? '' : `, ${String(edges)} edges`}; ${String(system.calls)} calls after a warm-up of ${String(warmup.calls)}. Between ${formatNumber(latency.min)} and ${formatNumber(latency.max)} ms, mean ${formatNumber(latency.mean)} ms${pace === undefined ? '' : `; ${formatPercent(pace.busy)} of the run was within calls`}.`,
    figures: [
      {
        svg: await lineChart({
          title: `Over time, ${name}`,
          x: { label: 'Calls' },
          y: { label: 'Time of a call', unit: 'ms' },
          series: [
            {
              name: 'median',
              x: course.map((_, k) => warmup.calls + (k + 0.5) * step),
              y: course,
            },
          ],
        }),
        caption: 'Medians of stretches of the run.',
        wide: true,
      },
    ],
  };
}

function methodSection({ overhead }: ProfileRecord): Section {
  return {
    title: 'Method',
    text: [
      `Taking the time of a call costs ${formatNumber(overhead.synchronous)} µs where a calculator answers at once and ${formatNumber(overhead.promised)} µs where it answers with a promise; this is within the times and not taken off.`,
      'The warm-up ends at the most likely change point between calls that are slow against the second half of the run and calls that are not. Drift is the Theil-Sen slope of medians of stretches with a band of 99 %. The law of the cost is a robust line with relative weights; its band is a bootstrap over stretches of each size.',
    ],
  };
}
