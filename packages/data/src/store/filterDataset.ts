import { dirname } from 'node:path';
import type { LabelledStructure, StructureMeta } from '../structure.ts';
import { makeFolder, writeStoreAtomic } from './atomicStore.ts';
import { Dataset } from './dataset.ts';
import type { Origin } from './provenance.ts';
import { originOf, rewrittenStore, SEQUENTIAL, throwIfAborted } from './rewriteOptions.ts';
import type { RewriteOptions } from './rewriteOptions.ts';
import type { StoreSummary } from './storeWriter.ts';

/** What a filter decides by. */
export interface FilterCandidate {
  readonly index: number;
  readonly meta: StructureMeta;
  readonly atomCount: number;
  /** eV; undefined where there is no label. */
  readonly energy?: number;
  /** Length of the largest force on an atom, eV/Angstrom; undefined where there is no label. */
  readonly maxForce?: number;
  readonly structure: LabelledStructure;
}

/**
 * Writes those structures of a store that `keep` wants into another one, in their order, one at a
 * time. The new file appears whole or not at all.
 *
 * @throws FileFormatError when the store is damaged
 * @throws FileSystemError when the disk refuses
 * @throws AbortedError when the signal fires
 */
export async function filterDataset(
  file: string,
  out: string,
  keep: (candidate: FilterCandidate) => boolean,
  options: RewriteOptions = {},
): Promise<StoreSummary> {
  const dataset = await Dataset.open(file, SEQUENTIAL);
  try {
    const { properties, provenance } = dataset;
    const origins: Origin[] = [];
    makeFolder(dirname(out));
    const store = { ...rewrittenStore([dataset], options), properties, provenance, origins };
    return await writeStoreAtomic(out, store, (writer) => {
      let kept = 0;
      for (let index = 0; index < dataset.length; index++) {
        if (index % TURN === 0) {
          throwIfAborted(options.signal, out);
          options.onEvent?.({ type: 'progress', done: index, total: dataset.length });
        }
        const structure = dataset.get(index);
        if (!keep(candidateOf(structure, index))) continue;
        writer.append(structure);
        kept++;
      }
      options.onEvent?.({ type: 'progress', done: dataset.length, total: dataset.length });
      origins.push(originOf(dataset, kept));
    });
  } finally {
    dataset.close();
  }
}

/** Structures between two looks at the signal. */
const TURN = 256;

function candidateOf(structure: LabelledStructure, index: number): FilterCandidate {
  const { atoms, meta, energy, forces } = structure;
  return {
    index,
    meta,
    atomCount: atoms.numbers.length,
    structure,
    ...(energy === undefined ? {} : { energy }),
    ...(forces === undefined ? {} : { maxForce: largestForce(forces) }),
  };
}

function largestForce(forces: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < forces.length; k += 3) {
    largest = Math.max(largest, Math.hypot(forces[k], forces[k + 1], forces[k + 2]));
  }
  return largest;
}
