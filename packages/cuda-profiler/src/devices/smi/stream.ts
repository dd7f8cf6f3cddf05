import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { GpuState } from '../gpu.ts';
import { complaint, missing } from './command.ts';
import { queryArguments } from './query.ts';
import { parseRow, type SmiColumns, STATE_FIELDS, stateOf } from './values.ts';

/** Messages of nvidia-smi that are kept for an error. */
const MOST_MESSAGES = 20;

export interface SmiStreamOptions {
  readonly program: string;
  /** Columns that the driver knows; those that do not change are not asked for. */
  readonly columns: SmiColumns;
  /** Devices of a round. */
  readonly count: number;
  /** ms */
  readonly interval: number;
  readonly signal: AbortSignal;
  readonly onRound: (gpus: readonly GpuState[]) => void;
}

/**
 * One nvidia-smi that prints a line per device again and again, until the signal.
 *
 * @throws DeviceError `profiler/no-nvidia-smi`, `profiler/smi-failed` where it ends by itself; what `onRound` throws
 */
export async function streamSmi(options: SmiStreamOptions): Promise<void> {
  const { program, interval, signal } = options;
  const changing: ReadonlySet<string> = new Set(STATE_FIELDS);
  const columns = options.columns.filter(({ field }) => changing.has(field));
  const args = [...queryArguments(columns), '-lms', String(Math.round(interval))];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const messages: string[] = [];
  const keep = (line: string): void => {
    if (messages.length < MOST_MESSAGES) messages.push(line);
  };
  let round: GpuState[] = [];
  let failure: { readonly error: unknown } | undefined;
  const stop = (): void => {
    child.kill();
  };
  createInterface({ input: child.stderr }).on('line', keep);
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (signal.aborted || failure !== undefined) return;
    const row = parseRow(line, columns);
    if (row === undefined) {
      keep(line);
      return;
    }
    const state = stateOf(row);
    // A device that drops out leaves its round short; the next round begins with a smaller number.
    const begins = round.length > 0 && state.index <= round[round.length - 1].index;
    try {
      if (begins) options.onRound(round);
      round = begins ? [state] : [...round, state];
      if (round.length < options.count) return;
      options.onRound(round);
      round = [];
    } catch (error) {
      failure = { error };
      stop();
    }
  });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const code = await ended(child, program);
    if (failure !== undefined) throw failure.error;
    if (!signal.aborted) throw complaint({ code, text: messages.join('\n') });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function ended(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(missing(program, cause));
    });
    child.once('close', (code) => {
      resolve(code ?? -1);
    });
  });
}
