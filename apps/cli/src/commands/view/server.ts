import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { isMlffdError, MlffdError } from '@mlffd/core';
import { readSiteFile, type Site } from './site.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.xyz': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
};

const HEADERS = {
  // Shared memory, which WebAssembly threads need, is given only to pages that are isolated.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  // A student that is trained again shows at the next reload.
  'Cache-Control': 'no-cache',
} as const;

/** The server could not be started. */
class ServerError extends MlffdError {
  override readonly name = 'ServerError';
}

/** A site that is being served. */
export interface SiteServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves a site on this machine only.
 *
 * @param port 0 for any that is free
 * @throws ServerError `view/port` for one that is taken or not allowed
 */
export async function serveSite(site: Site, port: number): Promise<SiteServer> {
  const server = createServer((request, response) => {
    answer(site, request, response);
  });
  await new Promise<void>((started, failed) => {
    const fail = (cause: unknown): void => {
      failed(portError(port, cause as NodeJS.ErrnoException));
    };
    server.once('error', fail);
    try {
      server.listen(port, '127.0.0.1', started);
    } catch (cause) {
      fail(cause);
    }
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed();
        });
        server.closeAllConnections();
      }),
  };
}

function answer(site: Site, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, { Allow: 'GET, HEAD' });
    return;
  }
  const name = nameOf(request.url ?? '/');
  const file = name === undefined ? undefined : site.get(name);
  if (name === undefined || file === undefined) {
    send(response, 404, { 'Content-Type': TYPES['.txt'] }, 'There is no such file.\n');
    return;
  }
  let bytes: Uint8Array;
  try {
    bytes = readSiteFile(file);
  } catch (error) {
    const text = isMlffdError(error) ? error.message : String(error);
    send(response, 500, { 'Content-Type': TYPES['.txt'] }, `${text}\n`);
    return;
  }
  const headers = {
    ...HEADERS,
    'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
    'Content-Length': bytes.length,
  };
  response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : bytes);
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  text = '',
): void {
  response.writeHead(status, { ...HEADERS, ...headers }).end(text);
}

/** Name of the file that a request is about; undefined for a malformed one. */
function nameOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.replace(/[?#].*$/s, ''));
    return path === '/' ? 'index.html' : path.replace(/^\//, '');
  } catch {
    return undefined;
  }
}

function portError(port: number, cause: NodeJS.ErrnoException): ServerError {
  const found = cause.code === 'EADDRINUSE' ? 'another program uses it' : cause.message;
  return new ServerError('view/port', `Port ${port} cannot be used: ${found}`, {
    expected: 'a free port',
    found,
    where: '--port',
    hint: 'Choose another port, or leave --port out: a free one is taken.',
    cause,
  });
}
