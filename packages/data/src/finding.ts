import type { LabelledStructure } from './structure.ts';

/** `error`: training on it would fail or lie; `warning`: look at it; `info`: good to know. */
export type Severity = 'error' | 'warning' | 'info';

/** Something that an audit found. */
export interface Finding {
  /** Stable name of the check, e.g. `force-outlier`. */
  readonly check: string;
  readonly severity: Severity;
  readonly message: string;
  /** How many structures it concerns. */
  readonly count: number;
  /** The first of them, at most 20. */
  readonly indices: readonly number[];
}

/** One check: sees every structure once, then says what it found. */
export interface AuditCheck {
  see(structure: LabelledStructure, k: number): void;
  findings(): Finding[];
}

/** Indices that a report shows of one finding. */
const SHOWN = 20;

/** Makes a finding from the structures that it concerns; none when there are none. */
export function findingOf(
  check: string,
  severity: Severity,
  { message, indices }: { readonly message: string; readonly indices: readonly number[] },
): Finding[] {
  if (indices.length === 0) return [];
  return [{ check, severity, message, count: indices.length, indices: indices.slice(0, SHOWN) }];
}
