import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { startWebThread } from '../src/fused/webThreads.ts';
import { FusedStudent } from './fusedStructures.ts';
import { randomStudent, water } from './systems.ts';

/** What a browser gives the file of a worker. */
const SCOPE = `
  const { parentPort, workerData } = require('node:worker_threads');
  globalThis.postMessage = (message) => parentPort.postMessage(message);
  const loaded = import(workerData);
  parentPort.on('message', (data) => loaded.then(() => globalThis.onmessage({ data })));`;

/** A browser's Worker, with a thread of Node in it. */
class WebWorker {
  onmessage: (() => void) | null = null;
  onerror: ((event: { readonly message: string }) => void) | null = null;
  readonly #worker: Worker;

  constructor(url: URL) {
    const file = url.href.replace('/src/', '/dist/');
    this.#worker = new Worker(SCOPE, { eval: true, workerData: file, execArgv: [] });
    this.#worker.on('message', () => this.onmessage?.());
    this.#worker.on('error', ({ message }) => this.onerror?.({ message }));
  }

  postMessage(message: unknown): void {
    this.#worker.postMessage(message);
  }

  terminate(): void {
    void this.#worker.terminate();
  }
}

test('workers of browsers help as well, and report traps', async () => {
  Object.assign(globalThis, { Worker: WebWorker });
  const fused = new FusedStudent(randomStudent(), 2);
  const team = await fused.team({ startThread: startWebThread, sleep: false });
  try {
    const structure = fused.place(water());
    const run = (): number => team.run(fused.image.address, structure.struct.address);
    expect([run(), run()]).toEqual([0, 0]);
    structure.parts[1].setWord('forces', 0xffff_fff0);
    expect(run).toThrow('a thread of the kernels has ended');
  } finally {
    await team.dispose();
    Reflect.deleteProperty(globalThis, 'Worker');
  }
});
