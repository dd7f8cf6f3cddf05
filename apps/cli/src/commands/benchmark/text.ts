import type { Comparison, HarnessRecord } from '@mlffd/md';
import { formatBytes, formatNumber, formatPercent, markdownTable } from '@mlffd/report';

const FREE_FLIGHT =
  '*: fell apart too early to be timed; these are steps with atoms that go straight on, whatever the forces.';

/** What the terminal shows of a benchmark. */
export function benchmarkText(records: readonly HarnessRecord[]): string {
  const [first] = records;
  const { timestep, temperature, picoseconds } = first.settings;
  const measuring = first.latency?.measuring;
  return [
    `${first.subject.name} (${detailsText(first)}), ${formatNumber(picoseconds)} ps at constant energy from ${formatNumber(temperature)} K, steps of ${formatNumber(timestep)} fs`,
    '',
    physicsTable(records),
    '',
    timesTable(records),
    ...(measuring === undefined
      ? []
      : ['', `Taking the times costs ${microseconds(measuring)} us of each step.`]),
    ...(records.some(({ latency }) => latency?.basis === 'free-flight') ? [FREE_FLIGHT] : []),
    ...(records.some(({ list }) => list !== null)
      ? [
          'list: the neighbour list of core alone, on steps of the same system; the list of the student is a part of its model.',
        ]
      : []),
  ].join('\n');
}

/** `backend auto: fused, threads 1`. */
export function detailsText({ subject }: HarnessRecord): string {
  return Object.entries(subject.details)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(', ');
}

/** The name with a star where the times are not those of the run. */
function starred({ system, latency }: HarnessRecord): string {
  return latency?.basis === 'free-flight' ? `${system.name} *` : system.name;
}

function physicsTable(records: readonly HarnessRecord[]): string {
  const withTeacher = records.some(({ forces }) => forces !== null);
  return markdownTable({
    columns: [
      { label: 'system' },
      { label: 'atoms' },
      { label: 'drift, meV/atom/ps' },
      { label: '95 %' },
      { label: 'T, K' },
      { label: 'stable' },
      { label: 'memory per 1000 steps' },
      ...(withTeacher ? [{ label: 'force error, meV/A (rmse)' }] : []),
    ],
    rows: records.map((record) => {
      const { system, energy, temperature, memory, forces } = record;
      return [
        system.name,
        system.atoms,
        energy?.slope ?? null,
        energy === null ? null : `${formatNumber(energy.low)} to ${formatNumber(energy.high)}`,
        temperature === null
          ? null
          : `${temperature.mean.toFixed(0)} (${temperature.low.toFixed(0)} to ${temperature.high.toFixed(0)})`,
        stabilityText(record),
        memory === null ? null : memoryText(memory),
        ...(withTeacher ? [forces === null ? null : 1000 * forces.forceRmse] : []),
      ];
    }),
  });
}

function timesTable(records: readonly HarnessRecord[]): string {
  return markdownTable({
    columns: [
      { label: 'system' },
      { label: 'us/step, p50' },
      { label: 'p90' },
      { label: 'p99' },
      { label: 'max' },
      { label: 'ns/day' },
      { label: 'model' },
      { label: 'integrator' },
      { label: 'output' },
      { label: 'driver' },
      { label: 'GC pauses' },
      { label: 'list, us' },
    ],
    rows: records.map((record) => {
      const { latency, nsPerDay, list } = record;
      if (latency === null) return [starred(record), ...new Array<null>(11).fill(null)];
      const { step, phases, pauses } = latency;
      return [
        starred(record),
        ...[step.p50, step.p90, step.p99, step.max].map(microseconds),
        nsPerDay,
        ...[phases.model, phases.integrator, phases.output, phases.driver].map(({ share }) =>
          formatPercent(share),
        ),
        `${formatPercent(pauses.share)}, longest ${microseconds(pauses.longest)} us`,
        list === null ? null : microseconds(list.latency.mean),
      ];
    }),
  });
}

/** `10 ps` or `broke at 0.3 ps: ...`. */
export function stabilityText({ stability }: HarnessRecord): string {
  const { censored, picoseconds, during, message } = stability;
  if (censored) return `${formatNumber(picoseconds)} ps, to the end`;
  const when =
    during === 'run' ? `after ${formatNumber(picoseconds)} ps` : `in its ${String(during)}`;
  return `fell apart ${when}: ${String(message)}`;
}

function memoryText({ growth }: NonNullable<HarnessRecord['memory']>): string {
  const { slope, grows } = growth.rss;
  return grows ? `grows by ${formatBytes(1000 * slope)}` : 'does not grow';
}

/** What the terminal shows of a comparison with baselines. */
export function comparisonText(
  comparisons: readonly Comparison[],
  { limit, records }: { readonly limit: number; readonly records: readonly HarnessRecord[] },
): string {
  const compared = new Set(comparisons.map(({ system }) => system));
  const without = records.map(({ system }) => system.name).filter((name) => !compared.has(name));
  const slow = comparisons.filter(({ tooSlow }) => tooSlow).map(({ system }) => system);
  return [
    markdownTable({
      columns: [
        { label: 'system' },
        { label: 'us/step' },
        { label: 'baseline' },
        { label: 'ratio' },
        { label: '95 %' },
        { label: 'measured' },
        { label: 'student' },
        { label: '' },
      ],
      rows: comparisons.map(({ system, now, before, ratio, low, high, date, ...rest }) => [
        system,
        microseconds(now),
        microseconds(before),
        ratio,
        `${formatNumber(low)} to ${formatNumber(high)}`,
        date.slice(0, 10),
        rest.sameSubject ? 'same' : 'another',
        rest.tooSlow ? 'too slow' : 'fine',
      ]),
    }),
    '',
    ...(without.length === 0 ? [] : [`without a baseline: ${without.join(', ')}`]),
    slow.length === 0
      ? `no system is slower than its baseline by more than ${formatPercent(limit)}`
      : `slower than the baseline by more than ${formatPercent(limit)}: ${slow.join(', ')}`,
  ].join('\n');
}

/** From ms. */
function microseconds(time: number): string {
  return formatNumber(1000 * time);
}
