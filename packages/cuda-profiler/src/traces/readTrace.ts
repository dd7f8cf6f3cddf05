import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { fileSystemError } from '@mlffd/core';
import { ChromeTraceParser, parseChromeTrace, type ReadTraceOptions } from './chromeTrace.ts';
import { parseNsysCsv } from './nsysCsv.ts';
import { readNsysSqlite } from './nsysSqlite.ts';
import type { Trace } from './trace.ts';
import { messageOf, traceError } from './traceError.ts';

/** So much of a file tells what it is, bytes. */
const PROBE = 64;
const SQLITE = 'SQLite format 3\0';
/** Files that are read as a whole may have so many bytes. */
const MOST_BYTES = 1 << 30;
/** What was written before the end was lost is read. */
const GUNZIP = { finishFlush: constants.Z_SYNC_FLUSH };
const CHUNK = 1 << 20;

type Kind = 'gzip' | 'json' | 'sqlite' | 'csv';

/**
 * Reads a trace: a profile of ONNX Runtime, a trace of torch.profiler or another Chrome trace (also
 * compressed with gzip), an export of Nsight Systems (SQLite, or CSV of `nsys stats`), or what
 * `writeChromeTrace` wrote.
 *
 * Chrome traces are read as a stream; of one that ends too early, what is there is read.
 *
 * @throws FileFormatError `trace/...`; FileSystemError
 */
export async function readTrace(path: string, options: ReadTraceOptions = {}): Promise<Trace> {
  const { head, size } = await probe(path);
  const where = options.where ?? path;
  const kind = kindOf(head);
  if (kind === 'sqlite' || kind === 'csv') {
    if (size > MOST_BYTES) throw tooLarge(where, size);
    return parseTrace(await readBytes(path), { ...options, where });
  }
  const parser = new ChromeTraceParser({ ...options, where });
  const source = createReadStream(path, { highWaterMark: CHUNK });
  const stream = kind === 'gzip' ? source.pipe(createGunzip(GUNZIP)) : source;
  source.on('error', (cause) => stream.destroy(cause));
  try {
    for await (const chunk of stream) parser.push(chunk as Uint8Array);
  } catch (cause) {
    throw asTraceError(cause, { kind, path, where });
  } finally {
    source.destroy();
  }
  return parser.end();
}

/**
 * The same for the content of a file.
 *
 * @throws FileFormatError `trace/...`
 */
export async function parseTrace(
  bytes: Uint8Array,
  options: ReadTraceOptions = {},
): Promise<Trace> {
  const where = options.where ?? 'trace';
  const kind = kindOf(bytes.subarray(0, PROBE));
  if (kind === 'sqlite') return readNsysSqlite(bytes, where);
  if (kind === 'csv') return parseNsysCsv(new TextDecoder().decode(bytes), where);
  return parseChromeTrace(kind === 'gzip' ? inflate(bytes, where) : bytes, options);
}

function inflate(bytes: Uint8Array, where: string): Uint8Array {
  try {
    return gunzipSync(bytes, GUNZIP);
  } catch (cause) {
    throw badGzip(where, cause);
  }
}

async function probe(path: string): Promise<{ head: Uint8Array; size: number }> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(PROBE), 0, PROBE, 0);
      return { head: buffer.subarray(0, bytesRead), size: (await file.stat()).size };
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
}

function kindOf(head: Uint8Array): Kind {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const text = new TextDecoder('latin1').decode(head);
  if (text.startsWith(SQLITE)) return 'sqlite';
  const first = new TextDecoder().decode(head).trimStart().at(0);
  return first === undefined || first === '[' || first === '{' ? 'json' : 'csv';
}

function asTraceError(
  cause: unknown,
  { kind, path, where }: { kind: Kind; path: string; where: string },
): Error {
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  if (kind === 'gzip' && code.startsWith('Z_')) return badGzip(where, cause);
  return code === '' && cause instanceof Error ? cause : fileSystemError('read', path, cause);
}

function badGzip(where: string, cause: unknown): Error {
  return traceError('bad-gzip', where, {
    expected: 'a file compressed with gzip',
    found: `damaged data (${messageOf(cause)})`,
    hint: 'Copy the file again, in binary mode.',
    cause,
  });
}

function tooLarge(where: string, size: number): Error {
  return traceError('too-large', where, {
    expected: `at most ${MOST_BYTES} bytes`,
    found: `an export of ${size} bytes`,
    hint: 'Record a shorter time, or export a part: nsys stats --report cuda_gpu_trace --format csv.',
  });
}
