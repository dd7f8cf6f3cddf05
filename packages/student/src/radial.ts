import type { Tensor } from '@mlffd/graph';
import { add, concat, cos, exp, less, mul, reciprocal, sin, sub, where } from '@mlffd/graph';
import type { PainnConfig } from './config.ts';

/**
 * Exponent of a Gaussian below which it counts as zero: exp(-36) vanishes beside 1 even in float64, and
 * the denormal numbers of float32 further out make every product with them some five times slower.
 */
export const LEAST_EXPONENT = -36;
/** exp of it is exactly zero. */
const ZERO_EXPONENT = -1000;

/** Powers of 1 / (1 - x)^3 up to x^5: the polynomial envelope is (1 - x)^3 times their sum. */
const ENVELOPE = [1, 3, 6, 10, 15, 21] as const;

/**
 * Cutoff function f(d), same shape as `distances` (Angstrom); exactly zero with all derivatives from
 * the cutoff on.
 *
 * Polynomial: 1 - 28 x^6 + 48 x^7 - 21 x^8 with x = d / rc (NequIP, p = 6), written as
 * (1 - x)^3 (1 + 3x + 6x^2 + 10x^3 + 15x^4 + 21x^5), which has no cancellation near rc.
 * Cosine: (1 + cos(pi x)) / 2.
 */
export function cutoffFunction(distances: Tensor, config: PainnConfig): Tensor {
  const { graph } = distances;
  const zero = graph.scalar(0);
  const inside = less(distances, graph.scalar(config.cutoff));
  const x = mul(distances, graph.scalar(1 / config.cutoff));
  if (config.cutoffFunction === 'cosine') {
    const wave = mul(graph.scalar(0.5), add(cos(mul(x, graph.scalar(Math.PI))), graph.scalar(1)));
    return where(inside, wave, zero);
  }
  const rest = where(inside, sub(graph.scalar(1), x), zero);
  let sum: Tensor = graph.scalar(ENVELOPE[5]);
  for (let k = 4; k >= 0; k--) sum = add(mul(sum, x), graph.scalar(ENVELOPE[k]));
  return mul(mul(mul(rest, rest), rest), sum);
}

/**
 * Radial basis times cutoff function, and the cutoff function alone in the last place (it carries
 * the filter's bias): distances in Angstrom with one place on `axis` (default: the last) -> the same
 * with `count + 1`.
 *
 * Bessel: sin(k pi d / rc) / d, k = 1..count. Gaussian: exp(-(d - m_k)^2 / 2 w^2), m_k from 0 to rc
 * with spacing w.
 */
export function filterBasis(
  distances: Tensor,
  config: PainnConfig,
  axis: number = distances.shape.length - 1,
): Tensor {
  const { graph } = distances;
  const { type, count } = config.radialBasis;
  const envelope = cutoffFunction(distances, config);
  const columns = Array.from({ length: count }, (_, k) => k);
  const shape = [count, ...distances.shape.slice(axis + 1).map(() => 1)];
  if (type === 'bessel') {
    const waves = columns.map((k) => ((k + 1) * Math.PI) / config.cutoff);
    const values = sin(mul(distances, graph.constant(waves, shape)));
    return concat([mul(values, mul(envelope, reciprocal(distances))), envelope], axis);
  }
  const width = config.cutoff / (count - 1);
  const centres = graph.constant(
    columns.map((k) => k * width),
    shape,
  );
  const offset = sub(distances, centres);
  const power = mul(mul(offset, offset), graph.scalar(-0.5 / width ** 2));
  const seen = less(graph.scalar(LEAST_EXPONENT), power);
  const values = exp(where(seen, power, graph.scalar(ZERO_EXPONENT)));
  return concat([mul(values, envelope), envelope], axis);
}
