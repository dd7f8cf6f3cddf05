import { parentPort, workerData } from 'node:worker_threads';
import { Executor } from './executor.ts';
import { nameOfModel, type ModelKey } from './modelSource.ts';
import type { WorkerReply, WorkerStart, WorkerTask } from './workerProtocol.ts';

/** Entry of a worker thread: answers tasks one after another until it is told to close. */
const { data, slots, slotLength } = workerData as WorkerStart;
const port = parentPort;

function reply(message: WorkerReply): void {
  port?.postMessage(message);
}

function slotOf(index: number): Float32Array {
  return new Float32Array(slots, index * slotLength * Float32Array.BYTES_PER_ELEMENT, slotLength);
}

async function work(task: Exclude<WorkerTask, { type: 'model' }>): Promise<void> {
  if (task.type === 'gradient') {
    const { piece, slot } = task;
    const out = slotOf(slot);
    const loss = await executor.gradient(task, (values, offset) => {
      out.set(values, offset);
    });
    reply({ type: 'gradient', piece, slot, loss });
  } else if (task.type === 'predict') {
    await executor.predict(task);
    reply({ type: 'predicted', piece: task.piece });
  } else {
    await executor.release();
    port?.close();
  }
}

function fail(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  reply({ type: 'failed', message, stack });
}

/** Models on their way, by name. */
const expected = new Map<string, (bytes: Uint8Array) => void>();

/** Models are built once, by the main thread. */
function fetchModel(key: ModelKey): Promise<Uint8Array> {
  return new Promise((resolve) => {
    expected.set(nameOfModel(key), resolve);
    reply({ type: 'need-model', key });
  });
}

const executor = new Executor(data, fetchModel);
let last = Promise.resolve();
port?.on('message', (task: WorkerTask) => {
  // Work waits for earlier work, and that may wait for a model.
  if (task.type === 'model') expected.get(nameOfModel(task.key))?.(task.bytes);
  else last = last.then(() => work(task)).catch(fail);
});
reply({ type: 'ready' });
