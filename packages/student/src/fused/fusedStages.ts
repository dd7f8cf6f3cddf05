import type { PainnConfig } from '../config.ts';

/** A stage of a call of the fused kernels. */
export interface FusedStage {
  readonly name: string;
  /** Block of the student that it belongs to, as in the names of ONNX nodes: `interaction0/grad`. */
  readonly scope: string;
}

/**
 * What the kernels do one after the other (assembly/network.ts).
 *
 * A stage of a mixing also has what follows from it for each atom: what is sent in the next
 * interaction, or the readout; that after the last mixing has its gradient, too.
 */
export function fusedStages({ interactions }: PainnConfig): FusedStage[] {
  const blocks = Array.from({ length: interactions }, (_, t) => t);
  return [
    { name: 'pairs', scope: 'edges' },
    ...blocks.flatMap((t) => [
      { name: 'messages', scope: `interaction${t}` },
      { name: 'products per atom', scope: `mixing${t}` },
    ]),
    ...blocks.toReversed().flatMap((t) => [
      { name: 'gradients of messages', scope: `interaction${t}/grad` },
      // Nothing is left to do for the atoms after the first block.
      {
        name: 'gradients of products per atom',
        scope: t === 0 ? 'embedding/grad' : `mixing${t - 1}/grad`,
      },
    ]),
    { name: 'forces', scope: 'edges/grad' },
    { name: 'forces', scope: 'edges/grad' },
  ];
}
