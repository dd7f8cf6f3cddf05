import type { RawTrace } from './rawEvent.ts';
import { sortTrace, type Trace, type TraceEvent } from './trace.ts';
import { TrackTable } from './trackTable.ts';

/** The trace of a writer that is not known: each event is an operator of its name. */
export function plainTrace({ events: entries, truncated, ignored }: RawTrace): Trace {
  const table = new TrackTable(entries);
  const events: TraceEvent[] = [];
  for (const { ph, name, category, process, thread, start, duration, args } of entries) {
    if (ph !== 'X') continue;
    const track = table.of(process, thread);
    events.push({ name, category, track, start, duration, args, operator: name });
  }
  const { tracks } = table;
  return sortTrace({ source: 'chrome', tracks, events, phases: [], truncated, ignored });
}
