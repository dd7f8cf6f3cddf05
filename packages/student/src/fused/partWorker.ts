import { parentPort, workerData } from 'node:worker_threads';
import { doParts } from './doParts.ts';
import type { PartTask } from './partThread.ts';

/** Entry of a worker thread of Node; see nodeThreads.ts. */
doParts(workerData as PartTask, () => parentPort?.postMessage('ready'));
