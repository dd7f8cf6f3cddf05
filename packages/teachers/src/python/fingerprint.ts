import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { fileSystemError, sha256, stableStringify } from '@mlffd/core';
import type { JsonValue } from './presets/preset.ts';
import type { ResolvedOptions } from './pythonOptions.ts';
import type { Greeting } from './workerProcess.ts';

/**
 * SHA-256 of all that decides about answers: the calculator, its arguments, what is in the files that
 * these name, and the versions that the worker told.
 */
export async function pythonFingerprint(
  { calculator, args, reset, forceConsistent }: ResolvedOptions,
  { packages }: Greeting,
): Promise<string> {
  const files = await Promise.all(textsIn(args).map(hashOf));
  return sha256(
    stableStringify({ calculator, args, reset, forceConsistent, packages, files: files.flat() }),
  );
}

function textsIn(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value as Readonly<Record<string, JsonValue>>).flatMap(textsIn);
}

/** Path and content where the text is the path of a file. */
async function hashOf(path: string): Promise<string[]> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return [];
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((cause: unknown) => {
    throw fileSystemError('read', path, cause);
  });
  return [path, hash.digest('hex')];
}
