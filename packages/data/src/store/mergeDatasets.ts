import { basename, dirname, extname } from 'node:path';
import { InvalidArgumentError, sha256, stableStringify } from '@mlffd/core';
import { LABEL_PROPERTIES } from '../structure.ts';
import type { LabelledStructure, LabelProperty } from '../structure.ts';
import { makeFolder, writeStoreAtomic } from './atomicStore.ts';
import { Dataset } from './dataset.ts';
import { StoreMismatchError } from './errors.ts';
import type { Provenance } from './provenance.ts';
import { originOf, rewrittenStore, SEQUENTIAL, throwIfAborted } from './rewriteOptions.ts';
import type { RewriteOptions } from './rewriteOptions.ts';
import type { StoreSummary } from './storeWriter.ts';

/** Options of `mergeDatasets`. */
export interface MergeOptions extends RewriteOptions {
  /**
   * Whether labels of different teachers may end in one store. Each structure then says in
   * `meta.details.teacher` whose labels it has. Default false.
   */
  readonly allowMixed?: boolean;
  /**
   * Put before the ids (and parents) of each file, so that ids of two files may be equal: `true` for
   * the names of the files, or one text for each file. Groups stay as they are: structures of one
   * origin belong together in whatever file they are.
   */
  readonly prefixIds?: boolean | readonly string[];
}

/** Structures between two looks at the signal. */
const TURN = 256;

/**
 * Writes the structures of several stores, one after the other, into one. The new file appears whole
 * or not at all.
 *
 * @throws StoreMismatchError when the teachers differ and `allowMixed` is not set, or when an id is
 * in two files
 * @throws InvalidArgumentError for no file, or prefixes that do not fit
 * @throws FileFormatError when a store is damaged
 * @throws FileSystemError when the disk refuses
 * @throws AbortedError when the signal fires
 */
export async function mergeDatasets(
  files: readonly string[],
  out: string,
  options: MergeOptions = {},
): Promise<StoreSummary> {
  if (files.length === 0) {
    throw new InvalidArgumentError('data/no-file', 'there is nothing to merge', {
      expected: 'at least one file',
      found: 'an empty list',
    });
  }
  const prefixes = prefixesOf(files, options.prefixIds ?? false);
  const datasets: Dataset[] = [];
  try {
    // Before anything is written: a merge that fails does so at once.
    for (const file of files) datasets.push(await Dataset.open(file, SEQUENTIAL));
    const { provenance, mixed } = commonProvenance(datasets, options.allowMixed ?? false);
    checkIds(datasets, prefixes);
    makeFolder(dirname(out));
    const store = {
      ...rewrittenStore(datasets, options),
      properties: LABEL_PROPERTIES.filter((property: LabelProperty) =>
        datasets.some((dataset) => dataset.properties.includes(property)),
      ),
      provenance,
      origins: datasets.map((dataset) => originOf(dataset, dataset.length)),
    };
    const total = datasets.reduce((sum, { length }) => sum + length, 0);
    let done = 0;
    return await writeStoreAtomic(out, store, (writer) => {
      for (const [k, dataset] of datasets.entries()) {
        const teacher = mixed ? nameOf(dataset.provenance) : undefined;
        for (const structure of dataset) {
          if (done % TURN === 0) throwIfAborted(options.signal, out);
          writer.append(renamed(structure, prefixes[k], teacher));
          if (++done % TURN === 0) options.onEvent?.({ type: 'progress', done, total });
        }
        dataset.close();
      }
      options.onEvent?.({ type: 'progress', done, total });
    });
  } finally {
    for (const dataset of datasets) dataset.close();
  }
}

const nameOf = ({ teacher, fingerprint }: Provenance): string =>
  fingerprint === undefined ? teacher : `${teacher} ${fingerprint}`;

/** What all stores have in common; of a mixture the teachers are listed. */
function commonProvenance(
  datasets: readonly Dataset[],
  allowMixed: boolean,
): { provenance: Provenance; mixed: boolean } {
  const all = datasets.map(({ provenance }) => provenance);
  const teachers = [...new Set(all.map(nameOf))];
  const [{ teacher, fingerprint, generator, seed }] = all;
  const rest = {
    ...(generator !== undefined && all.every((one) => one.generator === generator)
      ? { generator }
      : {}),
    ...(seed !== undefined && all.every((one) => one.seed === seed) ? { seed } : {}),
  };
  if (teachers.length === 1) {
    const known = fingerprint === undefined ? {} : { fingerprint };
    return { provenance: { teacher, ...known, ...rest }, mixed: false };
  }
  if (!allowMixed) {
    const other = all.findIndex((one) => nameOf(one) !== teachers[0]);
    throw new StoreMismatchError(
      'data/mixed-teachers',
      `${datasets[other].path} and ${datasets[0].path} hold labels of different teachers`,
      {
        expected: teachers[0],
        found: nameOf(all[other]),
        where: datasets[other].path,
        hint: 'Label all structures with one teacher, or set allowMixed if their energies have one zero.',
      },
    );
  }
  const names = [...new Set(all.map((one) => one.teacher))].join(' + ');
  const mixture = { teacher: `mixed: ${names}`, fingerprint: sha256(stableStringify(teachers)) };
  return { provenance: { ...mixture, ...rest }, mixed: true };
}

function prefixesOf(files: readonly string[], wanted: boolean | readonly string[]): string[] {
  if (wanted === false) return files.map(() => '');
  const given =
    wanted === true ? files.map((file) => `${basename(file, extname(file))}/`) : [...wanted];
  if (given.length === files.length && new Set(given).size === given.length) return given;
  throw new InvalidArgumentError('data/bad-prefix', 'the prefixes do not tell the files apart', {
    expected: `${files.length} different prefixes`,
    found: given.join(', '),
    where: 'prefixIds',
    hint: 'Give a list with one text for each file.',
  });
}

function checkIds(datasets: readonly Dataset[], prefixes: readonly string[]): void {
  const seen = new Map<string, number>();
  for (const [k, dataset] of datasets.entries()) {
    for (let i = 0; i < dataset.length; i++) {
      const id = prefixes[k] + dataset.meta(i).id;
      const other = seen.get(id);
      if (other === undefined) {
        seen.set(id, k);
        continue;
      }
      throw new StoreMismatchError('data/duplicate-id', `the id ${id} appears twice`, {
        expected: 'ids that are unique over all files',
        found: id,
        where: `${datasets[other].path} and ${dataset.path}`,
        hint: 'Set prefixIds if these are different structures.',
      });
    }
  }
}

function renamed(
  structure: LabelledStructure,
  prefix: string,
  teacher: string | undefined,
): LabelledStructure {
  if (prefix === '' && teacher === undefined) return structure;
  const { meta } = structure;
  return {
    ...structure,
    meta: {
      ...meta,
      id: prefix + meta.id,
      ...(meta.parent === undefined ? {} : { parent: prefix + meta.parent }),
      // Of a store that is a mixture itself, every structure knows already.
      ...(teacher === undefined ? {} : { details: { teacher, ...meta.details } }),
    },
  };
}
