import type { TraceArgs } from './trace.ts';

/** An entry of a Chrome trace that is of use here. */
export interface RawEvent {
  /** `X`: complete, `B`, `E`: begin and end, `M`: about the whole. */
  readonly ph: 'X' | 'B' | 'E' | 'M';
  readonly name: string;
  readonly category: string;
  readonly process: string;
  readonly thread: string;
  /** us; 0 for `M` */
  readonly start: number;
  /** us; 0 except for `X` */
  readonly duration: number;
  readonly args: TraceArgs;
}

/** Instants, counters, flows, asynchronous and object events, samples, memory: known, not used. */
const UNUSED = new Set('iIRCstfbneNODPSTpFvVc(),='.split(''));

const NO_ARGS: TraceArgs = {};

/**
 * The event of an entry; `unused` for kinds that take no time, undefined for what is no event.
 *
 * Times are checked: finite, and no negative duration.
 */
export function rawEvent(value: unknown): RawEvent | 'unused' | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entry = value as Readonly<Record<string, unknown>>;
  const { ph, ts, dur } = entry;
  if (typeof ph !== 'string') return undefined;
  if (ph !== 'X' && ph !== 'B' && ph !== 'E' && ph !== 'M') {
    return UNUSED.has(ph) ? 'unused' : undefined;
  }
  const name = typeof entry.name === 'string' ? entry.name : '';
  const start = ph === 'M' ? 0 : ts;
  const duration = ph === 'X' ? dur : 0;
  if (!isTime(start) || !isTime(duration) || duration < 0) return undefined;
  return {
    ph,
    name,
    category: typeof entry.cat === 'string' ? entry.cat : '',
    process: label(entry.pid),
    thread: label(entry.tid),
    start,
    duration,
    args:
      typeof entry.args === 'object' && entry.args !== null && !Array.isArray(entry.args)
        ? (entry.args as TraceArgs)
        : NO_ARGS,
  };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Processes and threads are numbers or names. */
function label(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '0';
}

/** What a file says. */
export interface RawTrace {
  readonly events: readonly RawEvent[];
  /** Values beside the list of events. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly truncated: boolean;
  readonly ignored: number;
}

/** The same with a complete event for each begin and end; those without the other are ignored. */
export function completeEvents(raw: RawTrace): RawTrace {
  const events: RawEvent[] = [];
  const open = new Map<string, RawEvent[]>();
  let ignored = raw.ignored;
  for (const event of raw.events) {
    if (event.ph === 'X' || event.ph === 'M') {
      events.push(event);
      continue;
    }
    const key = trackKey(event);
    const stack = open.get(key) ?? [];
    open.set(key, stack);
    if (event.ph === 'B') {
      stack.push(event);
      continue;
    }
    const begin = stack.pop();
    const duration = begin === undefined ? -1 : event.start - begin.start;
    if (begin === undefined || duration < 0) ignored++;
    else events.push({ ...begin, ph: 'X', duration, args: { ...begin.args, ...event.args } });
  }
  for (const stack of open.values()) ignored += stack.length;
  return { ...raw, events, ignored };
}

/** What events of one track have in common. */
export function trackKey({ process, thread }: Pick<RawEvent, 'process' | 'thread'>): string {
  return JSON.stringify([process, thread]);
}
