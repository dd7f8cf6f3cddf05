import { workerData } from 'node:worker_threads';
import { isMlffdError, neighborList } from '@mlffd/core';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { Dataset } from '../store/dataset.ts';
import { assembleBatch, prepareMember } from './assembleBatch.ts';
import type { BatchMember } from './assembleBatch.ts';
import { LoaderError } from './errors.ts';
import { NO_STRUCTURE } from './loaderProtocol.ts';
import type { LoaderReply, LoaderTask, LoaderThreadData, PortableError } from './loaderProtocol.ts';

/** Entry of a loader thread: the pool imports it once and calls `work` for each task. */
const { path, hash, cutoff, seed, augment, cacheBytes } = workerData as LoaderThreadData;

/** Opened by the first task, which can tell why it failed. */
let opened: Promise<Dataset> | undefined;

async function openDataset(): Promise<Dataset> {
  const dataset = await Dataset.open(path, cacheBytes === undefined ? {} : { cacheBytes });
  if (dataset.hash === hash) return dataset;
  dataset.close();
  throw new LoaderError('data/dataset-changed', `${path} is another dataset than before`, {
    expected: `content hash ${hash}`,
    found: dataset.hash,
    where: path,
    hint: 'Open the dataset and its loader again.',
  });
}

let last: Promise<unknown> = Promise.resolve();

/** Tasks are done in the order in which they come; each answer is on its way before the next begins. */
export function work(task: LoaderTask): Promise<LoaderReply> {
  const reply = last.then(() => answer(task));
  last = reply;
  return reply;
}

/** Never throws: the classes of errors do not survive the way to the other thread. */
async function answer(task: LoaderTask): Promise<LoaderReply> {
  const { progress } = task;
  progress[0] = NO_STRUCTURE;
  try {
    opened ??= openDataset();
    const dataset = await opened;
    return task.type === 'load' ? load(dataset, task) : count(dataset, task);
  } catch (error) {
    return { type: 'failed', structure: progress[0], error: portable(error) };
  }
}

function load(dataset: Dataset, { indices, epoch, progress }: LoaderTask): LoaderReply {
  const members: BatchMember[] = [];
  // In the order of the file: a chunk that several structures are in is read once.
  for (const i of indices.map((_, k) => k).sort((x, y) => indices[x] - indices[y])) {
    const structure = indices[i];
    progress[0] = structure;
    const key = { seed, epoch, structure };
    members[i] = prepareMember(dataset.get(structure), cutoff, { augment, key });
  }
  progress[0] = NO_STRUCTURE;
  const { buffer, counts } = assembleBatch(members);
  return moved({ type: 'loaded', buffer, counts }, buffer);
}

function count(dataset: Dataset, { indices, progress }: LoaderTask): LoaderReply {
  const edges = indices.map((structure) => {
    progress[0] = structure;
    return neighborList(dataset.get(structure).atoms, cutoff).count;
  });
  return moved({ type: 'counted', edges }, edges.buffer);
}

function moved(reply: LoaderReply, buffer: ArrayBuffer): LoaderReply {
  // The pool unwraps it: what arrives is the reply.
  return move({ [transferableSymbol]: [buffer], [valueSymbol]: reply }) as unknown as LoaderReply;
}

function portable(error: unknown): PortableError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!isMlffdError(error)) return { code: 'data/loader-thread', message, stack };
  const { code, expected, found, where, hint } = error;
  return { code, message, expected, found, where, hint, stack };
}
