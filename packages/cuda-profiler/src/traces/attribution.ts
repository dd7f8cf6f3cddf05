import { nest } from './nesting.ts';
import { RunFinder, type TraceRun } from './runs.ts';
import { bySpan, type Trace, type TraceEvent } from './trace.ts';

/** An event in a call, and its own time. */
interface AttributedEvent {
  readonly event: TraceEvent;
  /** Self time, us. */
  readonly time: number;
  /** On a thread that makes no calls, beside their time. */
  readonly parallel: boolean;
}

/** What was done in calls. */
export interface Attribution {
  readonly parts: readonly AttributedEvent[];
  /** Mean number of streams of a device that are busy at once while any is; 1 for the processor. */
  readonly concurrency: number;
}

/**
 * Self times of the events in calls, on the tracks of a device. What a device does belongs to the call
 * in which it was launched.
 */
export function attribute(
  trace: Trace,
  runs: readonly TraceRun[],
  device: 'cpu' | 'gpu',
): Attribution {
  const finder = new RunFinder(runs);
  const tracks: TraceEvent[][] = trace.tracks.map(() => []);
  for (const event of trace.events) {
    const { launch, start, track } = event;
    if (trace.tracks[track].kind !== device) continue;
    if (finder.find(launch ?? start, track) !== undefined) tracks[track].push(event);
  }
  const parts: AttributedEvent[] = [];
  let busy = 0;
  tracks.forEach((events, track) => {
    const nesting = nest(events);
    busy += nesting.busy;
    const parallel = device === 'cpu' && !finder.tracks.has(track);
    events.forEach((event, k) => parts.push({ event, time: nesting.self[k], parallel }));
  });
  if (device === 'cpu' || busy === 0) return { parts, concurrency: 1 };
  return { parts, concurrency: busy / nest(tracks.flat().sort(bySpan)).busy };
}
