/**
 * Energies of atoms may miss the energy of their structure by this much, eV/atom: float32 leaves
 * 1e-4 at most in potentials, while another zero or another energy is off by 0.1 and more.
 */
export const NODE_SUM_TOLERANCE = 1e-3;
/** Energies of single precision, by their size: all-electron energies are 1e5 eV. */
const RELATIVE_TOLERANCE = 1e-6;

/** What to do about energies of atoms that are those of another energy. */
export const NODE_SUM_HINT =
  'Leave `energies` out (in a file, give the column another name), or give energies of atoms that contain everything that the energy does: add reference energies of the elements, dispersion and long-range parts to them.';

/**
 * Says how far the energies of the atoms are from the energy of their structure; undefined where they
 * add up to it, as labels that are trained on together must.
 *
 * @param energy eV
 * @param energies eV, N values
 */
export function nodeSumProblem(
  energy: number,
  energies: Float64Array | Float32Array,
): string | undefined {
  let sum = 0;
  let size = 0;
  for (const share of energies) {
    sum += share;
    size += Math.abs(share);
  }
  const limit = NODE_SUM_TOLERANCE * energies.length + RELATIVE_TOLERANCE * size;
  if (Math.abs(sum - energy) <= limit) return undefined;
  return `the energies of the atoms add up to ${sum.toPrecision(9)} eV, not to the energy of ${energy.toPrecision(9)} eV`;
}
