import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AbortedError, createAtoms, FileFormatError, isMlffdError, Rng } from '@mlffd/core';
import { Dataset, writeDataset } from '../src/index.ts';
import type { LabelledStructure } from '../src/index.ts';
import { BatchLoader } from '../src/loader/batchLoader.ts';
import { LoaderError } from '../src/loader/errors.ts';
import { collect, openCrystals } from './support/loaderSets.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

/** Structures of the damaged file; several chunks of 512 atoms, so that only some are unreadable. */
const COUNT = 60;
const options = { cutoff: 3, seed: 0, shuffle: false, batchSize: 5, workers: 2 } as const;
const all = Int32Array.from({ length: COUNT }, (_, k) => k);

/** Random gas, 40 atoms each. */
function gas(k: number, atoms = 40, edge = 12): LabelledStructure {
  const rng = new Rng(k, 'gas');
  return {
    atoms: createAtoms({
      numbers: new Array<number>(atoms).fill(18),
      positions: Float64Array.from({ length: 3 * atoms }, () => edge * rng.uniform()),
    }),
    meta: { id: `gas ${k}`, group: `gas ${k}`, source: 'gas' },
    energy: k,
  };
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a damaged file', () => {
  let damaged: string;

  beforeAll(async () => {
    const path = join(folder, 'gas.h5');
    await writeDataset(
      path,
      Array.from(all, (k) => gas(k)),
      { teacher: 'none' },
    );
    damaged = join(folder, 'damaged.h5');
    // Zeroes one byte range after the other until a structure in the middle is unreadable, while
    // the tables are whole: where a chunk lies in the file is the library's business.
    const bytes = readFileSync(path);
    for (let at = 4096; at < bytes.length; at += 4096) {
      const copy = Buffer.from(bytes);
      copy.fill(0, at, at + 2048);
      const trial = join(folder, `trial-${at}.h5`);
      writeFileSync(trial, copy);
      const dataset = await Dataset.open(trial).catch(() => undefined);
      if (dataset === undefined) continue;
      const early = readable(dataset, 0, 10);
      const late = readable(dataset, 0, COUNT);
      dataset.close();
      if (!early || late) continue;
      copyFileSync(trial, damaged);
      return;
    }
    throw new Error('no range does it');
  });

  function readable(dataset: Dataset, start: number, end: number): boolean {
    try {
      for (let k = start; k < end; k++) dataset.get(k);
      return true;
    } catch {
      return false;
    }
  }

  function firstUnreadable(dataset: Dataset): number {
    return all.findIndex((k) => !readable(dataset, k, k + 1));
  }

  test('is an error that names the structure, after all batches before it', async () => {
    const dataset = await Dataset.open(damaged);
    const bad = firstUnreadable(dataset);
    const loader = await BatchLoader.open(dataset, all, options);
    const seen: number[] = [];
    const error = await errorOf(
      (async () => {
        for await (const batch of loader) seen.push(...batch.indices);
      })(),
    );
    expect(seen).toEqual(Array.from({ length: 5 * Math.floor(bad / 5) }, (_, k) => k));
    expect(error).toBeInstanceOf(LoaderError);
    expect(error).toMatchObject({
      code: 'data/load-failed',
      structure: bad,
      cause: { code: 'data/bad-hdf5' },
    });
    expect((error as LoaderError).message).toContain(`structure ${bad} ("gas ${bad}")`);
    expect(isMlffdError((error as LoaderError).cause)).toBe(true);
    // The same again, at once: nothing hangs.
    expect(await errorOf(loader.next())).toBe(error);
    dataset.close();
  });

  test('fails while edges are counted, too', async () => {
    const dataset = await Dataset.open(damaged);
    const error = await errorOf(
      BatchLoader.open(dataset, all, { cutoff: 3, seed: 0, maxEdges: 100 }),
    );
    expect(error).toMatchObject({ name: 'LoaderError', structure: firstUnreadable(dataset) });
    dataset.close();
  });
});

describe('a file that is not what it was', () => {
  test('is refused when another dataset was put in its place, or when it is no dataset', async () => {
    const dataset = await openCrystals(folder, 12);
    const other = await openCrystals(folder, 13);
    const indices = [0, 1, 2];
    renameSync(other.path, dataset.path);
    const replaced = await BatchLoader.open(dataset, indices, options);
    expect(await errorOf(replaced.next())).toMatchObject({
      name: 'LoaderError',
      code: 'data/dataset-changed',
    });
    writeFileSync(join(folder, 'nothing'), '');
    renameSync(join(folder, 'nothing'), dataset.path);
    const empty = await BatchLoader.open(dataset, indices, options);
    const error = await errorOf(empty.next());
    expect(error).toBeInstanceOf(LoaderError);
    expect((error as LoaderError).where).toBe(dataset.path);
    expect(await errorOf(Dataset.open(dataset.path))).toBeInstanceOf(FileFormatError);
    dataset.close();
    other.close();
  });
});

describe('a signal', () => {
  test('ends what is waited for, and everything after it', async () => {
    const dataset = await openCrystals(folder, 30);
    const indices = Array.from({ length: 30 }, (_, k) => k);
    const controller = new AbortController();
    const { signal } = controller;
    const loader = await BatchLoader.open(dataset, indices, {
      ...options,
      epochs: Infinity,
      signal,
    });
    await loader.next();
    const { cursor } = loader;
    const waiting = errorOf(loader.next());
    controller.abort();
    expect(await waiting).toBeInstanceOf(AbortedError);
    expect(await errorOf(loader.next())).toBeInstanceOf(AbortedError);
    await loader.close();
    for (const limit of [{ batchSize: 3 }, { maxEdges: 50 }]) {
      const opening = BatchLoader.open(dataset, indices, { cutoff: 3, seed: 0, ...limit, signal });
      expect(await errorOf(opening)).toBeInstanceOf(AbortedError);
    }
    const again = await BatchLoader.open(dataset, indices, {
      ...options,
      epochs: Infinity,
      cursor,
    });
    expect((await again.next()).value?.position).toBe(1);
    await again.close();
    dataset.close();
  });

  test('stops the counting of edges, and leaves no file', async () => {
    const dataset = await openCrystals(folder, 31);
    const controller = new AbortController();
    const opening = BatchLoader.open(dataset, [0, 1], {
      cutoff: 3,
      seed: 0,
      maxEdges: 50,
      signal: controller.signal,
    });
    controller.abort();
    expect(await errorOf(opening)).toBeInstanceOf(AbortedError);
    const loader = await BatchLoader.open(dataset, [0, 1], { cutoff: 3, seed: 0, maxEdges: 50 });
    expect(await collect(loader)).toHaveLength(1);
    dataset.close();
  });

  test('that fires between two calls is heard by the next one; a closed loader is done', async () => {
    const dataset = await openCrystals(folder, 20);
    const controller = new AbortController();
    const given = { ...options, signal: controller.signal };
    const loader = await BatchLoader.open(dataset, [1, 2, 3], given);
    const closed = await BatchLoader.open(dataset, [1, 2, 3], options);
    const waiting = closed.next();
    await closed.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    controller.abort();
    expect(await errorOf(loader.next())).toBeInstanceOf(AbortedError);
    dataset.close();
  });
});

describe('threads', () => {
  let path: string;
  const child = fileURLToPath(new URL('./support/loaderChild.ts', import.meta.url));
  const source = fileURLToPath(new URL('./support/tsLoader.mjs', import.meta.url));

  beforeAll(async () => {
    path = join(folder, 'slow.h5');
    const small = Array.from({ length: 20 }, (_, k) => gas(k));
    // 1000 atoms, each with 140 neighbours: tens of milliseconds for each structure.
    const large = Array.from({ length: 20 }, (_, k) => gas(20 + k, 1000, 25));
    await writeDataset(path, [...small, ...large], { teacher: 'none' });
  });

  async function run(mode: string): Promise<Record<string, unknown>> {
    const process_ = spawn(
      process.execPath,
      ['--conditions=@mlffd/source', `--import=${source}`, child, path, mode],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    process_.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    expect(await new Promise((resolve) => process_.on('close', resolve))).toBe(0);
    return JSON.parse(output) as Record<string, unknown>;
  }

  test('that are killed from outside are an error that names the structure at work', async () => {
    const { first, second, third } = await run('terminate');
    expect(first).toBe(false);
    expect(second).toMatchObject({ name: 'LoaderError', code: 'data/loader-thread-ended' });
    const { structure, message } = second as { structure: number; message: string };
    expect(structure).toBeGreaterThanOrEqual(20);
    expect(message).toContain(`at structure ${structure} ("gas ${structure}")`);
    expect(third).toEqual(second);
  });

  test('are gone after close, and do not keep a program that forgot to close', async () => {
    expect(await run('close')).toEqual({
      first: false,
      threads: 1,
      ended: 1,
      next: { done: true },
    });
    expect(await run('forget')).toMatchObject({ first: false, threads: 1 });
  });
});
