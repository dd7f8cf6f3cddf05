import {
  InvalidAtomsError,
  type MlffdError,
  type Results,
  UnsupportedElementError,
} from '@mlffd/core';
import { FusedMemoryError } from './fused/errors.ts';

/** What became of one structure of a batch: its results, or why it has none. */
export type BatchOutcome =
  | { readonly results: Results; readonly error?: undefined }
  | { readonly error: MlffdError; readonly results?: undefined };

/** Errors that are a matter of the structure: others can be computed after them. */
const KINDS = [InvalidAtomsError, UnsupportedElementError, FusedMemoryError];

/**
 * Outcome of structure `k` of a batch for an error that is its own.
 *
 * @throws any other error as it is
 */
export function failureOf(error: unknown, k: number): BatchOutcome {
  for (const Kind of KINDS) {
    if (!(error instanceof Kind)) continue;
    const { code, message, expected, found, where, hint, cause } = error;
    const place = `structure ${k}`;
    const details = {
      ...(expected === undefined ? {} : { expected }),
      ...(found === undefined ? {} : { found }),
      where: where === undefined ? place : `${place}, ${where}`,
      ...(hint === undefined ? {} : { hint }),
      cause,
    };
    return { error: new Kind(code, `${place} of the batch: ${message}`, details) };
  }
  throw error;
}

/**
 * Results of all structures.
 *
 * @throws the error of the first one that has none
 */
export function requireAll(outcomes: readonly BatchOutcome[]): Results[] {
  return outcomes.map(({ results, error }) => {
    if (error !== undefined) throw error;
    return results;
  });
}
