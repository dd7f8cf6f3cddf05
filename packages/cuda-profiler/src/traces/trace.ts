/** Who wrote a trace: `mlffd` is this package, `chrome` any other writer of Chrome's format. */
export type TraceSource = 'onnxruntime' | 'torch' | 'nsys' | 'mlffd' | 'chrome';

/** What the writer says about an event beside its times. */
export type TraceArgs = Readonly<Record<string, unknown>>;

/** A thread of the processor or a stream of a device. */
export interface TraceTrack {
  readonly process: string;
  readonly thread: string;
  readonly kind: 'cpu' | 'gpu';
}

/** Something that took time. Events of one track contain each other or come one after the other. */
export interface TraceEvent {
  readonly name: string;
  readonly category: string;
  /** Index in `Trace.tracks`. */
  readonly track: number;
  /** Begin, us, on the clock of the trace. */
  readonly start: number;
  /** us */
  readonly duration: number;
  readonly args: TraceArgs;
  /** Kind of work, `MatMul`; absent: no operator but what surrounds operators (sessions, launches). */
  readonly operator?: string;
  /** Place in the model, `interaction0/grad`; absent: unknown. */
  readonly scope?: string;
  /** When the processor launched it, us, where it ran on a device. */
  readonly launch?: number;
}

/** A named time that takes none itself: a step, an annotation. */
export interface TracePhase {
  readonly name: string;
  /** Index in `Trace.tracks`. */
  readonly track: number;
  /** us */
  readonly start: number;
  /** us */
  readonly duration: number;
}

/** What a profiler has recorded. */
export interface Trace {
  readonly source: TraceSource;
  /** Name of the event or phase that is one call (before a `#`), where the source has one. */
  readonly run?: string;
  readonly tracks: readonly TraceTrack[];
  /** By begin, containing ones first. */
  readonly events: readonly TraceEvent[];
  /** By begin, containing ones first. */
  readonly phases: readonly TracePhase[];
  /** The file ends too early, or there were more events than were asked for. */
  readonly truncated: boolean;
  /** Entries that are no events or have no valid times. */
  readonly ignored: number;
}

/** A time on one track. */
export interface Span {
  /** us */
  readonly start: number;
  /** us */
  readonly duration: number;
}

/** Begin first; where begins are equal, the longer, which contains the other. */
export function bySpan(a: Span, b: Span): number {
  return a.start - b.start || b.duration - a.duration;
}

/** Events and phases in the order of `Trace`; of equal times, the lower track first. */
export function sortTrace(trace: Trace): Trace {
  const order = (a: TracePhase, b: TracePhase): number => bySpan(a, b) || a.track - b.track;
  return { ...trace, events: trace.events.toSorted(order), phases: trace.phases.toSorted(order) };
}
