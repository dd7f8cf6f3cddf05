import { type Machine as WholeMachine, thisMachine } from '@mlffd/core';

/** A machine as it stands in the inputs of stages: an update of Node repeats none. */
export interface Machine extends Pick<WholeMachine, 'cpu' | 'cores'> {
  readonly platform: string;
}

/** This machine. */
export function machine(): Machine {
  const { cpu, cores } = thisMachine();
  return { cpu, cores, platform: `${process.platform}-${process.arch}` };
}
