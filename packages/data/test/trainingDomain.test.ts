import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { AbortedError, checkDomain, DomainBuilder } from '@mlffd/core';
import { writeDataset } from '../src/store/atomicStore.ts';
import { Dataset } from '../src/store/dataset.ts';
import { structuresOf, trainingDomainOf } from '../src/trainingDomain.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
const structures = makeLabelled(40);
const provenance = { teacher: 'pair-1', fingerprint: 'abc', generator: 'test', seed: 7 };
afterAll(remove);

test('is that of the chosen structures of a store', async () => {
  const path = join(folder, 'set.h5');
  await writeDataset(path, structures, provenance);
  const dataset = await Dataset.open(path);
  const chosen = [3, 7, 20];
  const builder = new DomainBuilder();
  for (const k of chosen) builder.add(structures[k].atoms);
  const done: number[] = [];
  const domain = await trainingDomainOf(structuresOf(dataset, chosen), {
    onStructure: (count) => void done.push(count),
  });
  expect(domain).toEqual(builder.domain());
  expect(done).toEqual([1, 2, 3]);
  const whole = await trainingDomainOf(structuresOf(dataset));
  expect(whole.structures).toBe(40);
  for (const { atoms } of structures) expect(checkDomain(atoms, whole)).toEqual([]);
  dataset.close();
});

test('takes structures that come later, and stops when it is asked to', async () => {
  async function* later() {
    for (const { atoms } of structures) {
      await Promise.resolve();
      yield atoms;
    }
  }
  expect(await trainingDomainOf(later(), { radius: 2 })).toMatchObject({
    radius: 2,
    structures: 40,
  });
  const abort = new AbortController();
  const work = trainingDomainOf(later(), {
    signal: abort.signal,
    onStructure: (done) => {
      if (done === 10) abort.abort();
    },
  });
  await expect(work).rejects.toBeInstanceOf(AbortedError);
});
