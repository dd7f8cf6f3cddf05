import type {
  HotspotTable,
  ProfileComparison,
  ProfileRecord,
  SystemProfile,
} from '@mlffd/cuda-profiler';
import { formatNumber, formatPercent, markdownTable } from '@mlffd/report';

/** Lines of hotspots. */
const MOST_HOTSPOTS = 12;

/** What the terminal shows of a profile. */
export function profileText(profile: ProfileRecord): string {
  const { subject, overhead, systems } = profile;
  const details = Object.entries(subject.details).map(([key, value]) => `${key} ${String(value)}`);
  return [
    [subject.name, ...details].join(', '),
    '',
    timesTable(systems),
    '',
    ...lawLines(profile),
    ...systems.flatMap(systemLines),
    `Taking the time costs ${microseconds(overhead.synchronous / 1000)} us of a call, ${microseconds(overhead.promised / 1000)} us where it answers with a promise.`,
  ].join('\n');
}

function timesTable(systems: readonly SystemProfile[]): string {
  return markdownTable({
    columns: [
      { label: 'system' },
      { label: 'atoms' },
      { label: 'calls' },
      { label: 'warm-up' },
      { label: 'first, us' },
      { label: 'p50, us' },
      { label: 'p90' },
      { label: 'p99' },
      { label: 'max' },
      { label: 'drift per 1000' },
      { label: 'GC pauses' },
      { label: 'bytes/call' },
      { label: 'memory' },
    ],
    rows: systems.map((system) => {
      const { name, atoms, calls, warmup, firstCall, latency, drift, pauses, allocation } = system;
      return [
        name,
        atoms,
        calls,
        warmup.calls,
        firstCall === null ? null : microseconds(firstCall),
        ...[latency.p50, latency.p90, latency.p99, latency.max].map(microseconds),
        drift === null ? null : drift.drifts ? formatPercent(drift.slope) : 'none',
        formatPercent(pauses.share),
        allocation?.heap ?? null,
        memoryText(system),
      ];
    }),
  });
}

/** `no leak above 140 bytes`, the smallest that would have shown in the heap, or what grows. */
function memoryText({ memory }: SystemProfile): string {
  if (memory === null) return 'not watched';
  if (memory.leaks) return `leaks: ${memory.where.join(', ')}`;
  return `no leak above ${formatNumber(memory.resolution.heapUsed)} bytes`;
}

function lawLines({ law }: ProfileRecord): string[] {
  if (law === null) return [];
  const { fixed, each, variable, exponent, error } = law;
  const unit = variable === 'edges' ? 'edge' : 'atom';
  return [
    `A call takes ${banded(fixed, 1000)} us + ${banded(each, 1e6)} ns per ${unit}${error === null ? '' : `, within ${formatPercent(error)}`}; it grows as atoms^${formatNumber(exponent.value)}.`,
  ];
}

const banded = (
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
  factor: number,
): string =>
  `${formatNumber(factor * value)} (${formatNumber(factor * low)} to ${formatNumber(factor * high)})`;

function systemLines({ name, warmup, memory, energy, pauses }: SystemProfile): string[] {
  const lines: string[] = [];
  if (!warmup.settled) lines.push(`${name}: the times had not settled; use more calls.`);
  if (pauses.slowSpans > 0.5) {
    lines.push(
      `${name}: ${formatPercent(pauses.slowSpans)} of the slowest calls have a pause of the garbage collector, up to ${microseconds(pauses.longest)} us.`,
    );
  }
  if (memory?.leaks === true) {
    const grown = memory.where.map((track) => {
      const { slope, low, high } = memory.growth[track];
      return `${track} by ${formatNumber(slope)} bytes per call (${formatNumber(low)} to ${formatNumber(high)})`;
    });
    lines.push(`${name}: memory grows over ${String(memory.calls)} calls: ${grown.join(', ')}.`);
  }
  if (energy !== null) {
    lines.push(
      `${name}: ${formatNumber(energy.perCall)} J per call at ${formatNumber(energy.power)} W${energy.reliable ? '' : ' (too short a run to be sure)'}.`,
    );
  }
  return lines;
}

/** What the terminal shows of hotspots: the longest lines. */
export function hotspotText({ source, by, wall, rows, overhead }: HotspotTable): string {
  const lines = [...rows, ...overhead].sort((a, b) => b.time - a.time).slice(0, MOST_HOTSPOTS);
  return [
    `Hotspots of ${source}, ${formatNumber(wall)} us with the clocks on:`,
    '',
    markdownTable({
      columns: [{ label: by }, { label: 'us/call' }, { label: 'share' }],
      rows: lines.map(({ name, time, share }) => [name, time, formatPercent(share)]),
    }),
  ].join('\n');
}

/** What the terminal shows of a comparison. */
export function comparisonText(
  comparisons: readonly ProfileComparison[],
  { limit }: { readonly limit: number },
): string {
  const slow = comparisons.filter(({ tooSlow }) => tooSlow).map(({ system }) => system);
  return [
    markdownTable({
      columns: [
        { label: 'system' },
        { label: 'us/call' },
        { label: 'baseline' },
        { label: 'ratio' },
        { label: '95 %' },
        { label: 'p99 ratio' },
        { label: '' },
      ],
      rows: comparisons.map((one) => [
        one.system,
        microseconds(one.now),
        microseconds(one.before),
        one.ratio,
        `${formatNumber(one.low)} to ${formatNumber(one.high)}`,
        one.tail,
        one.tooSlow ? 'too slow' : one.significant ? 'fine' : 'no difference',
      ]),
    }),
    '',
    ...(comparisons.some(({ sameSubject }) => !sameSubject)
      ? ['The baseline is of another calculator, back end or number of threads.']
      : []),
    slow.length === 0
      ? `no call is slower than its baseline by more than ${formatPercent(limit)}`
      : `slower than the baseline by more than ${formatPercent(limit)}: ${slow.join(', ')}`,
  ].join('\n');
}

/** From ms. */
function microseconds(time: number): string {
  return formatNumber(1000 * time);
}
