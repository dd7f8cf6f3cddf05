import { MlffdError, sha256 } from '@mlffd/core';
import { readoutWidth } from '../config.ts';
import type { Network } from '../inference.ts';
import { parameterSpecs } from '../parameters.ts';
import type { JsonValue } from '../student.ts';

/**
 * How certain a student is of what it says: an ensemble of last layers that share its body.
 *
 * E_m = E + s sum_i d_m . h_i, where h_i is the input of the last layer for atom i: the energies of
 * all heads, and the forces -dE_m/dr, differ where the training set says little about h. The spread
 * over the heads, times a factor for energies and one for forces, is the uncertainty.
 *
 * Bigi, Chong, Ceriotti, Grasselli, Mach. Learn.: Sci. Technol. 5, 045018 (2024), "A prediction
 * rigidity formalism for low-cost uncertainties in trained neural networks"; Kellner, Ceriotti,
 * Mach. Learn.: Sci. Technol. 5, 035006 (2024), "Uncertainty quantification by direct propagation of
 * shallow ensembles".
 */
export interface Uncertainty {
  /** Number M of heads. */
  readonly count: number;
  /**
   * Deviations d_m of their weights from those of the last layer, dimensionless, row-major M x d with
   * d = `readoutWidth`; they add up to zero.
   */
  readonly heads: Float32Array;
  /** Uncertainty of an energy over the standard deviation of the heads. */
  readonly energyFactor: number;
  /** The same for forces. */
  readonly forceFactor: number;
  /** `networkHash` of the network that it belongs to. */
  readonly network: string;
  /** How it was found: data, seed, what the calibration measured. */
  readonly provenance: Readonly<Record<string, JsonValue>>;
}

export type { Uncertainties } from '@mlffd/core';

/** There is no uncertainty, or it belongs to another network. */
export class UncertaintyError extends MlffdError {
  override readonly name = 'UncertaintyError';
}

/** SHA-256 of the weights of a network, in the order of the model. */
export function networkHash({ config, parameters }: Network): string {
  const hashes = parameterSpecs(config).map(({ name }) => {
    const { buffer, byteOffset, byteLength } = parameters.get(name) ?? new Float32Array(0);
    return `${name} ${sha256(new Uint8Array(buffer, byteOffset, byteLength))}`;
  });
  return sha256(hashes.join('\n'));
}

/**
 * Checks that an uncertainty is one of this network.
 *
 * @throws UncertaintyError for one of other weights, of another width, or with impossible values
 */
export function checkUncertainty(
  network: Network,
  uncertainty: Uncertainty,
  where = 'uncertainty',
): void {
  const { count, heads, energyFactor, forceFactor } = uncertainty;
  const width = readoutWidth(network.config);
  const fail = (expected: string, found: string): UncertaintyError =>
    new UncertaintyError('student/uncertainty', `${where} does not fit the student: ${found}`, {
      expected,
      found,
      where,
      hint: 'Delete that file and run `mlffd calibrate` again.',
    });
  if (!Number.isInteger(count) || count < 1 || heads.length !== count * width) {
    throw fail(`heads of ${width} weights`, `${heads.length} values for ${count} heads`);
  }
  const bad = heads.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw fail('finite weights', `${heads[bad]} at index ${bad}`);
  for (const factor of [energyFactor, forceFactor]) {
    if (!(factor >= 0) || factor === Infinity) {
      throw fail('finite factors of at least 0', String(factor));
    }
  }
  if (uncertainty.network !== networkHash(network)) {
    throw fail('the uncertainty of these weights', 'that of other weights');
  }
}
