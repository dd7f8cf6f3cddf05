import { appendFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileSystemError, writeFileAtomic } from '@mlffd/core';
import { EventEncoder, LogFollower, readRun } from '@mlffd/report';
import type { CommandIo } from '../../terminal/io.ts';
import { positive } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { hasEnded, pause } from './page.ts';
import { trainingFolder } from './trainingFolder.ts';

interface TensorboardFlags {
  readonly out?: string;
  readonly follow?: boolean;
  readonly every: string;
}

/** `mlffd run tensorboard`: the log of a run as an event file. */
export async function tensorboardCommand(
  run: string,
  flags: TensorboardFlags,
  io: CommandIo,
): Promise<void> {
  const seconds = positive(flags.every, '--every');
  const folder = trainingFolder(run);
  const record = readRun(folder);
  const out = resolve(flags.out ?? join(folder, 'tensorboard'));
  makeOutputFolder(out);
  const start = Math.min(record.started, record.updated) / 1000;
  // One name, so that the same command replaces what it wrote: TensorBoard would show both.
  const file = join(out, 'events.out.tfevents.0000000000.mlffd');
  const follower = new LogFollower(folder);
  const encoder = new EventEncoder();
  const first = follower.next();
  writeFileAtomic(file, encoder.encode(first, { start, end: record.updated / 1000 }));
  io.stdout.write(`events   ${file}\n`);
  io.stdout.write(`         ${String(first.length)} lines; tensorboard --logdir ${out}\n`);
  if (flags.follow !== true) return;
  while (!hasEnded(readRun(folder)) && (await pause(seconds, io.signal))) {
    const lines = follower.next();
    if (lines.length === 0) continue;
    const now = Date.now() / 1000;
    append(file, encoder.encode(lines, { start: now, end: now }));
  }
  const rest = follower.next();
  const now = Date.now() / 1000;
  if (rest.length > 0) append(file, encoder.encode(rest, { start: now, end: now }));
  io.stdout.write(io.signal.aborted ? 'Stopped; the run goes on.\n' : 'The run has ended.\n');
}

function append(file: string, bytes: Uint8Array): void {
  try {
    appendFileSync(file, bytes);
  } catch (cause) {
    throw fileSystemError('write', file, cause);
  }
}
