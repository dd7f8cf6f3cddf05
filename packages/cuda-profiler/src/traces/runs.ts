import { bySpan, type Span, type Trace } from './trace.ts';

/** One call in a trace. */
export interface TraceRun extends Span {
  readonly track: number;
}

/** Choices of `runsOf`. */
export interface RunOptions {
  /** Name of the event or phase that is one call, before a `#`. Default: that of the source. */
  readonly run?: string;
  /**
   * Calls at the beginning that are dropped. Default `auto`: the first, and those after it that take
   * more than one and a half times as long as the median of all, at most half of them.
   */
  readonly warmup?: number | 'auto';
}

/** Calls that count, and how many were dropped. */
export interface Runs {
  readonly runs: readonly TraceRun[];
  readonly dropped: number;
  /** False where nothing marks calls: then the whole trace is one. */
  readonly marked: boolean;
}

const WARM_RATIO = 1.5;

/** The calls in a trace, without the warm-up. */
export function runsOf(trace: Trace, options: RunOptions = {}): Runs {
  const name = options.run ?? trace.run;
  const isRun = (entry: { name: string }): boolean =>
    entry.name === name || entry.name.replace(/#.*$/, '') === name;
  const all: TraceRun[] = [...trace.events.filter(isRun), ...trace.phases.filter(isRun)]
    .map(({ start, duration, track }) => ({ start, duration, track }))
    .sort(bySpan);
  if (all.length === 0) return { runs: whole(trace), dropped: 0, marked: false };
  const { warmup = 'auto' } = options;
  const dropped = Math.min(warmup === 'auto' ? warmupOf(all) : warmup, all.length - 1);
  return { runs: all.slice(dropped), dropped, marked: true };
}

function warmupOf(runs: readonly TraceRun[]): number {
  const sorted = runs.map(({ duration }) => duration).sort((a, b) => a - b);
  const limit = WARM_RATIO * sorted[Math.floor((sorted.length - 1) / 2)];
  const most = Math.floor(runs.length / 2);
  let count = Math.min(1, most);
  while (count < most && runs[count].duration > limit) count++;
  return count;
}

/** From the first event to the last, on the busiest track of the processor. */
function whole({ events, tracks }: Trace): TraceRun[] {
  if (events.length === 0) return [];
  const busy = new Float64Array(tracks.length);
  let [start, end] = [Infinity, -Infinity];
  for (const event of events) {
    if (tracks[event.track].kind === 'cpu') busy[event.track] += event.duration;
    start = Math.min(start, event.start);
    end = Math.max(end, event.start + event.duration);
  }
  const track = busy.indexOf(Math.max(...busy));
  return [{ start, duration: end - start, track }];
}

/** Finds the call that a moment belongs to. */
export class RunFinder {
  readonly #all: readonly TraceRun[];
  readonly #byTrack = new Map<number, TraceRun[]>();

  constructor(runs: readonly TraceRun[]) {
    this.#all = runs;
    for (const run of runs) {
      const own = this.#byTrack.get(run.track);
      if (own === undefined) this.#byTrack.set(run.track, [run]);
      else own.push(run);
    }
  }

  /** Tracks that calls are made on. */
  get tracks(): ReadonlySet<number> {
    return new Set(this.#byTrack.keys());
  }

  /** The call in which something began on a track: one of its own, where it has some. */
  find(start: number, track: number): TraceRun | undefined {
    const runs = this.#byTrack.get(track) ?? this.#all;
    let [low, high] = [0, runs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (runs[middle].start <= start) low = middle + 1;
      else high = middle;
    }
    const run = runs.at(low - 1);
    return low > 0 && run !== undefined && start <= run.start + run.duration ? run : undefined;
  }
}
