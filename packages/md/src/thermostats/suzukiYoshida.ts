/** Number of stages of a Suzuki-Yoshida splitting. */
export type SuzukiYoshidaStages = 1 | 3 | 5 | 7;

/**
 * Weights of a symmetric splitting: stage k of a second-order step advances by weight k of the time.
 *
 * | stages | order | source |
 * |---|---|---|
 * | 1 | 2 | |
 * | 3 | 4 | Yoshida, Phys. Lett. A 150, 262 (1990): 1/(2 - 2^(1/3)) outside; as in ASE |
 * | 5 | 4 | Suzuki, J. Math. Phys. 32, 400 (1991): 1/(4 - 4^(1/3)) outside |
 * | 7 | 6 | Yoshida 1990, solution A |
 */
export function suzukiYoshidaWeights(stages: SuzukiYoshidaStages): Float64Array {
  const outer = OUTER_WEIGHTS[stages];
  let inner = 1;
  for (const weight of outer) inner -= 2 * weight;
  return Float64Array.of(...outer, inner, ...outer.toReversed());
}

const OUTER_WEIGHTS: Readonly<Record<SuzukiYoshidaStages, readonly number[]>> = {
  1: [],
  3: [1 / (2 - Math.cbrt(2))],
  5: [1 / (4 - Math.cbrt(4)), 1 / (4 - Math.cbrt(4))],
  7: [0.7845136104775573, 0.2355732133593581, -1.177679984178871],
};
