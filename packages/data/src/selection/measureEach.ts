import { AbortedError, isMlffdError, isUnavailableError } from '@mlffd/core';
import { requireCount } from '../build/invalidOption.ts';
import { messageOf } from '../store/hdf5Header.ts';
import { Turn } from '../sampling/turn.ts';
import type { Structure } from '../structure.ts';

/** Structures to look at, all at hand or as they come. */
export type StructureStream = Iterable<Structure> | AsyncIterable<Structure>;

/** Why a structure could not be measured. */
export interface MeasureFailure {
  /** Stable code of the error, or the name of its class. */
  readonly code: string;
  readonly message: string;
  /** The error itself. */
  readonly cause: unknown;
}

/** A structure with what was measured of it, or why that failed. */
export type Measured<T> =
  | { readonly structure: Structure; readonly measured: T }
  | { readonly structure: Structure; readonly failure: MeasureFailure };

/** How a stream of structures is measured. */
export interface MeasureOptions {
  /** Structures given to asynchronous calculators at the same time; default 1. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

/**
 * Measures the structures of a stream, in its order, holding no more of them than are being
 * measured. An error belongs to its structure and does not end the stream, unless the calculator is
 * gone for good.
 *
 * @throws InvalidArgumentError for a concurrency below 1
 * @throws the error of a calculator that is gone, see `isUnavailableError`
 * @throws AbortedError when `signal` fires, after what is being measured has finished
 */
export async function* measureEach<T>(
  structures: StructureStream,
  measure: (structure: Structure) => T | Promise<T>,
  { concurrency = 1, signal }: MeasureOptions = {},
): AsyncGenerator<Measured<T>, void, undefined> {
  requireCount('concurrency', concurrency, 1);
  const turn = new Turn('the selection', signal);
  const running: (Measured<T> | Promise<Measured<T>>)[] = [];
  try {
    for await (const structure of structures) {
      const pause = turn.pass();
      if (pause !== undefined) await pause;
      running.push(start(structure, measure));
      while (running.length >= concurrency) yield* first(running);
    }
    while (running.length > 0) yield* first(running);
  } finally {
    await Promise.allSettled(running.map((item) => Promise.resolve(item)));
  }
}

async function* first<T>(
  running: (Measured<T> | Promise<Measured<T>>)[],
): AsyncGenerator<Measured<T>, void, undefined> {
  const [next] = running;
  const measured = next instanceof Promise ? await next : next;
  void running.shift();
  yield measured;
}

function start<T>(
  structure: Structure,
  measure: (structure: Structure) => T | Promise<T>,
): Measured<T> | Promise<Measured<T>> {
  const finish = (measured: T): Measured<T> => ({ structure, measured });
  const fail = (cause: unknown): Measured<T> => {
    if (cause instanceof AbortedError || isUnavailableError(cause)) throw cause;
    return { structure, failure: { code: codeOf(cause), message: messageOf(cause), cause } };
  };
  try {
    const answer = measure(structure);
    return answer instanceof Promise ? answer.then(finish, fail) : finish(answer);
  } catch (cause) {
    return fail(cause);
  }
}

/** Code of an error of ours, else the name of its class. */
function codeOf(error: unknown): string {
  if (isMlffdError(error)) return error.code;
  return typeof error === 'object' && error !== null && 'name' in error
    ? String(error.name)
    : 'data/unknown';
}
