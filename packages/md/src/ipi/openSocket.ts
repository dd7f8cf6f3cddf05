import { performance } from 'node:perf_hooks';
import { connect, type Socket } from 'node:net';
import { addressText, type IpiAddress } from '@mlffd/core/ipi';
import { connectError } from './serveErrors.ts';

/** Between two tries, ms: doubled each time. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 500;
/** Bytes read at once. */
const CHUNK = 2 ** 16;

/** Reasons that go away when a server starts. */
const TRANSIENT: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOENT',
  'ECONNRESET',
  'EAGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);

/** How a connection is made. */
export interface OpenOptions {
  /** Longest time, s; undefined waits for ever. */
  readonly seconds: number | undefined;
  readonly signal: AbortSignal;
  /** Gets what comes, in memory that is used again. */
  readonly onBytes: (chunk: Uint8Array, count: number) => void;
}

/**
 * Connects to a server, which may start later.
 *
 * @throws IpiServeError `md/ipi-connect`, the reason of the signal
 */
export async function openSocket(address: IpiAddress, options: OpenOptions): Promise<Socket> {
  const { seconds, signal } = options;
  const end = seconds === undefined ? Infinity : performance.now() + 1000 * seconds;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    signal.throwIfAborted();
    const result = await tryOnce(address, options, end - performance.now());
    if ('socket' in result) return result.socket;
    signal.throwIfAborted();
    const { cause } = result;
    if (!TRANSIENT.has((cause as NodeJS.ErrnoException).code)) {
      throw connectError(addressText(address), { seconds: undefined, cause });
    }
    const left = end - performance.now();
    if (left <= 0) throw connectError(addressText(address), { seconds, cause });
    await wait(Math.min(pause, left), signal);
  }
}

type Outcome = { readonly socket: Socket } | { readonly cause: Error };

function tryOnce(
  address: IpiAddress,
  { signal, onBytes }: OpenOptions,
  most: number,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({
      ...(address.path === undefined
        ? { host: address.host, port: address.port, noDelay: true, keepAlive: true }
        : { path: address.path }),
      onread: {
        buffer: Buffer.allocUnsafeSlow(CHUNK),
        callback: (count, chunk) => {
          onBytes(chunk, count);
          return true;
        },
      },
    });
    // Machines that do not answer at all would take minutes.
    const timer =
      most === Infinity
        ? undefined
        : setTimeout(() => {
            socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
          }, most);
    const abort = (): void => {
      socket.destroy(new Error('stopped'));
    };
    const finish = (outcome: Outcome): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.off('error', fail);
      socket.off('connect', succeed);
      resolve(outcome);
    };
    const fail = (cause: Error): void => {
      finish({ cause });
    };
    const succeed = (): void => {
      finish({ socket });
    };
    socket.on('error', fail);
    socket.on('connect', succeed);
    signal.addEventListener('abort', abort);
  });
}

/** @throws the reason of the signal */
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
