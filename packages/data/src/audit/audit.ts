import { setImmediate } from 'node:timers/promises';
import { AbortedError } from '@mlffd/core';
import type { LabelledStructure } from '../structure.ts';
import { Auditor } from './auditor.ts';
import type { AuditOptions } from './auditor.ts';
import type { AuditReport } from './report.ts';

/** Structures between two progress events. */
const EVENT_STRIDE = 64;

/**
 * Looks through labelled structures for what spoils a training before it begins: labels that are
 * missing, zero or not finite, units and signs that contradict each other, two zeros of the energy,
 * duplicates, outliers, close contacts, lost hydrogens, cells and charges that cannot be, groups that
 * make a split useless, compositions that leave reference energies open.
 */
export function audit(
  structures: Iterable<LabelledStructure>,
  options: AuditOptions = {},
): AuditReport {
  const auditor = new Auditor(options);
  for (const structure of structures) auditor.see(structure);
  return auditor.report();
}

/** Progress of `auditStream`. */
export interface AuditEvent {
  readonly type: 'progress';
  readonly done: number;
}

/** Options of `auditStream`. */
export interface AuditStreamOptions extends AuditOptions {
  readonly onEvent?: (event: AuditEvent) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The same for structures from anywhere, e.g. `importExtxyz`, with progress.
 *
 * @throws AbortedError when the signal fires
 */
export async function auditStream(
  structures: Iterable<LabelledStructure> | AsyncIterable<LabelledStructure>,
  { onEvent, signal, ...options }: AuditStreamOptions = {},
): Promise<AuditReport> {
  const auditor = new Auditor(options);
  for await (const structure of structures) {
    auditor.see(structure);
    const done = auditor.structures;
    if (done % EVENT_STRIDE !== 0) continue;
    // Lets signals and timers in: a dataset is read without waiting.
    await setImmediate();
    onEvent?.({ type: 'progress', done });
    if (signal?.aborted === true) {
      throw new AbortedError('data/aborted', 'the audit was stopped', {
        found: `${done} structures were looked at`,
      });
    }
  }
  onEvent?.({ type: 'progress', done: auditor.structures });
  return auditor.report();
}
