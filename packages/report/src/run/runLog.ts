/** One line of a log, as it was read: fields come and go with the version of the trainer. */
export type LogRecord = Readonly<Record<string, unknown>> & { readonly step: number };

/** The log of a training run (`log.jsonl`), sorted by what its lines tell. */
export interface RunLog {
  /** All lines in their order. */
  readonly lines: readonly LogRecord[];
  /** Lines about one step of the optimiser. */
  readonly steps: readonly LogRecord[];
  /** Lines about the end of an epoch. */
  readonly epochs: readonly LogRecord[];
  /** Everything else: structures left out, rollbacks, warnings. */
  readonly events: readonly LogRecord[];
  /** Lines that are no JSON object with a step, the last one excepted: it may be in the making. */
  readonly unreadable: number;
}

/** Reads a log, also one that is being written. */
export function parseRunLog(text: string): RunLog {
  const lines: LogRecord[] = [];
  let unreadable = 0;
  const rows = text.split('\n');
  rows.forEach((row, k) => {
    if (row.trim() === '') return;
    const record = parseLogLine(row);
    if (record !== undefined) lines.push(record);
    else if (k < rows.length - 1) unreadable += 1;
  });
  const kinds = lines.map((line) => kindOf(line));
  const only = (kind: Kind): LogRecord[] => lines.filter((_, k) => kinds[k] === kind);
  return {
    lines,
    steps: only('step'),
    epochs: only('epoch'),
    events: only('event'),
    unreadable,
  };
}

/** A line of a log; undefined when it is none. */
export function parseLogLine(row: string): LogRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(row);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return typeof (value as { step?: unknown }).step === 'number' ? (value as LogRecord) : undefined;
}

type Kind = 'step' | 'epoch' | 'event';

/** What a line is about. */
export function kindOf(line: LogRecord): Kind {
  if ('validation' in line || 'forceLoss' in line) return 'epoch';
  return 'loss' in line ? 'step' : 'event';
}

/** A number of a record by its path; NaN where there is none. */
export function numberAt(record: unknown, ...path: readonly string[]): number {
  const value = valueAt(record, ...path);
  return typeof value === 'number' ? value : NaN;
}

/** A value of a record by its path; undefined where there is none. */
export function valueAt(record: unknown, ...path: readonly string[]): unknown {
  let value = record;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/** When a line was written, in milliseconds since 1970; NaN where it does not say. */
export function timeOf({ time }: LogRecord): number {
  if (typeof time === 'number') return time;
  return typeof time === 'string' ? Date.parse(time) : NaN;
}
