import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { fileSystemError, sha256, stableStringify } from '@mlffd/core';
import type { JsonValue } from './presets/preset.ts';
import type { ResolvedOptions } from './pythonOptions.ts';
import type { Greeting } from './workerProcess.ts';

/**
 * SHA-256 of all that decides about answers: the calculator, its arguments, the versions and sources
 * that the worker told, and what is in the files that arguments name and in the weight files that were
 * read. Where a file lies does not matter, nor whether weights were downloaded or given.
 */
export async function pythonFingerprint(
  { calculator, args, weightsArgument, reset, forceConsistent }: ResolvedOptions,
  { packages, sources, weightFiles }: Greeting,
): Promise<string> {
  const files = await Promise.all(weightFiles.map(hashOf));
  const told = weightFiles.length > 0;
  const own = Object.entries(args).filter(([name]) => !(told && name === weightsArgument));
  const values = await withHashes(Object.fromEntries(own));
  return sha256(
    stableStringify({
      ...{ calculator, args: values, weights: files.sort() },
      ...{ reset, forceConsistent, packages, sources },
    }),
  );
}

/** The value with paths of files replaced by what is in them. */
async function withHashes(value: JsonValue): Promise<JsonValue> {
  if (typeof value === 'string')
    return (await isFile(value)) ? { file: await hashOf(value) } : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>);
  const values = await Promise.all(
    entries.map(async ([name, one]) => [name, await withHashes(one)] as const),
  );
  return Object.fromEntries(values);
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((cause: unknown) => {
    throw fileSystemError('read', path, cause);
  });
  return hash.digest('hex');
}
