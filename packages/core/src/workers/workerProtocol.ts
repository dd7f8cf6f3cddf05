import type { Atoms } from '../atoms.ts';
import type { Property, Results } from '../calculator.ts';
import type { PackedError } from './errorTransfer.ts';

/** How a thread makes its calculator: `await (await import(module))[factory](...args)`. */
export interface CalculatorSource {
  /** URL of an ES module. */
  readonly module: string;
  /** Name of the export that makes the calculator, at once or as a promise. */
  readonly factory: string;
  /** Anything that structured cloning can copy. */
  readonly args: readonly unknown[];
}

/** What a thread is asked; it works through its requests in order. */
export type WorkerRequest =
  | {
      readonly type: 'calculate';
      readonly id: number;
      readonly atoms: Atoms;
      readonly properties: readonly Property[];
    }
  | { readonly type: 'close' };

/** What the calculator says of itself. */
export interface CalculatorFacts {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  readonly cutoff?: number;
}

/** What a thread answers. */
export type WorkerReply =
  | { readonly type: 'ready'; readonly about: CalculatorFacts }
  | { readonly type: 'unmade'; readonly error: PackedError }
  | { readonly type: 'results'; readonly id: number; readonly results: Results }
  | { readonly type: 'failed'; readonly id: number; readonly error: PackedError };
