import { execFile } from 'node:child_process';
import { AbortedError } from '@mlffd/core';
import { DeviceError } from '../errors.ts';

/** A driver that wakes a sleeping device takes some seconds. */
const PATIENCE_MS = 30_000;

/** What nvidia-smi printed, on either stream, and its exit code. */
export interface SmiAnswer {
  readonly code: number;
  readonly text: string;
}

export interface SmiOptions {
  /** Path or name of the program. Default `nvidia-smi`. */
  readonly program?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs nvidia-smi once.
 *
 * @throws DeviceError `profiler/no-nvidia-smi`, `profiler/smi-timeout`; AbortedError
 */
export function runSmi(args: readonly string[], options: SmiOptions = {}): Promise<SmiAnswer> {
  const { program = 'nvidia-smi', signal } = options;
  return new Promise((resolve, reject) => {
    const settings = { timeout: PATIENCE_MS, ...(signal === undefined ? {} : { signal }) };
    execFile(program, args, settings, (failure, stdout, stderr) => {
      const text = `${stdout}${stderr}`;
      if (failure === null) resolve({ code: 0, text });
      else if (typeof failure.code === 'number') resolve({ code: failure.code, text });
      else if (signal?.aborted === true) reject(aborted(signal));
      else if (failure.killed === true) reject(timedOut(program));
      else reject(missing(program, failure));
    });
  });
}

export function missing(program: string, cause: Error): DeviceError {
  return new DeviceError('profiler/no-nvidia-smi', `cannot run ${program}`, {
    found: 'code' in cause && cause.code === 'ENOENT' ? 'no such program' : cause.message,
    hint: 'Install the driver of NVIDIA; in a container start it with --gpus all.',
    cause,
  });
}

function timedOut(program: string): DeviceError {
  return new DeviceError('profiler/smi-timeout', `${program} does not answer`, {
    expected: `an answer within ${PATIENCE_MS / 1000} s`,
    hint: 'A device may hang: look for Xid in the log of the kernel.',
  });
}

function aborted(signal: AbortSignal): AbortedError {
  return new AbortedError('profiler/aborted', 'asking for devices was stopped', {
    cause: signal.reason,
  });
}

/** What nvidia-smi complains about, in one line. */
export function complaint({ code, text }: SmiAnswer): DeviceError {
  const lines = text.split('\n').map((line) => line.trim());
  const first = lines
    .filter((line) => line !== '')
    .slice(0, 2)
    .join(' ');
  return new DeviceError('profiler/smi-failed', first === '' ? 'nvidia-smi failed' : first, {
    found: `exit code ${code}`,
    hint: 'Run nvidia-smi by hand; after an update of the driver restart the machine.',
  });
}
