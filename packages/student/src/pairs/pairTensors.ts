import type { Graph, Tensor } from '@mlffd/graph';
import type { EdgeFeed } from '../edges.ts';
import type { PairBatch } from './pairLayout.ts';

/** Names of the graph inputs that describe open structures; see `PairBatch`. */
export const PAIR_INPUTS = {
  numbers: 'numbers',
  positions: 'pair_positions',
  present: 'pair_present',
  apart: 'pair_apart',
} as const;

/** Open structures inside a graph: B structures of N atoms. */
export interface PairTensors {
  /** Atomic numbers, int64 [B*N]. */
  readonly numbers: Tensor;
  /** Angstrom, [3, B, N]. */
  readonly positions: Tensor;
  /** 1, or 0 for atoms that only fill up, [1, B, N]. */
  readonly present: Tensor;
  /** Added to squared distances, Angstrom^2, [B, N, N]. */
  readonly apart: Tensor;
}

/** Declares the inputs of a graph that hold open structures. */
export function declarePairs(graph: Graph): PairTensors {
  return {
    numbers: graph.input(PAIR_INPUTS.numbers, ['B*N'], 'int64'),
    positions: graph.input(PAIR_INPUTS.positions, [3, 'B', 'N']),
    present: graph.input(PAIR_INPUTS.present, [1, 'B', 'N']),
    apart: graph.input(PAIR_INPUTS.apart, ['B', 'N', 'N']),
  };
}

/** All feeds that `declarePairs` asks for, without copies. */
export function pairFeeds(batch: PairBatch): Record<string, EdgeFeed> {
  const { structures: B, atoms: N } = batch;
  const feed = (data: EdgeFeed['data'], ...dims: readonly number[]): EdgeFeed => ({
    data,
    dims,
    shape: dims,
  });
  return {
    [PAIR_INPUTS.numbers]: feed(batch.numbers, B * N),
    [PAIR_INPUTS.positions]: feed(batch.positions, 3, B, N),
    [PAIR_INPUTS.present]: feed(batch.present, 1, B, N),
    [PAIR_INPUTS.apart]: feed(batch.apart, B, N, N),
  };
}
