import { doParts } from './doParts.ts';
import type { PartTask } from './partThread.ts';

/** As much of a worker's global scope as is used here. */
interface WorkerScope {
  onmessage: ((event: { readonly data: PartTask }) => void) | null;
  postMessage(message: unknown): void;
}

/** Entry of a worker of a browser; see webThreads.ts. */
const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data }) => {
  doParts(data, () => {
    scope.postMessage('ready');
  });
};
