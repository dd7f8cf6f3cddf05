import type { Milestone, RunRecord } from './readRun.ts';
import { numberAt, timeOf, valueAt, type LogRecord } from './runLog.ts';

/** Seconds without a new line after which a run may have been interrupted. */
const SILENCE = 300;
/** The same, in mean times between lines. */
const SILENT_LINES = 20;
/** Lines that the present rate is taken from. */
const RECENT_LINES = 200;
/** Milliseconds that a rate is taken over at least. */
const LEAST_TIME = 100;
/** A gap longer than this many usual ones is a pause. */
const PAUSE = 20;

/** How far a run is. */
export interface RunState {
  /** `silent`: not ended, but nothing was logged for a while. */
  readonly phase: 'running' | 'silent' | 'completed' | 'stopped';
  readonly step: number;
  /** Steps of the whole run; undefined before the first epoch of a run that is counted in epochs. */
  readonly steps: number | undefined;
  readonly epoch: number;
  readonly epochs: number | undefined;
  /** Steps per second; undefined where it is not known. */
  readonly rate: number | undefined;
  /** Until the end at this rate; undefined where it is not known and for a run that has ended. */
  readonly secondsLeft: number | undefined;
  /** Since the last line of the log. */
  readonly secondsSilent: number;
}

/** How far a run was at a moment (milliseconds since 1970). */
export function runState(run: RunRecord, now: number): RunState {
  const { log, config } = run;
  const step = log.lines.at(-1)?.step ?? 0;
  const lastEpoch = log.epochs.at(-1);
  const epoch = numberOr(numberAt(lastEpoch, 'epoch'), 0);
  const epochs = defined(numberAt(config, 'epochs'));
  const perEpoch = lastEpoch === undefined || epoch === 0 ? NaN : lastEpoch.step / epoch;
  const steps =
    defined(numberAt(config, 'steps')) ?? defined(Math.round((epochs ?? NaN) * perEpoch));
  const rate = rateOf(run);
  const secondsSilent = Math.max(0, (now - run.updated) / 1000);
  const phase = phaseOf(run, { step, steps, epoch, epochs, secondsSilent, rate });
  const ended = phase === 'completed' || phase === 'stopped';
  const left =
    ended || rate === undefined || steps === undefined ? undefined : (steps - step) / rate;
  return {
    phase,
    step,
    steps,
    epoch,
    epochs,
    rate,
    secondsLeft: left === undefined ? undefined : Math.max(0, left),
    secondsSilent,
  };
}

interface Progress {
  readonly step: number;
  readonly steps: number | undefined;
  readonly epoch: number;
  readonly epochs: number | undefined;
  readonly secondsSilent: number;
  readonly rate: number | undefined;
}

function phaseOf(run: RunRecord, progress: Progress): RunState['phase'] {
  const { step, steps, epoch, epochs, secondsSilent, rate } = progress;
  // A curve of an earlier end is left behind when the run goes on.
  if (run.endedAt !== undefined && run.endedAt >= step && run.updated >= run.started) {
    return (epochs !== undefined && epoch >= epochs) || (steps !== undefined && step >= steps)
      ? 'completed'
      : 'stopped';
  }
  const every = numberOr(numberAt(run.config, 'logEvery'), 1);
  const patience = Math.max(SILENCE, rate === undefined ? 0 : (SILENT_LINES * every) / rate);
  return secondsSilent > patience ? 'silent' : 'running';
}

/** Steps per second, from the times of the lines where they have any, else from those of the files. */
function rateOf(run: RunRecord): number | undefined {
  return rateOfLines(run.log.lines.slice(-RECENT_LINES)) ?? rateOfFiles(run);
}

function rateOfLines(lines: readonly LogRecord[]): number | undefined {
  const gaps: { steps: number; time: number }[] = [];
  for (let k = 1; k < lines.length; k++) {
    const gap = {
      steps: lines[k].step - lines[k - 1].step,
      time: timeOf(lines[k]) - timeOf(lines[k - 1]),
    };
    if (gap.time > 0 && gap.steps >= 0) gaps.push(gap);
  }
  if (gaps.length === 0) return undefined;
  const usual = gaps.map(({ time }) => time).sort((a, b) => a - b)[gaps.length >> 1];
  const worked = gaps.filter(({ time }) => time <= PAUSE * usual);
  const time = worked.reduce((sum, gap) => sum + gap.time, 0);
  return positive((1000 * worked.reduce((sum, gap) => sum + gap.steps, 0)) / time);
}

/** Since the oldest checkpoint of this process, or its start, that is far enough away to tell. */
function rateOfFiles({ log, checkpoints, started, updated }: RunRecord): number | undefined {
  const last: Milestone = { step: log.lines.at(-1)?.step ?? 0, at: updated };
  const begun = checkpoints.findLast(({ at }) => at <= started);
  const anchors = [
    // The checkpoint that the process went on from.
    ...(begun === undefined ? [] : [{ step: begun.step, at: started }]),
    ...checkpoints.filter(({ at }) => at > started),
  ];
  const anchor = anchors.find(({ step, at }) => last.step > step && updated - at > LEAST_TIME);
  if (anchor === undefined) return undefined;
  return positive((1000 * (last.step - anchor.step)) / (last.at - anchor.at));
}

function positive(value: number): number | undefined {
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

function defined(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function numberOr(value: number, fallback: number): number {
  return Number.isFinite(value) ? value : fallback;
}

/** The epoch that a run is judged to be best at. */
export interface BestEpoch {
  readonly metric: string;
  readonly record: LogRecord;
  readonly epoch: number;
  /** In the unit of the metric. */
  readonly value: number;
  /** Validations since then. */
  readonly since: number;
}

/**
 * The epoch with the smallest validation metric: that of the configuration, or, where that weighs
 * several, the error of the forces, else of the energy.
 */
export function bestEpoch({ config, log }: RunRecord): BestEpoch | undefined {
  const chosen = valueAt(config, 'validation', 'metric');
  const names = [
    ...(typeof chosen === 'string' ? [chosen] : []),
    'force_mae_meV_A',
    'energy_mae_meV_atom',
  ];
  for (const metric of names) {
    const judged = log.epochs.filter((record) =>
      Number.isFinite(numberAt(record, 'validation', metric)),
    );
    if (judged.length === 0) continue;
    const values = judged.map((record) => numberAt(record, 'validation', metric));
    const k = values.indexOf(Math.min(...values));
    return {
      metric,
      record: judged[k],
      epoch: numberAt(judged[k], 'epoch'),
      value: values[k],
      since: judged.length - 1 - k,
    };
  }
  return undefined;
}
