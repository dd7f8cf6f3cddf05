import type { RawEvent, RawTrace } from './rawEvent.ts';
import {
  sortTrace,
  type Trace,
  type TraceEvent,
  type TracePhase,
  type TraceSource,
  type TraceTrack,
} from './trace.ts';

/** Name of the writer in `otherData`. */
export const PRODUCER = '@mlffd/cuda-profiler';
/** Key of `otherData` with what Chrome's format has no place for. */
export const HEADER_KEY = 'mlffdTrace';
/** Argument of an event with its fields that Chrome's format has no place for. */
export const MEANING_KEY = 'mlffd';

/** What `otherData` says of a trace. */
export interface OwnHeader {
  readonly source: TraceSource;
  readonly run?: string;
  readonly truncated: boolean;
  readonly ignored: number;
  readonly tracks: readonly TraceTrack[];
  /** Of the threads of the file, which are numbered from 1. */
  readonly lanes: readonly OwnLane[];
}

/** A thread of the file: events or phases of a track that are nested. */
export interface OwnLane {
  readonly track: number;
  readonly phases: boolean;
}

function headerOf(values: RawTrace['values']): OwnHeader | undefined {
  const other = values.get('otherData');
  if (typeof other !== 'object' || other === null || !(HEADER_KEY in other)) return undefined;
  const header = other[HEADER_KEY];
  return isHeader(header) ? header : undefined;
}

function isHeader(value: unknown): value is OwnHeader {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'tracks' in value &&
    Array.isArray(value.tracks) &&
    'lanes' in value &&
    Array.isArray(value.lanes) &&
    'source' in value &&
    typeof value.source === 'string'
  );
}

/** Whether `writeChromeTrace` wrote it. */
export function isOwnTrace({ values }: RawTrace): boolean {
  return headerOf(values) !== undefined;
}

/** The trace that `writeChromeTrace` was given. */
export function ownTrace(raw: RawTrace): Trace {
  const header = headerOf(raw.values);
  if (header === undefined) throw new RangeError('not a trace of this package');
  const events: TraceEvent[] = [];
  const phases: TracePhase[] = [];
  let ignored = raw.ignored;
  for (const entry of raw.events) {
    if (entry.ph !== 'X') continue;
    const lane = header.lanes.at(Number(entry.thread) - 1);
    if (lane === undefined) ignored++;
    else if (lane.phases) phases.push(phaseOf(entry, lane.track));
    else events.push(eventOf(entry, lane.track));
  }
  return sortTrace({
    source: header.source,
    ...(header.run === undefined ? {} : { run: header.run }),
    tracks: header.tracks,
    events,
    phases,
    truncated: raw.truncated || header.truncated,
    ignored: ignored + header.ignored,
  });
}

function phaseOf({ name, start, duration }: RawEvent, track: number): TracePhase {
  return { name, track, start, duration };
}

function eventOf({ name, category, start, duration, args }: RawEvent, track: number): TraceEvent {
  const { [MEANING_KEY]: meaning, ...rest } = args;
  const known = typeof meaning === 'object' && meaning !== null ? meaning : {};
  return { name, category, track, start, duration, args: rest, ...fieldsOf(known) };
}

function fieldsOf(meaning: object): Pick<TraceEvent, 'operator' | 'scope' | 'launch'> {
  const { operator, scope, launch } = meaning as Readonly<Record<string, unknown>>;
  return {
    ...(typeof operator === 'string' ? { operator } : {}),
    ...(typeof scope === 'string' ? { scope } : {}),
    ...(typeof launch === 'number' ? { launch } : {}),
  };
}
