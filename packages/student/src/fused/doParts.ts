import type { PartTask } from './partThread.ts';
import { engine } from './webAssembly.ts';

/** Functions of assembly/team.ts, beside those of `KernelFunctions`. */
export interface TeamFunctions {
  readonly lead: (
    ...call: [sync: number, network: number, structure: number, sleep: number, patience: number]
  ) => number;
  readonly work: (sync: number, part: number) => void;
  readonly stop: (sync: number) => void;
}

/**
 * What a thread does that helps: its part of each job, until its team is at its end. This file imports
 * nothing else, so that threads start quickly.
 *
 * @param ready called before the first job
 */
export function doParts({ kernels, memory, sync, part }: PartTask, ready: () => void): void {
  const instance = new engine.Instance(kernels.module, { env: { memory } });
  const { work, stop } = instance.exports as unknown as TeamFunctions;
  ready();
  try {
    work(sync, part);
  } finally {
    // After a trap the others must not wait for this part; otherwise they have been told already.
    stop(sync);
  }
}
