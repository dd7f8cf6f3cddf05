import type { Tensor } from '@mlffd/graph';
import { add, concat, matmul, mul, reduceSum, silu, slice } from '@mlffd/graph';
import { embeddingRows, normEpsilon, type StudentConfig } from './config.ts';
import { getWeight, Layer, readout, type Weights } from './layers.ts';

/**
 * What the network says about an atom without neighbours, for each row of the embedding: [rows, 1],
 * dimensionless; zero for rows that are not among `elements` (default: all).
 *
 * No message arrives, so that vector features stay zero: only the mixing blocks change the scalar
 * features, with the softening as the norm of a vector that is zero.
 */
export function isolatedEnergies(
  weights: Weights,
  config: StudentConfig,
  elements?: readonly number[],
): Tensor {
  const embedding = getWeight(weights, 'embedding.weight');
  const rows = embeddingRows(config);
  const chosen = elements && [...new Set(elements)].filter((z) => z < rows).sort((a, b) => a - b);
  const { graph } = embedding;
  return graph.scope('isolated', () => {
    if (chosen === undefined) return energies(embedding, weights, config);
    if (chosen.length === 0) return graph.constant(new Float64Array(rows), [rows, 1]);
    const features = concat(
      chosen.map((z) => slice(embedding, 0, z, z + 1)),
      0,
    );
    return toRows(energies(features, weights, config), chosen, rows);
  });
}

/** Outputs [K, 1] from embeddings [K, F]. */
function energies(embedding: Tensor, weights: Weights, config: StudentConfig): Tensor {
  let q = embedding;
  const norm = Math.sqrt(normEpsilon(config));
  for (let t = 0; t < config.interactions; t++) q = mix(q, { weights, t, norm });
  return readout(q, weights);
}

interface MixContext {
  readonly weights: Weights;
  /** Block. */
  readonly t: number;
  /** Length of a vector that is zero. */
  readonly norm: number;
}

function mix(q: Tensor, { weights, t, norm }: MixContext): Tensor {
  const { graph } = q;
  const F = q.shape[1] as number;
  const net = `mixing.${t}.intraatomic_context_net`;
  const weight = getWeight(weights, `${net}.0.weight`);
  const ofNorms = mul(graph.scalar(norm), reduceSum(slice(weight, 1, F, 2 * F), [1]));
  const bias = add(getWeight(weights, `${net}.0.bias`), ofNorms);
  const hidden = silu(add(matmul(q, slice(weight, 1, 0, F), { transB: true }), bias));
  const [scalars] = new Layer(weights, net).output(hidden, 1);
  return add(q, scalars);
}

/** Puts row k of `values` [K, 1] into row `places[k]` (ascending) of [rows, 1], zeros elsewhere. */
function toRows(values: Tensor, places: readonly number[], rows: number): Tensor {
  const { graph } = values;
  const parts: Tensor[] = [];
  const fill = (count: number): void => {
    if (count > 0) parts.push(graph.constant(new Float64Array(count), [count, 1]));
  };
  let next = 0;
  places.forEach((place, k) => {
    fill(place - next);
    parts.push(slice(values, 0, k, k + 1));
    next = place + 1;
  });
  fill(rows - next);
  return parts.length === 1 ? parts[0] : concat(parts, 0);
}
