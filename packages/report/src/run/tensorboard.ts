import { scalarRecord, versionRecord } from './eventFile.ts';
import { kindOf, type LogRecord, timeOf } from './runLog.ts';

/** What says when a line is from, not what the run did. */
const NO_SCALARS = new Set(['step', 'time', 'type']);

/** Times of a run, seconds since 1970, for lines that have none of their own. */
export interface EventTimes {
  readonly start: number;
  readonly end: number;
}

/**
 * Turns lines of a run's log into the records of a TensorBoard event file; append what each call
 * returns to the same file, also while the run trains.
 *
 * Numbers of a step get tags below `train/`, means of an epoch below `epoch/`, metrics below
 * `validation/`, with the names that they have in the log. Other lines have no scalars.
 */
export class EventEncoder {
  #begun = false;

  /** Records of more lines. */
  encode(lines: readonly LogRecord[], times: EventTimes): Uint8Array {
    const parts: Uint8Array[] = [];
    if (!this.#begun) {
      this.#begun = true;
      parts.push(versionRecord(times.start));
    }
    const span = lines.at(-1)?.step ?? 0;
    for (const line of lines) {
      const own = timeOf(line) / 1000;
      const share = span === 0 ? 1 : line.step / span;
      const wallTime = Number.isFinite(own) ? own : times.start + share * (times.end - times.start);
      const { step } = line;
      const scalars = scalarsOf(line);
      if (scalars.size > 0) parts.push(scalarRecord({ wallTime, step, scalars }));
    }
    return Buffer.concat(parts);
  }
}

/** Every finite number of a line, by tag. */
export function scalarsOf(line: LogRecord): Map<string, number> {
  const scalars = new Map<string, number>();
  const kind = kindOf(line);
  if (kind === 'event') return scalars;
  for (const [key, value] of Object.entries(line)) {
    if (NO_SCALARS.has(key)) continue;
    const own = key === 'validation' ? key : `${kind === 'epoch' ? 'epoch' : 'train'}/${key}`;
    collect(value, own, scalars);
  }
  return scalars;
}

function collect(value: unknown, tag: string, scalars: Map<string, number>): void {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) scalars.set(tag, value);
  } else if (Array.isArray(value)) {
    value.forEach((item: unknown, k) => {
      collect(item, `${tag}/${rangeOf(item) ?? String(k)}`, scalars);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) collect(item, `${tag}/${key}`, scalars);
  }
}

/** Name of a bucket by force, as the metrics have them. */
function rangeOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('low_eV_A' in item)) return undefined;
  const high = 'high_eV_A' in item && typeof item.high_eV_A === 'number' ? item.high_eV_A : 'up';
  return `${String(item.low_eV_A)}-${String(high)}_eV_A`;
}
