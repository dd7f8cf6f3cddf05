import { type Atoms, DomainBuilder, type DomainOptions, type TrainingDomain } from '@mlffd/core';
import { Turn } from './sampling/turn.ts';
import type { Dataset } from './store/dataset.ts';

/** Choices of {@link trainingDomainOf}. */
export interface TrainingDomainOptions extends DomainOptions {
  readonly signal?: AbortSignal;
  /** Called after every structure with the number of those done. */
  readonly onStructure?: (done: number) => void;
}

/**
 * What structures are like, atom by atom: elements, smallest distances, numbers of neighbours. A student
 * that is trained on them extrapolates outside of it. Structures may come from anywhere, one after the
 * other, and are not kept; for those of a store see {@link structuresOf}.
 *
 * @throws InvalidAtomsError, AbortedError, InvalidArgumentError for a radius that is not positive
 */
export async function trainingDomainOf(
  structures: Iterable<Atoms> | AsyncIterable<Atoms>,
  options: TrainingDomainOptions = {},
): Promise<TrainingDomain> {
  const builder = new DomainBuilder(options);
  const turn = new Turn('the search for the training domain', options.signal);
  let done = 0;
  for await (const atoms of structures) {
    builder.add(atoms);
    done += 1;
    options.onStructure?.(done);
    const pending = turn.pass();
    if (pending !== undefined) await pending;
  }
  return builder.domain();
}

/**
 * Structures of a store, one after the other.
 *
 * @param indices default all
 */
export function* structuresOf(
  dataset: Dataset,
  indices: Iterable<number> = range(dataset.length),
): Generator<Atoms, void, undefined> {
  for (const index of indices) yield dataset.get(index).atoms;
}

function* range(length: number): Generator<number, void, undefined> {
  for (let k = 0; k < length; k += 1) yield k;
}
