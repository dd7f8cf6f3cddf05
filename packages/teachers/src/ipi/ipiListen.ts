import { addressText, type IpiAddress } from '@mlffd/core/ipi';
import { lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { IpiTeacherError } from './ipiErrors.ts';

/**
 * Makes a server listen; the port that it got is in the answer. The socket file of a server that
 * has died is replaced, that of a living one is not.
 *
 * @throws IpiTeacherError `teachers/ipi-listen`
 */
export async function listenAt(server: Server, address: IpiAddress): Promise<IpiAddress> {
  try {
    try {
      await listenOnce(server, address);
    } catch (error) {
      if (address.path === undefined || codeOf(error) !== 'EADDRINUSE') throw error;
      if (!(await isDead(address.path))) throw error;
      await unlink(address.path);
      await listenOnce(server, address);
    }
  } catch (error) {
    throw listenError(address, error);
  }
  // A teacher that nobody asks does not keep the process alive.
  server.unref();
  const bound = server.address();
  if (address.path !== undefined || bound === null || typeof bound === 'string') return address;
  return { host: address.host, port: bound.port };
}

function listenOnce(server: Server, address: IpiAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const done = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (address.path === undefined) server.listen(address.port, address.host, done);
    else server.listen(address.path, done);
  });
}

/** Whether a file is a socket that nobody listens at. */
async function isDead(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false;
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.on('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', (error) => {
      resolve(codeOf(error) === 'ECONNREFUSED');
    });
  });
}

function listenError(address: IpiAddress, cause: unknown): IpiTeacherError {
  const where = addressText(address);
  const inUse = codeOf(cause) === 'EADDRINUSE';
  return new IpiTeacherError(
    'teachers/ipi-listen',
    `cannot listen at ${where}: ${inUse ? 'something else does' : String(codeOf(cause))}`,
    {
      expected: 'an address that is free',
      found: String(cause),
      where,
      hint: inUse ? 'Take another port or path.' : 'Check the path or host, and its permissions.',
      cause,
    },
  );
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown } | null)?.code;
}
