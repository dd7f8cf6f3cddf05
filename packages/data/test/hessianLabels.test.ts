import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AbortedError, FileFormatError, InvalidArgumentError } from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { hessianProduct } from '../src/hessian/hessianProduct.ts';
import { HessianProductSet } from '../src/hessian/hessianProductSet.ts';
import { labelHessianProducts } from '../src/hessian/labelHessianProducts.ts';
import type { HessianLabelOptions } from '../src/hessian/labelHessianProducts.ts';
import { ProductFile } from '../src/hessian/productFile.ts';
import { FolderMismatchError, LabelNoGoError, readLabelFolder } from '../src/index.ts';
import type { Dataset, LabelEvent, LabelSummary } from '../src/index.ts';
import { clusterDataset } from './support/hessianSets.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeTemporaryFolder } from './support/structures.ts';

/** Products are kept in float32. */
const STORED = 1e-6;
const COUNT = 12;
/** Products of a shard of the child, and products that may be ready before it is written. */
const SHARD = 4;
const IN_HAND = 4;

const { folder, remove } = makeTemporaryFolder();
let dataset: Dataset;

beforeAll(async () => {
  dataset = await clusterDataset(join(folder, 'set.h5'), COUNT);
});

afterAll(() => {
  dataset.close();
  remove();
});

const options = (
  name: string,
  more: Partial<HessianLabelOptions> = {},
): HessianLabelOptions & { calculator: PairPotential } => ({
  dataset,
  path: join(folder, `${name}.hvp.h5`),
  directions: 2,
  shardSize: 3,
  ...more,
  calculator: new PairPotential(),
});

/** Fails for structures of five atoms. */
class Picky extends PairPotential {
  override calculate(...[atoms, properties]: Parameters<PairPotential['calculate']>) {
    if (atoms.numbers.length === 5) throw new RangeError('five atoms are too many');
    return super.calculate(atoms, properties);
  }
}

describe('labelling', () => {
  test('makes products of every structure along directions of its own', async () => {
    const { path, products, labels } = await labelHessianProducts(options('all', { seed: 5 }));
    expect(products).toBe(2 * COUNT);
    expect(labels).toMatchObject({ labelled: 2 * COUNT, failed: [] });
    const set = await HessianProductSet.open(dataset, path);
    expect(set.products.description).toEqual({
      dataset: dataset.hash,
      teacher: 'pair-1',
      displacement: 0.005,
      directions: 2,
      kind: 'signs',
      seed: 5,
    });
    expect(set.length).toBe(COUNT);
    const seen = new Set<string>();
    for (let k = 0; k < COUNT; k++) {
      const { atoms, energy, hessianProducts } = set.get(k);
      expect(energy).toBe(k);
      const size = atoms.positions.length;
      expect(hessianProducts!.directions).toHaveLength(2 * size);
      for (const start of [0, size]) {
        const direction = hessianProducts!.directions.slice(start, start + size);
        seen.add(direction.join());
        const wanted = hessianProduct(new PairPotential(), atoms, { direction }) as Float64Array;
        wanted.forEach((x, c) => {
          const found = hessianProducts!.products[start + c];
          expect(Math.abs(found - x)).toBeLessThan(STORED * Math.max(1, Math.abs(x)));
        });
      }
    }
    expect(seen.size).toBe(2 * COUNT);
    set.close();
  });

  test('goes on after a stop, computes nothing twice, and ends in the same file', async () => {
    const whole = await labelHessianProducts(options('whole'));
    const controller = new AbortController();
    const first = options('stopped', {
      signal: controller.signal,
      onEvent: ({ type }) => {
        if (type === 'commit') controller.abort();
      },
    });
    await expect(labelHessianProducts(first)).rejects.toThrow(AbortedError);
    expect(existsSync(first.path)).toBe(false);
    const second = options('stopped');
    const { hash, labels } = await labelHessianProducts(second);
    expect(hash).toBe(whole.hash);
    expect(labels!.skipped).toBeGreaterThanOrEqual(3);
    expect(second.calculator.calls).toBe(2 * labels!.computed);
    expect(labels!.computed + labels!.skipped).toBe(2 * COUNT);
  });

  test('makes nothing again where the file is there, with its parts or without', async () => {
    const { hash } = await labelHessianProducts(options('again'));
    for (const step of ['parts', 'file']) {
      const again = options('again');
      if (step === 'file') rmSync(`${again.path}.parts`, { recursive: true });
      const found = await labelHessianProducts(again);
      expect([step, found.hash, again.calculator.calls]).toEqual([step, hash, 0]);
    }
  });

  test('takes some of the structures, and more of them later', async () => {
    const some = await labelHessianProducts(options('some', { indices: [7, 2] }));
    expect(some.products).toBe(4);
    const more = options('some', { indices: [2, 7, 1] });
    expect(await labelHessianProducts(more)).toMatchObject({ products: 6 });
    expect(more.calculator.calls).toBe(4);
    const set = await HessianProductSet.open(dataset, more.path);
    expect([...set.products.structures()]).toEqual([1, 2, 7]);
    expect(set.get(0)).not.toHaveProperty('hessianProducts');
    const { directions } = set.get(7).hessianProducts!;
    expect(directions).toHaveLength(2 * set.get(7).atoms.positions.length);
    set.close();
  });

  test('records and tells what fails, and goes on', async () => {
    const events: LabelEvent[] = [];
    const job = {
      ...options('picky', { onEvent: (event) => events.push(event) }),
      calculator: new Picky(),
    };
    const { products, labels } = await labelHessianProducts(job);
    const failing = [1, 6, 11];
    const ids = failing.flatMap((k) => [`s#${k}#0`, `s#${k}#1`]);
    expect(products).toBe(2 * (COUNT - failing.length));
    expect(labels!.failed.map(({ id }) => id)).toEqual(ids);
    expect(events.filter(({ type }) => type === 'failure')).toHaveLength(ids.length);
    expect(readLabelFolder(`${job.path}.parts`).failed[0].message).toMatch(/five atoms/);
    const set = await HessianProductSet.open(dataset, job.path);
    expect(set.get(1)).not.toHaveProperty('hessianProducts');
    set.close();
    const retried = await labelHessianProducts(options('picky', { retryFailed: true }));
    expect(retried).toMatchObject({ products: 2 * COUNT, labels: { failed: [] } });
  });

  test('is no success when nothing succeeds', async () => {
    const dead: Calculator = {
      name: 'dead',
      properties: ['forces'],
      calculate: ({ positions }: Atoms) => ({ forces: positions.map(() => NaN) }),
      dispose: () => undefined,
    };
    const job = { ...options('dead'), calculator: dead };
    await expect(labelHessianProducts(job)).rejects.toThrow(LabelNoGoError);
    expect(existsSync(job.path)).toBe(false);
  });
});

describe('refuses', () => {
  beforeAll(async () => {
    await labelHessianProducts(options('first'));
  });

  test.each([
    ['another displacement', { displacement: 0.01 }],
    ['another number of directions', { directions: 1 }],
    ['another kind of directions', { kind: 'normal' }],
    ['another seed', { seed: 1 }],
    ['another version of the teacher', { fingerprint: 'v2' }],
  ] as const)('%s, in the file and in the parts', async (_, change) => {
    await expect(labelHessianProducts(options('first', change))).rejects.toThrow(
      FolderMismatchError,
    );
    const controller = new AbortController();
    controller.abort();
    const stopped = options('begun', { signal: controller.signal });
    await expect(labelHessianProducts(stopped)).rejects.toThrow(AbortedError);
    await expect(labelHessianProducts(options('begun', change))).rejects.toThrow(
      FolderMismatchError,
    );
  });

  test.each([
    ['a displacement of zero', { displacement: 0 }],
    ['no directions', { directions: 0 }],
    ['a structure that is not there', { indices: [COUNT] }],
  ] as const)('%s', async (_, change) => {
    await expect(labelHessianProducts(options('bad', change))).rejects.toThrow(
      InvalidArgumentError,
    );
  });

  test('products of another dataset', async () => {
    const other = await clusterDataset(join(folder, 'other.h5'), 3);
    await expect(HessianProductSet.open(other, options('first').path)).rejects.toThrow(
      /products of another dataset/,
    );
    other.close();
  });

  test('files of another kind, cut off or changed', async () => {
    await expect(ProductFile.open(dataset.path)).rejects.toThrow(FileFormatError);
    const bytes = readFileSync(options('first').path);
    const path = join(folder, 'damaged.hvp.h5');
    writeFileSync(path, bytes.subarray(0, bytes.length - 100));
    await expect(ProductFile.open(path)).rejects.toThrow(FileFormatError);
    let caught = 0;
    for (let at = 2000; at < bytes.length; at += 997) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 0xff;
      writeFileSync(path, changed);
      caught += (await isRefused(path)) ? 1 : 0;
    }
    expect(caught).toBeGreaterThan(0);
  });
});

/** Whether a changed file is refused; where not, its content is the same. */
async function isRefused(path: string): Promise<boolean> {
  const original = await ProductFile.open(options('first').path);
  try {
    const file = await ProductFile.open(path);
    try {
      for (let k = 0; k < COUNT; k++) expect(file.get(k)).toEqual(original.get(k));
    } finally {
      file.close();
    }
    return false;
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    return true;
  } finally {
    original.close();
  }
}

test('after kill -9 in any call, a run loses a shard at most and ends in the same file', async () => {
  const child = fileURLToPath(new URL('./support/hessianChild.mjs', import.meta.url));
  const run = async (name: string, deadly = 0): Promise<string | undefined> => {
    const args = [child, dataset.path, join(folder, `${name}.h5`), String(deadly)];
    const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    process_.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise((resolve) => process_.on('close', resolve));
    return code === 0 ? output : undefined;
  };
  const calls = (name: string): number =>
    readFileSync(join(folder, `${name}.h5.calls`), 'utf8').split('\n').length - 1;
  const { hash } = JSON.parse((await run('calm'))!) as { hash: string };
  expect(calls('calm')).toBe(4 * COUNT);
  // In the middle of a product, and with shards of four products on the disk.
  for (const deadly of [21, 12]) expect(await run('killed', deadly)).toBeUndefined();
  const last = JSON.parse((await run('killed'))!) as {
    hash: string;
    products: number;
    labels: LabelSummary;
  };
  expect(last).toMatchObject({ hash, products: 2 * COUNT });
  expect(last.labels.skipped).toBeGreaterThan(0);
  // What a shard holds and what waits for it is made again, after two kills; two calls each.
  expect(calls('killed')).toBeLessThanOrEqual(4 * COUNT + 2 * (1 + 2 * (SHARD + IN_HAND)));
});
