import { PassThrough } from 'node:stream';
import { run } from '../../src/run.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in this process. */
export async function mlffd(args: readonly string[], signal?: AbortSignal): Promise<Ended> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const text = { stdout: '', stderr: '' };
  stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  const code = await run(args, {
    stdout,
    stderr,
    signal: signal ?? new AbortController().signal,
  });
  return { code, ...text };
}
