import type { Kernels } from './kernels.ts';
import type { KernelMemory } from './webAssembly.ts';

/** What a thread needs to help: it can be sent to one. */
export interface PartTask {
  /** Kernels for shared memory. */
  readonly kernels: Kernels;
  readonly memory: KernelMemory;
  /** Where threads tell each other what to do; see assembly/team.ts. */
  readonly sync: number;
  /** Which part of each structure is its own: 1 for the first thread that helps. */
  readonly part: number;
}

/** Who listens to a thread. */
export interface PartListener {
  /** The thread waits for its first job. */
  readonly ready: () => void;
  /** The thread has ended, asked to or not. */
  readonly ended: (cause: unknown) => void;
}

/** A thread that helps. It keeps no program running once it is ready. */
export interface PartThread {
  /** Ends it at once, wherever it is; resolves when it has ended. */
  end(): Promise<void>;
}

/** Starts a thread that runs `doParts`. Each platform has its own: see nodeThreads.ts and webThreads.ts. */
export type StartThread = (task: PartTask, listener: PartListener) => PartThread;
