import { bySpan, sortTrace, type Trace, type TraceEvent } from './trace.ts';

/** Something that a program has timed of itself. */
export interface ProgramSpan {
  readonly name: string;
  /** ms, as `performance.now()` tells */
  readonly start: number;
  /** ms */
  readonly end: number;
  /** Place in the model, where it is in one. */
  readonly scope?: string;
  /** It only surrounds others, which do the work; default false. */
  readonly frame?: boolean;
}

/** Choices of `traceOfSpans`. */
export interface SpanTraceOptions {
  /** Name of the spans that are one call. */
  readonly run?: string;
  /** Default `main`. */
  readonly thread?: string;
}

/** us per ms */
const MICROSECONDS = 1e3;

/** The trace of what a program has timed of itself: stages of a call, phases of dynamics. */
export function traceOfSpans(spans: readonly ProgramSpan[], options: SpanTraceOptions = {}): Trace {
  const { run, thread = 'main' } = options;
  const events = spans.map(({ name, start, end, scope, frame = false }): TraceEvent => ({
    name,
    category: 'stage',
    track: 0,
    start: start * MICROSECONDS,
    duration: (end - start) * MICROSECONDS,
    args: {},
    ...(frame ? {} : { operator: name }),
    ...(scope === undefined ? {} : { scope }),
  }));
  return sortTrace({
    source: 'mlffd',
    ...(run === undefined ? {} : { run }),
    tracks: [{ process: 'program', thread, kind: 'cpu' }],
    events,
    phases: [],
    truncated: false,
    ignored: 0,
  });
}

/** What in two traces is the same. */
export interface Alignment {
  /** Name of the events of the outer trace in which those of the inner one happen. */
  readonly outer: string;
  /** Name of these events of the inner trace. */
  readonly inner: string;
}

/**
 * Puts what a library has recorded of itself (ONNX Runtime) into what the program around it has
 * recorded, each on its own clock: the k-th event `inner` is in the k-th event `outer`.
 *
 * Clocks differ by one number, the median over these pairs of the difference of their middles. Events of
 * the inner trace's thread then are on the track of the outer ones, so that they are nested.
 *
 * @returns undefined where there is no pair, or not as many of one as of the other
 */
export function insertTrace(outer: Trace, inner: Trace, alignment: Alignment): Trace | undefined {
  const around = outer.events.filter(({ name }) => name === alignment.outer);
  const within = inner.events.filter(({ name }) => name === alignment.inner);
  if (around.length === 0 || around.length !== within.length) return undefined;
  const middle = ({ start, duration }: TraceEvent): number => start + duration / 2;
  const offsets = around.map((event, k) => middle(event) - middle(within[k])).sort((a, b) => a - b);
  const offset = offsets[Math.floor(offsets.length / 2)];
  const shared = within[0].track;
  const base = outer.tracks.length;
  const trackOf = (track: number): number => (track === shared ? around[0].track : base + track);
  const moved = inner.events
    .map((event) => ({
      ...event,
      track: trackOf(event.track),
      start: event.start + offset,
      ...(event.launch === undefined ? {} : { launch: event.launch + offset }),
    }))
    .sort(bySpan);
  return sortTrace({
    ...outer,
    tracks: [...outer.tracks, ...inner.tracks],
    events: [...outer.events, ...moved],
    phases: [
      ...outer.phases,
      ...inner.phases.map((phase) => ({
        ...phase,
        track: trackOf(phase.track),
        start: phase.start + offset,
      })),
    ],
    truncated: outer.truncated || inner.truncated,
    ignored: outer.ignored + inner.ignored,
  });
}
