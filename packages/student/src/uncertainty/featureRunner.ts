import type { NeighborList } from '@mlffd/core';
import type { OrtValue, Tensor } from '@mlffd/graph';
import { grad, Graph, mul, OnnxSession, optimize, toOnnx } from '@mlffd/graph';
import { readoutWidth } from '../config.ts';
import { declareEdges, edgeFeeds } from '../edges.ts';
import { ElectronBuffers } from '../electronic/electronInputs.ts';
import { declareHead, HEAD_INPUT, type Network, networkOutputs } from '../inference.ts';
import { EdgeBuffers, layoutEdges } from '../layout.ts';
import type { NetworkAtoms } from '../runner.ts';

/** What the last layer of a network sees of a structure, per unit of its weights. */
export interface StructureFeatures {
  /** sum_i h_i: derivative of the sum of the outputs with respect to the last layer's weights, d. */
  readonly energy: Float64Array;
  /** Derivative of `-energy` along each of the directions, 1/Angstrom, d each. */
  readonly forces: readonly Float64Array[];
}

/**
 * Inputs of the last layer, summed over a structure, and their directional derivatives: the rows that
 * energies and forces would have in a linear regression for the last layer's weights.
 *
 * A directional derivative is the derivative of (dE/dr . v) with respect to the weights: one more pass
 * for each direction, whatever the width.
 */
export class FeatureRunner {
  /** d, number of weights of the last layer. */
  readonly width: number;
  readonly #session: OnnxSession;
  readonly #directions: number;
  readonly #head: Float32Array;
  readonly #buffers = new EdgeBuffers();
  readonly #electrons = new ElectronBuffers();

  private constructor(session: OnnxSession, width: number, directions: number) {
    this.#session = session;
    this.width = width;
    this.#directions = directions;
    this.#head = new Float32Array(width);
  }

  /** @param directions number of directions that `run` takes */
  static async create(network: Network, directions: number): Promise<FeatureRunner> {
    const graph = new Graph();
    const edges = declareEdges(graph, { dense: true });
    const head = declareHead(graph, network);
    const energies = networkOutputs(network, graph, { edges, head });
    const [gradient] = grad(energies, [edges.vectors]);
    const [features] = grad(energies, [head]);
    const outputs: Record<string, Tensor> = { [FEATURES]: features };
    for (let k = 0; k < directions; k++) {
      const along = graph.input(directionName(k), edges.vectors.shape);
      const [slope] = grad(mul(gradient, along), [head]);
      outputs[slopeName(k)] = slope;
    }
    const bytes = toOnnx({ outputs: optimize(outputs), name: 'features' });
    return new FeatureRunner(
      await OnnxSession.create(bytes),
      readoutWidth(network.config),
      directions,
    );
  }

  /** @param directions displacements of the atoms, 3N each */
  async run(
    list: NeighborList,
    atoms: NetworkAtoms,
    directions: readonly Float64Array[],
  ): Promise<StructureFeatures> {
    if (directions.length !== this.#directions) {
      throw new RangeError(
        `${directions.length} directions where ${this.#directions} were declared`,
      );
    }
    const batch = layoutEdges(list, { buffers: this.#buffers, rows: 'dense' });
    const feeds = {
      ...edgeFeeds(batch, BigInt64Array.from(atoms.numbers, BigInt)),
      ...this.#electrons.feeds([atoms]),
      [HEAD_INPUT]: { data: this.#head, dims: [1, this.width] },
    };
    const dims = [batch.rows, batch.slots, 3];
    const along: Record<string, OrtValue> = {};
    for (const [k, direction] of directions.entries()) {
      along[directionName(k)] = { data: ofEdges(direction, list, batch), dims };
    }
    const outputs = await this.#session.run({ ...feeds, ...along });
    return {
      energy: Float64Array.from(outputs[FEATURES].data as Float32Array),
      forces: directions.map((_, k) =>
        Float64Array.from(outputs[slopeName(k)].data as Float32Array, (x) => -x),
      ),
    };
  }

  /** Frees the native session. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

const FEATURES = 'features';
const directionName = (k: number): string => `direction${k}`;
const slopeName = (k: number): string => `slope${k}`;

/** Changes of the edge vectors when the atoms move: v_j - v_i in the slot of each edge. */
function ofEdges(
  direction: Float64Array,
  { centers, neighbors, count }: NeighborList,
  { rows, slots, slotOf }: { rows: number; slots: number; slotOf: Int32Array },
): Float32Array {
  const out = new Float32Array(rows * slots * 3);
  for (let e = 0; e < count; e++) {
    for (let k = 0; k < 3; k++) {
      out[3 * slotOf[e] + k] = direction[3 * neighbors[e] + k] - direction[3 * centers[e] + k];
    }
  }
  return out;
}
