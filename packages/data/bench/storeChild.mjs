// Writes, opens, reads and rewrites a store in a process of its own; prints what that took.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng } from '@mlffd/core';
import { Dataset, writeDataset } from '@mlffd/data';
import { madeUpStructures } from './storeStructures.mjs';

const [, , form, count] = process.argv;
const BATCH = 32;
const BATCHES = 50;
const folder = mkdtempSync(join(tmpdir(), 'mlffd-bench-'));
const bytesRead = () => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))[1]);
const rss = () => process.resourceUsage().maxRSS / 1024;
try {
  const path = join(folder, 'set.h5');
  const started = performance.now();
  await writeDataset(path, madeUpStructures(Number(count)), {
    teacher: 'made up',
    form,
    properties: ['energy', 'forces'],
  });
  const writeSeconds = (performance.now() - started) / 1000;
  const writeRss = rss();

  const rng = new Rng(2, 'batches');
  const opening = performance.now();
  const dataset = await Dataset.open(path, { cacheBytes: 2 ** 25 });
  const openMs = performance.now() - opening;
  const times = [];
  const bytes = [];
  for (let b = 0; b < BATCHES; b++) {
    const indices = Array.from({ length: BATCH }, () => rng.integer(dataset.length));
    const [before, start] = [bytesRead(), performance.now()];
    dataset.getMany(indices);
    times.push(performance.now() - start);
    bytes.push(bytesRead() - before);
  }
  const metaCount = dataset.metas.length;
  await writeDataset(join(folder, 'again.h5'), dataset, {
    ...dataset.provenance,
    properties: dataset.properties,
    form,
    rounding: dataset.rounding,
  });
  dataset.close();
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  process.stdout.write(
    JSON.stringify({
      metaCount,
      writeSeconds,
      writeRss,
      openMs,
      firstBatchMs: times[0],
      batchMs: median(times.slice(1)),
      batchKb: median(bytes.slice(1)) / 1024,
      fileMb: statSync(path).size / 2 ** 20,
      rss: rss(),
    }),
  );
} finally {
  rmSync(folder, { recursive: true });
}
