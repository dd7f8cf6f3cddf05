// Loads from the dataset of argv[2] as argv[3] says; prints how it ends and has to end by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { isMlffdError } from '@mlffd/core';
import { Dataset } from '../../src/index.ts';
import { BatchLoader } from '../../src/loader/batchLoader.ts';

const [path, mode] = process.argv.slice(2);
const threads: Worker[] = [];
let ended = 0;
process.on('worker', (thread: Worker) => {
  threads.push(thread);
  thread.on('exit', () => (ended += 1));
});

const dataset = await Dataset.open(path);
const indices = Int32Array.from({ length: dataset.length }, (_, k) => k);
// The first half of the structures are small, the others keep a thread busy for long.
const loader = await BatchLoader.open(dataset, indices, {
  cutoff: 8,
  seed: 0,
  shuffle: false,
  batchSize: dataset.length / 2,
  workers: 1,
});
const first = await loader.next();
const result: Record<string, unknown> = { first: first.done };
if (mode === 'terminate') {
  await sleep(100);
  await threads[0].terminate();
  for (const call of ['second', 'third']) {
    result[call] = await loader.next().catch((error: unknown) => {
      if (!isMlffdError(error)) throw error;
      const { name, code, message } = error;
      return { name, code, message, structure: (error as { structure?: number }).structure };
    });
  }
} else if (mode === 'close') {
  await loader.close();
  result.ended = ended;
  result.next = await loader.next();
}
result.threads = threads.length;
process.stdout.write(JSON.stringify(result));
