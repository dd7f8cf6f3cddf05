import { JsonScanner } from './jsonScanner.ts';
import { isOwnTrace, ownTrace } from './ownTrace.ts';
import { isOnnxRuntimeTrace, onnxRuntimeTrace } from './onnxRuntime.ts';
import { plainTrace } from './plainTrace.ts';
import { completeEvents, type RawEvent, rawEvent, type RawTrace } from './rawEvent.ts';
import { isTorchTrace, torchTrace } from './torch.ts';
import type { Trace } from './trace.ts';
import { traceError } from './traceError.ts';

/** Limits of a reader. */
export interface ReadTraceOptions {
  /** Name of the source for error messages. Default: the path. */
  readonly where?: string;
  /** Events after so many are left out, and the trace is `truncated`. Default 5 million. */
  readonly mostEvents?: number;
  /** Arguments of events that are kept, to save memory. Default: all. */
  readonly keepArg?: (name: string) => boolean;
}

const MOST_EVENTS = 5_000_000;

/** Reads a Chrome trace as it arrives in pieces. */
export class ChromeTraceParser {
  readonly #where: string;
  readonly #most: number;
  readonly #keepArg: ((name: string) => boolean) | undefined;
  readonly #scanner: JsonScanner;
  readonly #events: RawEvent[] = [];
  readonly #values = new Map<string, unknown>();
  #ignored = 0;
  #full = false;
  #bytes = 0;

  constructor(options: ReadTraceOptions = {}) {
    this.#where = options.where ?? 'trace';
    this.#most = options.mostEvents ?? MOST_EVENTS;
    this.#keepArg = options.keepArg;
    this.#scanner = new JsonScanner({
      event: (text) => {
        this.#add(text);
      },
      value: (key, text) => {
        this.#values.set(key, parsed(text));
      },
    });
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#scanner.push(chunk);
  }

  #add(text: string): void {
    const event = rawEvent(parsed(text));
    if (event === undefined) this.#ignored++;
    else if (event === 'unused') return;
    else if (this.#events.length >= this.#most) this.#full = true;
    else this.#events.push(this.#slim(event));
  }

  #slim(event: RawEvent): RawEvent {
    const keep = this.#keepArg;
    if (keep === undefined || event.ph === 'M') return event;
    const args: Record<string, unknown> = {};
    for (const name of Object.keys(event.args)) {
      if (keep(name)) args[name] = event.args[name];
    }
    return { ...event, args };
  }

  /** @throws FileFormatError `trace/...` */
  end(): Trace {
    const scanner = this.#scanner;
    if (this.#bytes === 0) throw this.#empty();
    if (!scanner.hasEvents) {
      const cut = !scanner.complete && !scanner.malformed;
      throw traceError(cut ? 'truncated' : 'no-events', this.#where, {
        expected: 'a list of events, or an object with "traceEvents"',
        found: cut ? 'a file that ends before its events' : 'JSON without a list of events',
        hint: 'Record again, and let the profiled program end properly.',
      });
    }
    return interpret({
      events: this.#events,
      values: this.#values,
      truncated: this.#full || !scanner.complete,
      ignored: this.#ignored + (scanner.malformed ? 1 : 0),
    });
  }

  #empty(): Error {
    return traceError('empty', this.#where, {
      expected: 'a trace',
      found: 'an empty file',
      hint: 'ONNX Runtime writes its profile when the session ends profiling: call endProfile() before the program ends.',
    });
  }
}

/** What the text says; undefined where it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The trace of raw events, by who wrote them. */
function interpret(raw: RawTrace): Trace {
  const complete = completeEvents(raw);
  if (isOwnTrace(complete)) return ownTrace(complete);
  if (isTorchTrace(complete)) return torchTrace(complete);
  if (isOnnxRuntimeTrace(complete)) return onnxRuntimeTrace(complete);
  return plainTrace(complete);
}

/**
 * The trace in the bytes of a Chrome trace that is not compressed.
 *
 * @throws FileFormatError `trace/...`
 */
export function parseChromeTrace(bytes: Uint8Array, options: ReadTraceOptions = {}): Trace {
  const parser = new ChromeTraceParser(options);
  parser.push(bytes);
  return parser.end();
}
