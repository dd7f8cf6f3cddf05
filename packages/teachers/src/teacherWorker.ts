import { parentPort, workerData } from 'node:worker_threads';
import { isMlffdError } from '@mlffd/core';
import { createTeacher } from './createTeacher.ts';
import type { WorkerReply, WorkerRequest, WorkerStart } from './workerProtocol.ts';

/** Entry of a worker thread: one teacher that answers requests in order. */
const { spec } = workerData as WorkerStart;

function reply(message: WorkerReply): void {
  parentPort?.postMessage(message);
}

/** What is left of an error after the way to another thread. */
function failure(error: unknown): Extract<WorkerReply, { type: 'failed' }> {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (!isMlffdError(error)) return { type: 'failed', name, message };
  const { code, expected, found, where, hint } = error;
  return { type: 'failed', name, message, code, details: { expected, found, where, hint } };
}

try {
  const teacher = await createTeacher(spec);
  const { name, properties, elements, cutoff } = teacher;
  parentPort?.on('message', (request: WorkerRequest) => {
    if (request.type === 'close') {
      void Promise.resolve(teacher.dispose()).then(() => parentPort?.close());
      return;
    }
    const { atoms, wanted } = request;
    // The promise turns what a synchronous teacher throws into a rejection too.
    void Promise.resolve()
      .then(() => teacher.calculate(atoms, wanted))
      .then(
        (results) => {
          reply({ type: 'results', results });
        },
        (error: unknown) => {
          reply(failure(error));
        },
      );
  });
  reply({ type: 'ready', about: { name, properties, elements, cutoff } });
} catch (error) {
  reply(failure(error));
}
