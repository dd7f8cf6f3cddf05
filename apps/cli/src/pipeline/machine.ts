import { availableParallelism, cpus } from 'node:os';

/** What timings depend on; figures of different machines are not comparable. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly platform: string;
}

/** This machine. */
export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    platform: `${process.platform}-${process.arch}`,
  };
}
