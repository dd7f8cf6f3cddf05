import { writeFileAtomic } from '@mlffd/core';
import { HEADER_KEY, MEANING_KEY, type OwnHeader, type OwnLane, PRODUCER } from './ownTrace.ts';
import {
  bySpan,
  type Span,
  type Trace,
  type TraceEvent,
  type TracePhase,
  type TraceTrack,
} from './trace.ts';

/** Something for a lane: a record of the file without its thread. */
interface Slice extends Span {
  readonly record: Readonly<Record<string, unknown>>;
}

/**
 * A trace in Chrome's format, which Perfetto and chrome://tracing open, and `readTrace` reads as it
 * was.
 *
 * A viewer takes what is on one thread to be nested. Phases, and events of a device that overlap
 * without containing each other, therefore have threads of their own, beside that of their track.
 */
export function chromeTrace(trace: Trace): string {
  const { source, run, truncated, ignored, tracks } = trace;
  const writer = new Writer();
  tracks.forEach((track, index) => {
    const phases = trace.phases.filter((phase) => phase.track === index).map(phaseSlice);
    const events = trace.events.filter((event) => event.track === index).map(eventSlice);
    for (const slices of lanesOf(phases)) {
      writer.lane({ track: index, phases: true }, { ...track, thread: `${track.thread}, phases` });
      writer.slices(slices);
    }
    for (const slices of lanesOf(events)) {
      writer.lane({ track: index, phases: false }, track);
      writer.slices(slices);
    }
  });
  const header: OwnHeader = {
    ...{ source, truncated, ignored, tracks, lanes: writer.lanes },
    ...(run === undefined ? {} : { run }),
  };
  const other = JSON.stringify({ producer: PRODUCER, [HEADER_KEY]: header });
  const lines = writer.lines.join(',\n');
  return `{"displayTimeUnit":"ms","otherData":${other},"traceEvents":[\n${lines}\n]}\n`;
}

/** Lines of the list of events. */
class Writer {
  readonly lines: string[] = [];
  readonly lanes: OwnLane[] = [];
  /** Numbers of the processes by their names. */
  readonly #processes = new Map<string, number>();
  #process = 0;

  #add(record: Readonly<Record<string, unknown>>): void {
    this.lines.push(JSON.stringify({ ...record, pid: this.#process, tid: this.lanes.length }));
  }

  /** Begins a thread. */
  lane(lane: OwnLane, { process, thread }: TraceTrack): void {
    this.lanes.push(lane);
    const known = this.#processes.get(process);
    this.#process = known ?? this.#processes.size + 1;
    if (known === undefined) {
      this.#processes.set(process, this.#process);
      this.#add({ ph: 'M', name: 'process_name', args: { name: process } });
    }
    this.#add({ ph: 'M', name: 'thread_name', args: { name: thread } });
    this.#add({ ph: 'M', name: 'thread_sort_index', args: { sort_index: this.lanes.length } });
  }

  slices(slices: readonly Slice[]): void {
    for (const { start, duration, record } of slices) {
      this.#add({ ph: 'X', ...record, ts: start, dur: duration });
    }
  }
}

/**
 * Writes `chromeTrace` to a file.
 *
 * @throws FileSystemError
 */
export function writeChromeTrace(path: string, trace: Trace): void {
  writeFileAtomic(path, chromeTrace(trace));
}

function phaseSlice({ name, start, duration }: TracePhase): Slice {
  return { start, duration, record: { name, cat: 'phase', args: {} } };
}

function eventSlice(event: TraceEvent): Slice {
  const { name, category, start, duration, args, operator, scope, launch } = event;
  const meaning = { operator, scope, launch };
  const known = Object.values(meaning).some((value) => value !== undefined);
  return {
    start,
    duration,
    record: { name, cat: category, args: known ? { ...args, [MEANING_KEY]: meaning } : args },
  };
}

/** Slices in as many lanes as it takes for those of each to be nested. */
function lanesOf(slices: readonly Slice[]): Slice[][] {
  const lanes: { slices: Slice[]; open: number[] }[] = [];
  for (const slice of slices.toSorted(bySpan)) {
    const end = slice.start + slice.duration;
    let lane = lanes.find(({ open }) => {
      while (open.length > 0 && open[open.length - 1] <= slice.start) open.pop();
      return open.length === 0 || end <= open[open.length - 1];
    });
    if (lane === undefined) lanes.push((lane = { slices: [], open: [] }));
    lane.slices.push(slice);
    lane.open.push(end);
  }
  return lanes.map((lane) => lane.slices);
}
