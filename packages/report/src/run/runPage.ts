import { basename, dirname } from 'node:path';
import { formatDuration, formatNumber } from '../format.ts';
import { renderReport, type Callout, type Fact, type Section } from '../html/report.ts';
import type { Table } from '../html/table.ts';
import { counted, metricName } from './metricNames.ts';
import { lossSection, optimiserSection } from './trainingSections.ts';
import type { RunRecord } from './readRun.ts';
import { type LogRecord, numberAt, valueAt } from './runLog.ts';
import { bestEpoch, runState, type RunState } from './runState.ts';
import { validationSection } from './validationSection.ts';

/** Choices of `runPage`. */
export interface RunPageOptions {
  /** The moment that rates and silence are judged at, milliseconds since 1970; default: now. */
  readonly now?: number;
  /** Seconds after which the page of a run that has not ended loads itself again; default 15. */
  readonly refresh?: number;
}

/** Events that are listed one by one. */
const MOST_EVENTS = 50;

/**
 * A training run as one HTML page: how far it is, what it has learned, how it fares. Made from what
 * lies in its folder, also while it trains; then the page loads itself again every few seconds.
 */
export async function runPage(run: RunRecord, options: RunPageOptions = {}): Promise<string> {
  const now = options.now ?? Date.now();
  const state = runState(run, now);
  const html = renderReport({
    kicker: 'MLFF Distiller · training run',
    title: nameOf(run.folder),
    ...subtitleOf(run),
    facts: factsOf(run, state),
    sections: [
      progressSection(run, state),
      await validationSection(run),
      await lossSection(run),
      await optimiserSection(run),
      configurationSection(run),
    ],
    data: { folder: nameOf(run.folder), state, epochs: run.log.epochs, events: run.log.events },
    footer: [
      `Log of ${new Date(run.updated).toISOString()}, page of ${new Date(now).toISOString()}` +
        (run.version === '' ? '.' : `; trainer ${run.version}.`),
    ],
  });
  if (state.phase === 'completed' || state.phase === 'stopped') return html;
  const seconds = Math.max(1, Math.round(options.refresh ?? 15));
  return html.replace('<head>', `<head>\n<meta http-equiv="refresh" content="${String(seconds)}">`);
}

/** Runs inside a pipeline lie in a folder that is always called the same. */
function nameOf(folder: string): string {
  const name = basename(folder);
  return name === 'training' ? basename(dirname(folder)) : name;
}

function subtitleOf({ config }: RunRecord): { subtitle?: string } {
  const number = (...path: string[]): string => formatNumber(numberAt(config, ...path));
  if (valueAt(config, 'model') === undefined) return {};
  const basis = String(valueAt(config, 'model', 'radialBasis', 'type'));
  return {
    subtitle:
      `PaiNN with ${number('model', 'features')} features, ${number('model', 'interactions')} interactions, ` +
      `${number('model', 'radialBasis', 'count')} ${basis} functions and a cutoff of ${number('model', 'cutoff')} Å.`,
  };
}

const PHASES: Readonly<Record<RunState['phase'], string>> = {
  running: 'training',
  silent: 'silent',
  completed: 'finished',
  stopped: 'ended early',
};

function factsOf(run: RunRecord, state: RunState): Fact[] {
  const best = bestEpoch(run);
  const { epoch, epochs, step, steps, rate, secondsLeft } = state;
  const facts: Fact[] = [
    { label: 'State', value: PHASES[state.phase] },
    {
      label: 'Epoch',
      value: `${formatNumber(epoch)}${epochs === undefined ? '' : ` of ${formatNumber(epochs)}`}`,
      note: `step ${formatNumber(step)}${steps === undefined ? '' : ` of ${formatNumber(steps)}`}`,
    },
  ];
  if (secondsLeft !== undefined && state.phase === 'running') {
    facts.push({ label: 'Time left', value: formatDuration(secondsLeft) });
  }
  if (rate !== undefined) facts.push({ label: 'Rate', value: rate, unit: 'steps/s' });
  if (best !== undefined) {
    const { label, unit } = metricName(best.metric);
    facts.push({
      label: `Best ${label}`,
      value: best.value,
      ...(unit === undefined ? {} : { unit }),
      note: `at epoch ${formatNumber(best.epoch)}`,
    });
    for (const key of ['force_mae_meV_A', 'energy_mae_meV_atom', 'stress_mae_GPa']) {
      const value = numberAt(best.record, 'validation', key);
      if (key === best.metric || !Number.isFinite(value)) continue;
      const name = metricName(key);
      facts.push({
        label: `${name.label} there`,
        value,
        ...(name.unit === undefined ? {} : { unit: name.unit }),
      });
    }
  }
  return facts;
}

function progressSection(run: RunRecord, state: RunState): Section {
  const { log } = run;
  const callouts: Callout[] = [stateCallout(run, state)];
  if (log.unreadable > 0) {
    callouts.push({
      status: 'warn',
      text: `Left out, as it cannot be read: ${counted(log.unreadable, 'line')} of the log.`,
    });
  }
  const rows = eventRows(log.events);
  if (rows.length === 0) return { title: 'Progress', callouts };
  const shown = rows.slice(-MOST_EVENTS);
  const table: Table = {
    caption: 'What happened on the way.',
    columns: [
      { label: 'Step', format: { significant: 9 } },
      { label: 'Times', format: { significant: 9 } },
      { label: 'What' },
    ],
    rows: shown.map(({ step, times, what }) => [step, times, what]),
    ...(rows.length > shown.length
      ? {
          note: `The last ${formatNumber(shown.length)} of ${formatNumber(rows.length)}; the rest is in log.jsonl.`,
        }
      : {}),
  };
  return { title: 'Progress', status: 'warn', tables: [table], callouts };
}

interface EventRow {
  /** Of the last time. */
  step: number;
  times: number;
  what: string;
}

/** Events in their order; a structure that is left out again and again is one of them. */
function eventRows(events: readonly LogRecord[]): EventRow[] {
  const rows = new Map<string, EventRow>();
  events.forEach((event, k) => {
    const key = 'outlier' in event ? `structure ${String(event.outlier)}` : `event ${String(k)}`;
    const row = rows.get(key) ?? { step: 0, times: 0, what: '' };
    rows.set(key, row);
    row.step = event.step;
    row.times += 1;
    row.what = describeEvent(event);
  });
  return [...rows.values()];
}

function stateCallout(run: RunRecord, state: RunState): Callout {
  const { phase, secondsLeft, secondsSilent } = state;
  const best = bestEpoch(run);
  const since =
    best === undefined || best.since === 0
      ? ''
      : ` The best epoch was ${counted(best.since, 'validation')} ago.`;
  if (phase === 'completed') {
    return { status: 'pass', text: `All of the run is done.${since}` };
  }
  if (phase === 'stopped') {
    const patience = numberAt(run.config, 'validation', 'patience');
    const why =
      patience > 0 && best !== undefined && best.since >= patience
        ? `Training ended after ${counted(patience, 'validation')} without improvement.`
        : 'Training ended before its last epoch, at its time limit; resume it to go on.';
    return { status: 'info', text: `${why}${since}` };
  }
  const ago = formatDuration(Math.round(secondsSilent));
  if (phase === 'silent') {
    return {
      status: 'warn',
      text: `Nothing was logged for ${ago}. If no process trains it any more, resume the run: it goes on from its last checkpoint.`,
    };
  }
  const left =
    secondsLeft === undefined
      ? 'How long it takes cannot be told yet.'
      : `About ${formatDuration(secondsLeft)} left at the present rate.`;
  return { status: 'info', text: `${left}${since} The last line of the log is ${ago} old.` };
}

function describeEvent(event: LogRecord): string {
  const text = (key: string): string => {
    const value = event[key];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  if ('outlier' in event) {
    return `Structure ${text('outlier')} was left out (${text('term')}): ${text('reason')}`;
  }
  if (event.type === 'rollback') return `Back to step ${text('to')}: ${text('reason')}`;
  if (event.type === 'warning') return text('message');
  // Whatever a newer trainer tells.
  const rest = Object.entries(event).filter(([key]) => !['step', 'time', 'type'].includes(key));
  const details = rest.map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(', ');
  return `${text('type')} ${details}`.trim();
}

function configurationSection({ config }: RunRecord): Section {
  return {
    title: 'Configuration',
    text: 'As it was saved with the run, with every default written out.',
    code: JSON.stringify(config, null, 2),
  };
}
