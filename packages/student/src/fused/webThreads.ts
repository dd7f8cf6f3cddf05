import type { PartListener, PartTask, PartThread } from './partThread.ts';

/** As much of a browser's Worker as is used here; Node's types have none. */
interface WebWorker {
  onmessage: (() => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  postMessage(message: unknown): void;
  terminate(): void;
}
declare const Worker: new (url: URL, options: { type: 'module' }) => WebWorker;

/**
 * Starts a worker of a browser, whose page must be isolated (`crossOriginIsolated`): only then is there shared
 * memory. Written so that bundlers find the worker's file.
 */
export function startWebThread(task: PartTask, listener: PartListener): PartThread {
  const worker = new Worker(new URL('./webPartWorker.js', import.meta.url), { type: 'module' });
  worker.onmessage = () => {
    listener.ready();
  };
  worker.onerror = ({ message }) => {
    listener.ended(message ?? 'the worker could not be loaded');
  };
  worker.postMessage(task);
  return {
    end: () => {
      worker.terminate();
      listener.ended('terminated');
      return Promise.resolve();
    },
  };
}
