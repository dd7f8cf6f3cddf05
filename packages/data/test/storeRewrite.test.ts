import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AbortedError, FileFormatError, InvalidArgumentError } from '@mlffd/core';
import { writeDataset } from '../src/store/atomicStore.ts';
import { Dataset } from '../src/store/dataset.ts';
import { StoreMismatchError } from '../src/store/errors.ts';
import { filterDataset } from '../src/store/filterDataset.ts';
import type { FilterCandidate } from '../src/store/filterDataset.ts';
import { mergeDatasets } from '../src/store/mergeDatasets.ts';
import { subsetDataset } from '../src/store/subsetDataset.ts';
import type { LabelledStructure } from '../src/structure.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const at = (name: string): string => join(folder, name);
const structures = makeLabelled(50);
const provenance = { teacher: 'pair-1', fingerprint: 'abc', generator: 'test', seed: 7 };

beforeAll(async () => {
  await writeDataset(at('all.h5'), structures, provenance);
  await writeDataset(at('first.h5'), structures.slice(0, 30), provenance);
  await writeDataset(at('second.h5'), structures.slice(30), { ...provenance, seed: 8 });
  await writeDataset(at('other.h5'), makeLabelled(5, 2), { teacher: 'pair-2' });
  await writeDataset(at('small.h5'), structures, { ...provenance, form: 'small' });
});

async function content(name: string): Promise<LabelledStructure[]> {
  const dataset = await Dataset.open(at(name));
  dataset.verify();
  const all = [...dataset];
  dataset.close();
  return all;
}

async function opened<T>(name: string, look: (dataset: Dataset) => T): Promise<T> {
  const dataset = await Dataset.open(at(name));
  try {
    return look(dataset);
  } finally {
    dataset.close();
  }
}

const stopped = (): AbortSignal => AbortSignal.abort();

describe('merging', () => {
  test('parts of a set give the set, and what they were is remembered', async () => {
    const summary = await mergeDatasets([at('first.h5'), at('second.h5')], at('merged.h5'));
    expect(await content('merged.h5')).toEqual(structures);
    const whole = await opened('all.h5', ({ hash }) => hash);
    expect(summary).toMatchObject({ structures: 50, hash: whole, path: at('merged.h5') });
    const hashes = await Promise.all(
      ['first.h5', 'second.h5'].map((name) => opened(name, ({ hash }) => hash)),
    );
    await opened('merged.h5', ({ origins, provenance: found }) => {
      expect(found).toEqual({ teacher: 'pair-1', fingerprint: 'abc', generator: 'test' });
      expect(origins).toEqual([
        { ...provenance, hash: hashes[0], structures: 30 },
        { ...provenance, seed: 8, hash: hashes[1], structures: 20 },
      ]);
    });
  });

  test('refuses labels of two teachers, unless that is wanted and written down', async () => {
    const files = [at('first.h5'), at('other.h5')];
    await expect(mergeDatasets(files, at('mixed.h5'))).rejects.toMatchObject({
      name: 'StoreMismatchError',
      code: 'data/mixed-teachers',
      found: 'pair-2',
    });
    expect(existsSync(at('mixed.h5'))).toBe(false);
    await mergeDatasets(files, at('mixed.h5'), { allowMixed: true, prefixIds: ['a/', 'b/'] });
    await opened('mixed.h5', (dataset) => {
      expect(dataset.provenance.teacher).toBe('mixed: pair-1 + pair-2');
      expect(dataset.provenance.fingerprint).toMatch(/^[0-9a-f]{64}$/);
      const { meta } = dataset.get(0);
      expect(meta).toMatchObject({ id: 'a/s0', details: { teacher: 'pair-1 abc', step: 0 } });
      expect(dataset.meta(31)).toMatchObject({ id: 'b/s1', parent: 'b/s0', group: 'g0' });
      expect(dataset.meta(34).details).toMatchObject({ teacher: 'pair-2' });
    });
    // What is mixed already keeps the names.
    await writeDataset(at('third.h5'), makeLabelled(2, 3), { teacher: 'pair-3' });
    await mergeDatasets([at('mixed.h5'), at('third.h5')], at('more.h5'), { allowMixed: true });
    await opened('more.h5', (dataset) => {
      expect(dataset.meta(0).details).toMatchObject({ teacher: 'pair-1 abc' });
      expect(dataset.meta(35).details).toMatchObject({ teacher: 'pair-3' });
      expect(dataset.origins[0].origins).toHaveLength(2);
    });
  });

  test('refuses an id that is in two files, or tells them apart by a prefix', async () => {
    const files = [at('first.h5'), at('all.h5')];
    await expect(mergeDatasets(files, at('twice.h5'))).rejects.toThrow(StoreMismatchError);
    await mergeDatasets(files, at('twice.h5'), { prefixIds: true });
    const metas = await opened('twice.h5', (dataset) => dataset.metas);
    expect(metas[0].id).toBe('first/s0');
    expect(metas[31]).toMatchObject({ id: 'all/s1', parent: 'all/s0', group: 'g0' });
    for (const prefixIds of [['a'], ['a', 'a']]) {
      await expect(mergeDatasets(files, at('x.h5'), { prefixIds })).rejects.toThrow(
        InvalidArgumentError,
      );
    }
    await expect(mergeDatasets([], at('x.h5'))).rejects.toThrow(InvalidArgumentError);
    expect(existsSync(at('x.h5'))).toBe(false);
  });

  test('takes all properties that any file has', async () => {
    const { atoms, meta, energy } = structures[0];
    await writeDataset(
      at('energies.h5'),
      [{ atoms, meta: { ...meta, id: 'e' }, energy: energy! }],
      {
        ...provenance,
      },
    );
    await mergeDatasets([at('energies.h5'), at('first.h5')], at('union.h5'));
    await opened('union.h5', (dataset) => {
      expect(dataset.properties).toEqual(['energy', 'forces', 'stress']);
      expect(dataset.get(0)).not.toHaveProperty('forces');
      expect(dataset.get(1)).toEqual(structures[0]);
    });
  });
});

describe('filtering', () => {
  test('keeps what is wanted, in order', async () => {
    const seen: FilterCandidate[] = [];
    const keep = (candidate: FilterCandidate): boolean => {
      seen.push(candidate);
      return candidate.atomCount > 5 && (candidate.energy ?? 0) < 0.5;
    };
    const summary = await filterDataset(at('all.h5'), at('filtered.h5'), keep);
    const expected = structures.filter(
      ({ atoms, energy }) => atoms.numbers.length > 5 && (energy ?? 0) < 0.5,
    );
    expect(await content('filtered.h5')).toEqual(expected);
    expect(summary.structures).toBe(expected.length);
    expect(seen).toHaveLength(50);
    for (const { index, meta, maxForce, structure } of seen) {
      expect(structure).toEqual(structures[index]);
      expect(meta).toEqual(structures[index].meta);
      const { forces } = structures[index];
      const largest =
        forces &&
        Math.max(
          ...Array.from({ length: forces.length / 3 }, (_, i) =>
            Math.hypot(...forces.subarray(3 * i, 3 * i + 3)),
          ),
        );
      expect(maxForce).toBe(largest);
    }
    await opened('filtered.h5', (dataset) => {
      expect(dataset.provenance).toEqual(provenance);
      expect(dataset.origins).toMatchObject([{ structures: expected.length, teacher: 'pair-1' }]);
    });
  });

  test('that throws or is stopped leaves what was there', async () => {
    await filterDataset(at('all.h5'), at('kept.h5'), () => true);
    const before = readFileSync(at('kept.h5'));
    const fail = (): boolean => {
      throw new RangeError('no');
    };
    await expect(filterDataset(at('all.h5'), at('kept.h5'), fail)).rejects.toThrow(RangeError);
    await expect(
      filterDataset(at('all.h5'), at('kept.h5'), () => true, { signal: stopped() }),
    ).rejects.toThrow(AbortedError);
    expect(readFileSync(at('kept.h5'))).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('of a damaged file is an error, and writes nothing', async () => {
    writeFileSync(at('cut.h5'), readFileSync(at('all.h5')).subarray(0, 20_000));
    await expect(filterDataset(at('cut.h5'), at('none.h5'), () => true)).rejects.toThrow(
      FileFormatError,
    );
    expect(existsSync(at('none.h5'))).toBe(false);
  });
});

describe('a subset', () => {
  test('comes in the order of the indices', async () => {
    const indices = Int32Array.of(40, 3, 3 + 7, 0);
    const events: unknown[] = [];
    await subsetDataset(at('all.h5'), at('subset.h5'), indices, {
      onEvent: (event) => events.push(event),
    });
    expect(await content('subset.h5')).toEqual([...indices].map((k) => structures[k]));
    expect(events).toEqual([{ type: 'progress', done: 4, total: 4 }]);
    await opened('subset.h5', ({ origins }) => {
      expect(origins).toMatchObject([{ structures: 4 }]);
    });
  });

  test('refuses indices that are twice there or nowhere', async () => {
    for (const indices of [[1, 1], [50], [-1], [0.5]]) {
      await expect(subsetDataset(at('all.h5'), at('no.h5'), indices)).rejects.toThrow(
        InvalidArgumentError,
      );
    }
    await expect(
      subsetDataset(at('all.h5'), at('no.h5'), [1], { signal: stopped() }),
    ).rejects.toThrow(AbortedError);
    expect(existsSync(at('no.h5'))).toBe(false);
  });
});

describe('form and rounding', () => {
  test('stay as they are, so that copies of copies lose nothing', async () => {
    const small = await opened('small.h5', ({ hash, rounding }) => ({ hash, rounding }));
    const copy = await filterDataset(at('small.h5'), at('copy.h5'), () => true);
    expect(copy.hash).toBe(small.hash);
    await opened('copy.h5', (dataset) => {
      expect(dataset.form).toBe('small');
      expect(dataset.rounding).toEqual(small.rounding);
    });
    // Into the plain form and back.
    await filterDataset(at('small.h5'), at('plain.h5'), () => true, { form: 'plain' });
    await opened('plain.h5', (dataset) => {
      expect(dataset.form).toBe('plain');
      expect(dataset.rounding).toEqual(small.rounding);
      expect(dataset.hash).toBe(small.hash);
    });
    const back = await filterDataset(at('plain.h5'), at('back.h5'), () => true, { form: 'small' });
    expect(back.hash).toBe(small.hash);
  });

  test('of a mixture of forms are plain and finest', async () => {
    const rounding = { positions: 1e-7, forces: 1e-6 };
    await writeDataset(at('fine.h5'), makeLabelled(5, 9).map(renamed), {
      ...provenance,
      form: 'small',
      rounding,
    });
    await mergeDatasets([at('small.h5'), at('fine.h5')], at('both.h5'));
    await opened('both.h5', (dataset) => {
      expect(dataset.form).toBe('small');
      // The worst of what was done to any of them.
      expect(dataset.rounding).toEqual({ positions: 2 ** -17, forces: 2 ** -14 });
    });
    expect((await content('both.h5')).slice(50)).toEqual(await content('fine.h5'));
    await mergeDatasets([at('second.h5'), at('fine.h5')], at('either.h5'));
    expect(await opened('either.h5', ({ form }) => form)).toBe('plain');
  });
});

const renamed = (structure: LabelledStructure): LabelledStructure => ({
  ...structure,
  meta: { ...structure.meta, id: `fine-${structure.meta.id}` },
});
