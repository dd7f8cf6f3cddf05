// Arithmetic of energy and forces of PaiNN, counted from its layers.
//
// Additions and multiplications that the equations need when nothing is computed twice: each pair of
// atoms once for its filters, both directions of its messages, one forward and one backward pass.
// Left out: silu, norms, unit vectors and the other work that grows with the number of features or
// pairs alone, a few percent.

/** Of a multiplication and the addition of its result. */
const BOTH = 2;

/**
 * Multiply-adds of one pass of the products with weights, per atom, in units of F^2; those of
 * packages/student/src/layers.ts and painn.ts.
 *
 * - first interaction: its messages depend on the element only and are looked up
 * - later interactions: F x F, F x 3F
 * - mixing: three vectors times F x 2F; 2F x F; F x 3F, of which the last one needs two thirds
 * - readout: F x F/2
 */
function nodeProducts(interactions) {
  const later = interactions - 1;
  const interaction = 1 + 3;
  const mixing = 3 * 2 + 2 + 3;
  return later * interaction + interactions * mixing - 1 + 1 / 2;
}

/** Of one pair, one feature and one part of a block's filters: values on the way forward. */
const filterForward = ({ filters, radial }) =>
  filters === 'table' ? 3 * BOTH : BOTH * (radial + 1);

/**
 * The same on the way back: a table gives values again and derivatives, with the powers at hand; exact
 * filters are kept and need a product for the derivatives.
 */
const filterBackward = ({ filters, radial }) =>
  filters === 'table' ? (3 + 2) * BOTH : BOTH * (radial + 1);

/**
 * Of one directed edge and one feature: q_i += W_q x_q; m = W_R x_R; mu_i += u m; and where there are
 * vector features, mu_i += W_mu y with y = x_mu mu taken per atom.
 */
const messageForward = (first) => BOTH + (1 + 3 * BOTH) + (first ? 0 : 3 * BOTH);

/**
 * Of one directed edge and one feature, with the gradients g_q and g_mu of the receiver: s = u . g_mu;
 * r' += W_q' x_q g_q + W_R' x_R s; u' += m g_mu with m = W_R x_R; and where the messages depend on the
 * neighbour's features, x_q' += W_q g_q, x_R' += W_R s, y' += W_mu g_mu, r' += W_mu' (y . g_mu).
 */
function messageBackward(first) {
  const dot = 3 * BOTH - 1;
  const distance = 2 * (1 + BOTH);
  const direction = 1 + 3 * BOTH;
  const start = dot + distance + direction;
  return first ? start : start + 2 * BOTH + 3 * BOTH + dot + BOTH;
}

/**
 * Operations of one call.
 *
 * @param config of a student without shared filters, charge and spin
 * @param size.atoms number of atoms, `size.pairs` within the cutoff (half of the directed edges)
 * @param filters `table` or `exact`
 * @returns operations of `products` per atom, of `messages` and of their `gradients`, and in total
 */
export function callOperations(config, { atoms, pairs }, filters = 'table') {
  const { features: F, interactions: T, radialBasis } = config;
  const how = { filters, radial: radialBasis.count };
  const products = 2 * BOTH * nodeProducts(T) * F ** 2 * atoms;
  let messages = 0;
  let gradients = 0;
  for (let t = 0; t < T; t++) {
    const first = t === 0;
    const parts = first ? 2 : 3;
    messages += (parts * filterForward(how) + 2 * messageForward(first)) * F * pairs;
    gradients += (parts * filterBackward(how) + 2 * messageBackward(first)) * F * pairs;
  }
  return { products, messages, gradients, total: products + messages + gradients };
}
