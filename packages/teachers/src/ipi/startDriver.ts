import { type Atoms, isMlffdError } from '@mlffd/core';
import { addressText, type IpiAddress } from '@mlffd/core/ipi';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shellCommand } from '../python/shellCommand.ts';
import { fillCommand } from './commandLine.ts';
import { type DriverEnd, DriverProcess } from './driverProcess.ts';
import { IpiDriver } from './ipiDriver.ts';
import { startDiedError, startTimeoutError, type StartContext } from './ipiErrors.ts';
import { listenAt } from './ipiListen.ts';
import type { ResolvedIpiOptions } from './ipiOptions.ts';

/** How long a driver may take to end after its connection, ms. */
const END_MS = 1000;

/** Which driver is to be started. */
export interface DriverRequest {
  readonly address: IpiAddress;
  /** Counts the drivers of a teacher. */
  readonly index: number;
  /** Structure that the driver is started with, in the frame that it will be asked in. */
  readonly atoms: Atoms | undefined;
  readonly signal: AbortSignal;
}

/** A driver that the teacher has started and that has connected. */
export interface RunningDriver {
  readonly driver: IpiDriver;
  /** Says EXIT where it can, and resolves when the process is gone and nothing of it is left. */
  readonly end: () => Promise<DriverEnd>;
}

/**
 * Starts a driver's process with a server of its own, so that it cannot be taken for another, and
 * waits until it has connected and is ready.
 *
 * @throws IpiTeacherError `teachers/ipi-start-failed`, `teachers/ipi-listen`; InvalidArgumentError;
 * the reason of the signal. Nothing is left of it then.
 */
export async function startDriver(
  options: ResolvedIpiOptions,
  request: DriverRequest,
): Promise<RunningDriver> {
  const folder = await mkdtemp(join(tmpdir(), 'mlffd-ipi-'));
  const server = createServer({ noDelay: true, keepAlive: true });
  let process: DriverProcess | undefined;
  const clear = async (): Promise<DriverEnd | undefined> => {
    server.close();
    process?.ref();
    process?.kill();
    const end = await process?.ended;
    await rm(folder, { recursive: true, force: true });
    return end;
  };
  try {
    const address = await listenAt(server, request.address);
    const { atoms, index, signal } = request;
    const { elements, name, onEvent } = options;
    const command = await fillCommand(options.command ?? [], { address, atoms, elements, folder });
    const label = `${name}, driver ${index}`;
    process = new DriverProcess({
      command,
      cwd: options.cwd,
      env: options.env,
      folder,
      socket: address.path,
      onLog: (stream, line) => onEvent?.({ type: 'log', driver: label, stream, line }),
    });
    const { pid = 0 } = process;
    onEvent?.({ type: 'driver-started', driver: label, pid, command: shellCommand(command) });
    const context: StartContext = { driver: label, command, address: addressText(address) };
    const driver = await connection({ server, process, context, options, index, signal });
    // Nobody else may come; the file of the socket goes, too.
    server.close();
    let ended: Promise<DriverEnd> | undefined;
    return { driver, end: () => (ended ??= endOf(driver, clear, process?.ended)) };
  } catch (error) {
    await clear();
    throw error;
  }
}

interface Connecting {
  readonly server: Server;
  readonly process: DriverProcess;
  readonly context: StartContext;
  readonly options: ResolvedIpiOptions;
  readonly index: number;
  readonly signal: AbortSignal;
}

/** The first connection that turns out to be an i-PI driver. */
function connection(connecting: Connecting): Promise<IpiDriver> {
  const { server, process, context, options, index, signal } = connecting;
  const others = new Set<IpiDriver>();
  let isOver = false;
  /** Why the last that came was no driver. */
  let refusal: unknown;
  return new Promise<IpiDriver>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      settle();
    };
    const abort = (): void => {
      finish(() => {
        reject(signal.reason as Error);
      });
    };
    const timer = setTimeout(() => {
      const { log } = process;
      finish(() => {
        reject(startTimeoutError(context, options.acceptTimeout, { log, cause: refusal }));
      });
    }, 1000 * options.acceptTimeout);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    void process.ended.then((end) => {
      finish(() => {
        reject(startDiedError(context, end, refusal));
      });
    });
    server.on('connection', (socket: Socket) => {
      const driver = new IpiDriver(socket, context.driver, index, options);
      others.add(driver);
      driver.greet(options.acceptTimeout).then(
        () => {
          if (isOver) return;
          others.delete(driver);
          finish(() => {
            resolve(driver);
          });
        },
        (error: unknown) => {
          if (isMlffdError(error)) refusal = error;
        },
      );
    });
  }).finally(() => {
    for (const other of others) void other.close();
  });
}

/** Leaves the driver time to end by itself after EXIT, and then makes sure that it does. */
async function endOf(
  driver: IpiDriver,
  clear: () => Promise<DriverEnd | undefined>,
  ended: Promise<DriverEnd> | undefined,
): Promise<DriverEnd> {
  await driver.close();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, END_MS)));
  await Promise.race([ended, late]);
  clearTimeout(timer);
  return (await clear()) ?? { reason: 'never started', isMissing: false, log: [] };
}
