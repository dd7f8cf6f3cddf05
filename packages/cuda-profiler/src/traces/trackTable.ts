import { type RawEvent, trackKey } from './rawEvent.ts';
import type { TraceTrack } from './trace.ts';

/** Numbers tracks in the order in which they are met, and gives them the names that a trace tells. */
export class TrackTable {
  readonly tracks: TraceTrack[] = [];
  readonly #indices = new Map<string, number>();
  readonly #processes = new Map<string, string>();
  readonly #threads = new Map<string, string>();

  /** @param events of which those are read that name processes and threads */
  constructor(events: readonly RawEvent[] = []) {
    for (const { ph, name, process, thread, args } of events) {
      if (ph !== 'M' || typeof args.name !== 'string') continue;
      if (name === 'process_name') this.#processes.set(process, args.name);
      if (name === 'thread_name') this.#threads.set(trackKey({ process, thread }), args.name);
    }
  }

  /** Index of the track of an event. */
  of(process: string, thread: string, kind: TraceTrack['kind'] = 'cpu'): number {
    const key = trackKey({ process, thread });
    const known = this.#indices.get(key);
    if (known !== undefined) return known;
    const index = this.tracks.length;
    this.tracks.push({
      process: named('process', process, this.#processes.get(process)),
      thread: named('thread', thread, this.#threads.get(key)),
      kind,
    });
    this.#indices.set(key, index);
    return index;
  }
}

/** Names that do not tell the number get it, so that threads of one name are told apart. */
function named(what: string, id: string, name: string | undefined): string {
  if (name === undefined) return /^\d+$/.test(id) ? `${what} ${id}` : id;
  return name.includes(id) ? name : `${name} ${id}`;
}
