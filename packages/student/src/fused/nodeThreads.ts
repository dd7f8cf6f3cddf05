import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { PartListener, PartTask, PartThread } from './partThread.ts';

/** Starts a worker thread of Node. */
export function startNodeThread(task: PartTask, listener: PartListener): PartThread {
  const worker = new Worker(workerFile(), { workerData: task, execArgv: [] });
  let cause: unknown;
  worker.once('message', () => {
    worker.unref();
    listener.ready();
  });
  worker.once('error', (error) => {
    cause = error;
  });
  worker.once('exit', (code) => {
    listener.ended(cause ?? `exit code ${code}`);
  });
  return {
    end: async () => {
      await worker.terminate();
    },
  };
}

/** Compiled entry of the thread; Node 20 runs no TypeScript, so sources use what was built. */
function workerFile(): string {
  const beside = new URL('./partWorker.js', import.meta.url);
  if (existsSync(beside)) return fileURLToPath(beside);
  return fileURLToPath(new URL('../../dist/fused/partWorker.js', import.meta.url));
}
