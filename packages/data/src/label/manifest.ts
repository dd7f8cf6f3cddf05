import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FileFormatError, stableStringify, writeFileAtomic } from '@mlffd/core';
import { FolderMismatchError } from '../errors.ts';
import type { Provenance } from '../store/provenance.ts';
import type { LabelProperty } from '../structure.ts';

/** What a folder of labels is of; a folder is never continued with anything else. */
export interface LabelManifest {
  readonly format: 'mlffd-labels';
  readonly version: 1;
  readonly properties: readonly LabelProperty[];
  readonly provenance: Provenance;
  /** Hash and number of the structures, where they were known beforehand. */
  readonly structures?: { readonly count: number; readonly hash: string };
}

export const MANIFEST = 'manifest.json';

/**
 * @returns undefined when there is none
 * @throws FileFormatError `data/bad-manifest`
 */
export function readManifest(folder: string): LabelManifest | undefined {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) return undefined;
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isManifest(manifest)) return manifest;
  } catch {
    // Reported below with the other kinds of a wrong file.
  }
  throw new FileFormatError('data/bad-manifest', `${path} is not a manifest of version 1`, {
    expected: 'JSON with format "mlffd-labels" and version 1',
    where: path,
    hint: 'Label into a new folder.',
  });
}

function isManifest(value: unknown): value is LabelManifest {
  if (typeof value !== 'object' || value === null) return false;
  const { format, version } = value as Record<string, unknown>;
  return format === 'mlffd-labels' && version === 1;
}

export function writeManifest(folder: string, manifest: LabelManifest): void {
  writeFileAtomic(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** @throws FolderMismatchError when the folder was begun with something else. */
export function checkSame(folder: string, former: LabelManifest, now: LabelManifest): void {
  const parts: [string, unknown, unknown][] = [
    ['teacher', former.provenance.teacher, now.provenance.teacher],
    ['teacher fingerprint', former.provenance.fingerprint, now.provenance.fingerprint],
    ['generator', former.provenance.generator, now.provenance.generator],
    ['seed', former.provenance.seed, now.provenance.seed],
    ['properties', former.properties, now.properties],
    ['structures', former.structures, now.structures],
  ];
  for (const [what, then, current] of parts) {
    const [expected, found] = [then, current].map((value) =>
      value === undefined ? 'none given' : stableStringify(value),
    );
    if (expected === found) continue;
    throw new FolderMismatchError(
      'data/folder-mismatch',
      `${folder} holds labels of another ${what}`,
      {
        expected: `${what} ${expected}, as in ${MANIFEST}`,
        found: `${what} ${found}`,
        where: folder,
        hint: 'Label into a new folder, or give what the folder was begun with.',
      },
    );
  }
}

/** Hash and count of a set of structures that is known as a whole. */
export function describeSet(hashes: Iterable<readonly [id: string, hash: string]>): {
  count: number;
  hash: string;
} {
  const running = createHash('sha256');
  let count = 0;
  for (const [id, hash] of hashes) {
    running.update(`${count === 0 ? '' : '\n'}${id}\n${hash}`);
    count++;
  }
  return { count, hash: running.digest('hex') };
}
