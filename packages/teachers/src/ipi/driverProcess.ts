import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { LogLines, readLines } from '../python/logLines.ts';

/** How long output may still arrive after the process is gone, ms. */
const DRAIN_MS = 500;
const LINES_KEPT = 12;
/** A shell says so where there is no such program. */
const NOT_FOUND = 127;
/** A shell adds this to the number of a signal. */
const SIGNAL_STATUS = 128;

/**
 * Descriptor 3 is held open by the asking process and closes whatever happens to that one. Then the
 * driver, with all that it has started, and its files go; many drivers would wait for ever.
 */
const SUPERVISOR = `
folder=$1
socket=$2
shift 2
"$@" 3<&- &
driver=$!
{
  read -r _ <&3
  rm -rf "$folder" \${socket:+"$socket"}
  kill -KILL 0
} >/dev/null 2>&1 &
exec 3<&-
wait "$driver"
`;

/** How a driver is started. */
export interface DriverLaunch {
  readonly command: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Folder, and file of a Unix socket, that are removed when the asking process has died. */
  readonly folder: string;
  readonly socket: string | undefined;
  readonly onLog: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** How a driver ended. */
export interface DriverEnd {
  /** `exit code 3`, `SIGSEGV`, or why it never ran. */
  readonly reason: string;
  /** There is no such program. */
  readonly isMissing: boolean;
  /** Last lines of what it printed, of both streams. */
  readonly log: readonly string[];
}

/** A driver's process and what it starts, in a group of their own. */
export class DriverProcess {
  /** Resolves when the process is gone and its output has been read; never rejects. */
  readonly ended: Promise<DriverEnd>;
  readonly #child: ChildProcess;
  readonly #last: string[] = [];
  #over = false;

  constructor({ command, cwd, env, folder, socket = '', onLog }: DriverLaunch) {
    const words = ['-c', SUPERVISOR, 'driver', folder, socket, ...command];
    this.#child = spawn('/bin/sh', words, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      // A session of its own: Ctrl-C in a terminal is for the asking process to deal with.
      detached: true,
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    const exit = exitOf(this.#child);
    const streams = this.#child.stdio as unknown as readonly Socket[] | undefined;
    // Without a descriptor left, there are no streams.
    if (streams === undefined) throw new Error('too many open files');
    const drained = (['stdout', 'stderr'] as const).map((name, k) => {
      const lines = new LogLines((line) => {
        this.#last.push(line);
        if (this.#last.length > LINES_KEPT) this.#last.shift();
        onLog(name, line);
      });
      return readLines(streams[k + 1], lines);
    });
    streams[3].on('error', () => undefined);
    this.ended = this.#watch(exit, drained);
    // What waits for the driver has a timer, which keeps the program alive.
    this.#child.unref();
    for (const stream of streams.slice(1)) stream.unref();
  }

  /** Number of the group in a list of processes. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Last lines of what it has printed so far. */
  get log(): readonly string[] {
    return [...this.#last];
  }

  /** The program waits for its end. */
  ref(): void {
    this.#child.ref();
  }

  /** Ends it at once, with all processes that it started. */
  kill(): void {
    if (!this.#over) killGroup(this.#child.pid);
  }

  async #watch(
    exit: Promise<Omit<DriverEnd, 'log'>>,
    drained: readonly Promise<unknown>[],
  ): Promise<DriverEnd> {
    const how = await exit;
    this.#over = true;
    // What the driver has left behind; the number is not another's while one of them is there.
    killGroup(this.#child.pid);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, DRAIN_MS)));
    await Promise.race([Promise.all(drained), late]);
    clearTimeout(timer);
    for (const stream of this.#child.stdio) stream?.destroy();
    return { ...how, log: this.log };
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

function exitOf(child: ChildProcess): Promise<Omit<DriverEnd, 'log'>> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      resolve({ reason: error.message, isMissing: false });
    });
    child.on('exit', (code, signal) => {
      resolve({
        reason: signal ?? signalOf(code) ?? `exit code ${String(code)}`,
        isMissing: code === NOT_FOUND,
      });
    });
  });
}

/** Name of the signal that ended what the shell waited for. */
function signalOf(code: number | null): string | undefined {
  const number = (code ?? 0) - SIGNAL_STATUS;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
