import { AbortedError } from '@mlffd/core';
import type { Dataset, DatasetOptions } from './dataset.ts';
import type { Origin } from './provenance.ts';
import type { Rounding } from './rounding.ts';
import type { StoreForm } from './storeFormat.ts';
import type { StoreOptions } from './storeWriter.ts';

/** A store that is read once from one end to the other needs no more memory than a few chunks. */
export const SEQUENTIAL: DatasetOptions = { cacheBytes: 2 ** 20 };

/** Progress of a store that is made from others. */
export interface RewriteEvent {
  readonly type: 'progress';
  readonly done: number;
  readonly total: number;
}

/** Options of all that makes a store from others. */
export interface RewriteOptions {
  /** Default: the form of the stores it is made from, `plain` where they differ. */
  readonly form?: StoreForm;
  /** Errors that may be made beside those made before; default none. */
  readonly rounding?: Rounding;
  readonly onEvent?: (event: RewriteEvent) => void;
  readonly signal?: AbortSignal;
}

/** How a store is made from others: nothing is lost unless asked for, and what was lost is told. */
export function rewrittenStore(
  datasets: readonly Dataset[],
  { form, rounding = {} }: RewriteOptions,
): Required<Pick<StoreOptions, 'form' | 'rounding' | 'before'>> {
  const target =
    form ?? (datasets.every((dataset) => dataset.form === 'small') ? 'small' : 'plain');
  const of = (property: keyof Rounding): number[] =>
    datasets.flatMap((dataset) => dataset.rounding[property] ?? []);
  // Values of a coarse grid are on a finer one, so that the finest of all loses nothing.
  const keep = (property: keyof Rounding): Rounding =>
    target === 'small' && of(property).length > 0 ? { [property]: Math.min(...of(property)) } : {};
  const before = (property: keyof Rounding): Rounding =>
    of(property).length > 0 ? { [property]: Math.max(...of(property)) } : {};
  return {
    form: target,
    rounding: { ...keep('positions'), ...keep('forces'), ...rounding },
    before: { ...before('positions'), ...before('forces') },
  };
}

/** What a store remembers of one that it was made from. */
export function originOf(dataset: Dataset, structures: number): Origin {
  const { provenance, hash, origins } = dataset;
  return { ...provenance, hash, structures, ...(origins.length === 0 ? {} : { origins }) };
}

/** @throws AbortedError when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined, out: string): void {
  if (signal?.aborted !== true) return;
  throw new AbortedError('data/aborted', `writing ${out} was stopped`, {
    where: out,
    hint: 'Start it again: the files that it reads are unchanged.',
  });
}
