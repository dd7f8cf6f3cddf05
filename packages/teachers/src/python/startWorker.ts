import { fileURLToPath } from 'node:url';
import { AbortedError } from '@mlffd/core';
import { PROTOCOL, readJson, type Reply, REPLY } from './protocol.ts';
import { PythonTeacherError } from './pythonErrors.ts';
import type { ResolvedOptions } from './pythonOptions.ts';
import { refusalError, startDiedError, startTimeoutError } from './startErrors.ts';
import { type Greeting, type Refusal, type WorkerEnd, WorkerProcess } from './workerProcess.ts';

/** The same from `src` and from `dist`. */
const SCRIPT = fileURLToPath(new URL('../../python/worker.py', import.meta.url));

/** Variables by which libraries are told how many threads to use. */
const THREAD_VARIABLES = [
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'VECLIB_MAXIMUM_THREADS',
];

/** A worker with its calculator loaded. */
export interface ReadyWorker {
  readonly worker: WorkerProcess;
  readonly greeting: Greeting;
  /** Says where replies go from now on. */
  readonly listen: (onReply: (reply: Reply) => void) => void;
}

/** @throws PythonTeacherError, AbortedError; no process is left then */
export async function startWorker(
  options: ResolvedOptions,
  signal?: AbortSignal,
): Promise<ReadyWorker> {
  if (signal?.aborted === true) throw abortedError(options.label);
  const started = performance.now();
  let onReply: (reply: Reply) => void = () => undefined;
  const first = new Promise<{ kind: number; message: unknown }>((resolve) => {
    onReply = (reply) => {
      resolve({ kind: reply.kind, message: readJson(reply) });
    };
  });
  const worker = spawnWorker(options, (reply) => {
    onReply(reply);
  });
  worker.ref();
  const outcome = await wait(worker, first, { seconds: options.startTimeout, signal });
  worker.unref();
  if (outcome.type === 'reply' && outcome.kind === REPLY.ready) {
    const greeting = outcome.message as Greeting;
    announce(options, greeting, (performance.now() - started) / 1000);
    return {
      worker,
      greeting,
      listen: (next) => {
        onReply = next;
      },
    };
  }
  if (outcome.type === 'reply') worker.stop();
  else worker.kill();
  const { log } = await worker.ended;
  if (outcome.type === 'reply') throw refusalError(options, outcome.message as Refusal);
  if (outcome.type === 'ended') throw startDiedError(options, outcome.end);
  if (outcome.type === 'aborted') throw abortedError(options.label);
  throw startTimeoutError(options, options.startTimeout, log);
}

function spawnWorker(options: ResolvedOptions, onReply: (reply: Reply) => void): WorkerProcess {
  const { calculator, args, reset, forceConsistent, requirements, threads, onEvent } = options;
  const { distribution = null } = options;
  const count = String(threads);
  const counts = Object.fromEntries(THREAD_VARIABLES.map((name) => [name, count]));
  const launch = {
    python: options.python.executable,
    script: SCRIPT,
    config: {
      protocol: PROTOCOL,
      calculator,
      distribution,
      args,
      reset,
      forceConsistent,
      // NumPy is told apart: labels need not be made again for a new one.
      packages: Object.keys(requirements).filter((name) => name !== 'numpy'),
    },
    env: { ...process.env, ...counts, ...options.env },
  };
  try {
    return new WorkerProcess(launch, {
      onReply,
      onLog: (stream, line) => onEvent?.({ type: 'log', stream, line }),
    });
  } catch (cause) {
    throw new PythonTeacherError('teachers/start-failed', `cannot start ${options.label}`, {
      found: String(cause),
      where: launch.python,
      hint: 'Close files, or raise the limits of open files and processes (ulimit -n, ulimit -u).',
      cause,
    });
  }
}

type Outcome =
  | { readonly type: 'reply'; readonly kind: number; readonly message: unknown }
  | { readonly type: 'ended'; readonly end: WorkerEnd }
  | { readonly type: 'aborted' | 'late' };

/** Whatever comes first. */
async function wait(
  worker: WorkerProcess,
  first: Promise<{ kind: number; message: unknown }>,
  { seconds, signal }: { seconds: number; signal: AbortSignal | undefined },
): Promise<Outcome> {
  let give: (outcome: Outcome) => void = () => undefined;
  const limit = new Promise<Outcome>((resolve) => (give = resolve));
  const timer = setTimeout(() => {
    give({ type: 'late' });
  }, 1000 * seconds);
  const onAbort = (): void => {
    give({ type: 'aborted' });
  };
  signal?.addEventListener('abort', onAbort);
  try {
    return await Promise.race([
      first.then((reply): Outcome => ({ type: 'reply', ...reply })),
      worker.ended.then((end): Outcome => ({ type: 'ended', end })),
      limit,
    ]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function announce(options: ResolvedOptions, greeting: Greeting, seconds: number): void {
  const { onEvent, python, requirements } = options;
  const { pid, packages, runtime } = greeting;
  onEvent?.({ type: 'worker-started', pid, seconds, python: python.executable, packages });
  for (const argument of greeting.unknownArguments) {
    onEvent?.({ type: 'unknown-argument', argument });
  }
  for (const [name, expected] of Object.entries(requirements)) {
    const found = name === 'numpy' ? runtime.numpy : packages[name];
    if (found === expected) continue;
    onEvent?.({ type: 'version-differs', package: name, expected, found: found ?? 'none' });
  }
}

function abortedError(label: string): AbortedError {
  return new AbortedError('teachers/aborted', `starting ${label} was stopped`);
}
