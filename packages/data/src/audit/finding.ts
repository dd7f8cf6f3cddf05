import type { AuditSample } from './sample.ts';
import type { SourceTable } from './sourceTable.ts';

/** `error`: training on it would fail or lie; `warning`: look at it; `info`: good to know. */
export type Severity = 'error' | 'warning' | 'info';

/** Something that an audit found. */
export interface Finding {
  /** Stable name of the check, e.g. `force-outlier`. */
  readonly check: string;
  readonly severity: Severity;
  /** What was found, with figures. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** How many structures it concerns; 0 where it concerns the set as a whole. */
  readonly count: number;
  /** The first of them, at most 20. */
  readonly indices: readonly number[];
  /** How many of them are of which source, largest first, at most 5. */
  readonly sources: readonly SourceCount[];
}

/** Number of structures of one source. */
export interface SourceCount {
  readonly source: string;
  readonly count: number;
}

/** One check: sees every structure once, then says what it found. */
export interface AuditCheck {
  /** Absent where a check works with what others collect. */
  see?(sample: AuditSample): void;
  findings(): Finding[];
}

/** What a check says of a defect. */
export interface Defect {
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  readonly fix: string;
}

/** Indices that a report shows of one finding. */
const SHOWN = 20;
/** Sources that a report shows of one finding. */
const SHOWN_SOURCES = 5;

/** The structures that a finding concerns: all are counted, the first are kept. */
export class Concerned {
  readonly #table: SourceTable;
  readonly #first: number[] = [];
  readonly #bySource = new Map<string, number>();
  #count = 0;

  constructor(table: SourceTable) {
    this.#table = table;
  }

  get count(): number {
    return this.#count;
  }

  add(k: number): void {
    this.#count++;
    if (this.#first.length < SHOWN) this.#first.push(k);
    const source = this.#table.sourceOf(k);
    this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1);
  }

  /** The finding; none when no structure is concerned. */
  finding(defect: Defect): Finding[] {
    if (this.#count === 0) return [];
    const sources = [...this.#bySource]
      .map(([source, count]) => ({ source, count }))
      .sort((a, b) => b.count - a.count)
      .slice(0, SHOWN_SOURCES);
    return [{ ...defect, count: this.#count, indices: this.#first, sources }];
  }
}

/** A finding about the set as a whole. */
export function findingOfSet(defect: Defect): Finding {
  return { ...defect, count: 0, indices: [], sources: [] };
}

/** A number for a message: three digits. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
