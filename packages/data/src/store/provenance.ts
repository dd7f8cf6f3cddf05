import { createHash } from 'node:crypto';
import { stableStringify } from '@mlffd/core';

/** Where the labels of a store come from. */
export interface Provenance {
  /** Name of the teacher. */
  readonly teacher: string;
  /** What tells two teachers of the same name apart: version, hash of the weights, settings. */
  readonly fingerprint?: string;
  /** What made the structures, e.g. a line of configuration. */
  readonly generator?: string;
  readonly seed?: number;
}

/** A store that another one was made from. */
export interface Origin extends Provenance {
  /** `hash` of that store. */
  readonly hash: string;
  /** How many structures came from it. */
  readonly structures: number;
  /** What that store was made from in its turn. */
  readonly origins?: readonly Origin[];
}

// Version of what is hashed, not of the file: a store of version 1 has the same hash.
const HASH_VERSION = 1;

/** Hash of a store from the running hash over its structures. */
export function contentHash(structures: string, provenance: Provenance): string {
  const { teacher, fingerprint = '' } = provenance;
  return createHash('sha256')
    .update(stableStringify([HASH_VERSION, teacher, fingerprint, structures]))
    .digest('hex');
}
