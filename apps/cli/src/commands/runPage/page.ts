import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileAtomic } from '@mlffd/core';
import { readRun, runPage, type RunRecord, runState } from '@mlffd/report';
import type { CommandIo } from '../../terminal/io.ts';
import { positive } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { trainingFolder } from './trainingFolder.ts';

interface PageFlags {
  readonly out?: string;
  readonly follow?: boolean;
  readonly every: string;
}

/** `mlffd run page`: a training run as one HTML page. */
export async function runPageCommand(run: string, flags: PageFlags, io: CommandIo): Promise<void> {
  const seconds = positive(flags.every, '--every');
  const folder = trainingFolder(run);
  const out = resolve(flags.out ?? join(folder, 'run.html'));
  let record = readRun(folder);
  makeOutputFolder(dirname(out));
  writeFileAtomic(out, await runPage(record, { refresh: seconds }));
  io.stdout.write(`page     ${out}\n`);
  if (flags.follow !== true) return;
  while (!hasEnded(record) && (await pause(seconds, io.signal))) {
    const next = readRun(folder);
    if (next.updated === record.updated && next.endedAt === record.endedAt) continue;
    record = next;
    writeFileAtomic(out, await runPage(record, { refresh: seconds }));
  }
  io.stdout.write(hasEnded(record) ? 'The run has ended.\n' : 'Stopped; the run goes on.\n');
}

/** Whether a run has nothing more to log. */
export function hasEnded(record: RunRecord): boolean {
  const { phase } = runState(record, Date.now());
  return phase === 'completed' || phase === 'stopped';
}

/** Waits; false when it was asked to stop meanwhile. */
export async function pause(seconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(1000 * seconds, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
