import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, neighborList } from '@mlffd/core';
import type { Dataset } from '../src/index.ts';
import { BatchLoader } from '../src/loader/batchLoader.ts';
import type { BatchLoaderOptions, LoaderCursor } from '../src/loader/batchLoader.ts';
import { planBatches } from '../src/loader/batches.ts';
import { edgeCountsPath } from '../src/loader/edgeCounts.ts';
import type { EdgeCountEvent } from '../src/loader/edgeCounts.ts';
import { batchAtoms } from '../src/loader/loadedBatch.ts';
import { collect, CUTOFF, openCrystals } from './support/loaderSets.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const COUNT = 41;
const { folder, remove } = makeTemporaryFolder();
const indices = Int32Array.from({ length: COUNT - 3 }, (_, k) => k + 2);
const options: BatchLoaderOptions = { cutoff: CUTOFF, seed: 3, batchSize: 8, workers: 1 };
let dataset: Dataset;

beforeAll(async () => {
  dataset = await openCrystals(folder, COUNT);
});

afterAll(() => {
  dataset.close();
  remove();
});

describe('a loader', () => {
  test('gives the structures of each batch as stored, with the neighbours of core', async () => {
    const batches = await collect(await BatchLoader.open(dataset, indices, options));
    expect(
      batches.map(({ epoch, position, indices: own }) => ({ epoch, position, indices: own })),
    ).toEqual(planBatches(dataset, indices, { seed: 3, batchSize: 8 }));
    for (const batch of batches) {
      const { atomOffsets, edgeOffsets, firstEdges } = batch;
      expect(batch.counts).toEqual({
        structures: batch.indices.length,
        atoms: atomOffsets.at(-1),
        edges: edgeOffsets.at(-1),
      });
      expect(firstEdges.at(-1)).toBe(batch.counts.edges);
      for (const [b, k] of batch.indices.entries()) {
        const { atoms, energy, forces, stress } = dataset.get(k);
        expect(batchAtoms(batch, b)).toEqual(atoms);
        const [start, end] = [atomOffsets[b], atomOffsets[b + 1]];
        const [first, last] = [edgeOffsets[b], edgeOffsets[b + 1]];
        expect([batch.hasEnergy[b], batch.energies[b]]).toEqual(
          energy === undefined ? [0, 0] : [1, energy],
        );
        expect(batch.hasForces[b]).toBe(forces === undefined ? 0 : 1);
        expect(batch.forces.slice(3 * start, 3 * end)).toEqual(
          forces ?? new Float64Array(3 * (end - start)),
        );
        expect(batch.hasStress[b]).toBe(stress === undefined ? 0 : 1);
        expect(batch.stresses.slice(6 * b, 6 * b + 6)).toEqual(stress ?? new Float64Array(6));
        expect([...batch.origins.subarray(start, end)]).toEqual([...atoms.numbers.keys()]);
        const list = neighborList(atoms, CUTOFF);
        expect(batch.centers.slice(first, last)).toEqual(list.centers.map((i) => i + start));
        expect(batch.neighbors.slice(first, last)).toEqual(list.neighbors.map((j) => j + start));
        expect(batch.shifts.slice(3 * first, 3 * last)).toEqual(list.shifts);
        expect(batch.vectors.slice(3 * first, 3 * last)).toEqual(list.vectors);
        expect(firstEdges.slice(start, end + 1)).toEqual(list.offsets.map((e) => e + first));
      }
    }
  });

  test('gives the same whatever the number of threads and batches ahead', async () => {
    const augmented = { ...options, epochs: 2, augment: { rotation: true, permutation: true } };
    const one = await collect(await BatchLoader.open(dataset, indices, augmented));
    expect(one).toHaveLength(10);
    const three = await BatchLoader.open(dataset, indices, {
      ...augmented,
      workers: 3,
      prefetch: 7,
    });
    expect(await collect(three)).toEqual(one);
    const next = await BatchLoader.open(dataset, indices, { ...augmented, seed: 4 });
    expect((await next.next()).value?.indices).not.toEqual(one[0].indices);
    await next.close();
  });

  test('goes on from a cursor that went through JSON, within an epoch and at its end', async () => {
    const endless = { ...options, epochs: Infinity, augment: { rotation: true } };
    const whole = await BatchLoader.open(dataset, indices, endless);
    const seen = [];
    const cursors: LoaderCursor[] = [whole.cursor];
    for (let k = 0; k < 12; k++) {
      seen.push((await whole.next()).value);
      cursors.push(JSON.parse(JSON.stringify(whole.cursor)) as LoaderCursor);
    }
    expect(whole.waited).toBeGreaterThan(0);
    await whole.close();
    expect(cursors[5]).toMatchObject({ epoch: 1, position: 0 });
    for (const start of [3, 5, 11]) {
      const rest = await BatchLoader.open(dataset, indices, { ...endless, cursor: cursors[start] });
      for (const expected of seen.slice(start)) {
        expect((await rest.next()).value).toEqual(expected);
      }
      await rest.close();
    }
    const finished = await BatchLoader.open(dataset, indices, {
      ...options,
      cursor: { ...(await cursorOf(options)), epoch: 1 },
    });
    expect(await finished.next()).toEqual({ done: true, value: undefined });
  });

  test('refuses a cursor of other data or options', async () => {
    const cursor = await cursorOf(options);
    const others: [ArrayLike<number>, BatchLoaderOptions][] = [
      [indices.slice(1), options],
      [indices, { ...options, seed: 4 }],
      [indices, { ...options, batchSize: 7 }],
      [indices, { ...options, cutoff: 4 }],
      [indices, { ...options, augment: { permutation: true } }],
    ];
    for (const [numbers, other] of others) {
      await expect(BatchLoader.open(dataset, numbers, { ...other, cursor })).rejects.toMatchObject({
        code: 'data/cursor-mismatch',
      });
    }
    await expect(
      BatchLoader.open(dataset, indices, { ...options, cursor: { ...cursor, position: 99 } }),
    ).rejects.toThrow(InvalidArgumentError);
  });

  test('answers calls that overlap in order, and stops when the loop is left', async () => {
    const loader = await BatchLoader.open(dataset, indices, options);
    const both = await Promise.all([loader.next(), loader.next()]);
    expect(both.map(({ value }) => value?.position)).toEqual([0, 1]);
    for await (const batch of loader) {
      expect(batch.position).toBe(2);
      break;
    }
    expect(await loader.next()).toEqual({ done: true, value: undefined });
    await loader.close();
  });

  test('refuses options that it cannot use, before or after threads are there', async () => {
    const bad: [ArrayLike<number>, Partial<BatchLoaderOptions>][] = [
      [[], {}],
      [[COUNT], {}],
      [indices, { workers: 0 }],
      [indices, { prefetch: 1.5 }],
      [indices, { epochs: 0 }],
      [indices, { cutoff: 0 }],
      [indices, { maxAtoms: 5 }],
    ];
    for (const [numbers, given] of bad) {
      await expect(BatchLoader.open(dataset, numbers, { ...options, ...given })).rejects.toThrow(
        InvalidArgumentError,
      );
    }
  });
});

describe('batches by edges', () => {
  const MAX_EDGES = 150;
  const byEdges: BatchLoaderOptions = { cutoff: CUTOFF, seed: 3, maxEdges: MAX_EDGES, workers: 2 };

  test('stay below the limit; the counts are kept beside the dataset and used again', async () => {
    const events: EdgeCountEvent[] = [];
    const onEvent = (event: EdgeCountEvent): void => void events.push(event);
    const first = await collect(await BatchLoader.open(dataset, indices, { ...byEdges, onEvent }));
    expect(first.length).toBeGreaterThan(3);
    for (const { counts } of first) {
      expect(counts.edges <= MAX_EDGES || counts.structures === 1).toBe(true);
    }
    expect(events.at(-1)).toEqual({ type: 'count-edges', done: COUNT, total: COUNT });
    const file = edgeCountsPath({ path: dataset.path, hash: dataset.hash, cutoff: CUTOFF });
    const kept = readFileSync(file, 'utf8');

    events.length = 0;
    const again = await collect(await BatchLoader.open(dataset, indices, { ...byEdges, onEvent }));
    expect(events).toEqual([]);
    expect(again).toEqual(first);

    // A file that is damaged, or of something else, is counted anew.
    for (const text of [
      '{',
      kept.replace('"edges":[', '"edges":[9'),
      kept.replace('"key":"', '"key":"0'),
    ]) {
      events.length = 0;
      writeFileSync(file, text);
      const loader = await BatchLoader.open(dataset, indices, { ...byEdges, onEvent });
      await loader.close();
      expect(events).toHaveLength(1);
      expect(readFileSync(file, 'utf8')).toBe(kept);
    }
    rmSync(file);
  });

  test('leave no file where none is wanted, and say so where none can be written', async () => {
    const loader = await BatchLoader.open(dataset, indices, { ...byEdges, keepEdgeCounts: false });
    await loader.close();
    const file = edgeCountsPath({ path: dataset.path, hash: dataset.hash, cutoff: CUTOFF });
    expect(existsSync(file)).toBe(false);
    // The name is taken by a folder: the file cannot be renamed onto it.
    mkdirSync(join(file, 'inside'), { recursive: true });
    const events: EdgeCountEvent[] = [];
    const other = await BatchLoader.open(dataset, indices, {
      ...byEdges,
      onEvent: (event) => events.push(event),
    });
    expect((await other.next()).done).toBe(false);
    await other.close();
    expect(events.at(-1)).toMatchObject({ type: 'edge-counts-not-kept', path: file });
    expect(readdirSync(folder).filter((name) => name.includes('.tmp'))).toEqual([]);
    rmSync(file, { recursive: true });
  });
});

async function cursorOf(given: BatchLoaderOptions): Promise<LoaderCursor> {
  const loader = await BatchLoader.open(dataset, indices, given);
  await loader.close();
  return loader.cursor;
}
