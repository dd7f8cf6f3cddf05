import { MetricsAccumulator } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import type { SharedSet } from './sharedSet.ts';

/** Predictions for a whole set, in shared memory and in units of the scale. */
export interface PredictionBuffers {
  /** Energy above the baseline of each structure. */
  readonly energies: Float64Array;
  /** Forces of all atoms, structure after structure. */
  readonly forces: Float32Array;
  /** Stress of each structure, 6 values. */
  readonly stress: Float32Array;
  /** Products of the Hessian with the first direction, as the forces; empty where none are wanted. */
  readonly products: Float32Array;
  /** Energies of all atoms above the baseline; empty where none are wanted. */
  readonly nodeEnergies: Float32Array;
  /** First atom of each structure in `forces`. */
  readonly firstAtom: Float64Array;
}

/** Room for the predictions of a set; `hessian`: products, too. Energies of atoms where some are known. */
export function allocatePredictions(set: SharedSet, hessian = false): PredictionBuffers {
  const firstAtom = new Float64Array(new SharedArrayBuffer(8 * set.length));
  let atoms = 0;
  for (let k = 0; k < set.length; k++) {
    firstAtom[k] = atoms;
    atoms += set.columns.atoms[k];
  }
  return {
    energies: new Float64Array(new SharedArrayBuffer(8 * set.length)),
    forces: new Float32Array(new SharedArrayBuffer(12 * atoms)),
    stress: new Float32Array(new SharedArrayBuffer(24 * set.length)),
    products: new Float32Array(new SharedArrayBuffer(hessian ? 12 * atoms : 0)),
    nodeEnergies: new Float32Array(new SharedArrayBuffer(set.has('nodeEnergies') ? 4 * atoms : 0)),
    firstAtom,
  };
}

/** Compares predictions with the labels of a set, in physical units. */
export function comparePredictions(
  set: SharedSet,
  predictions: PredictionBuffers,
  scale: number,
): Metrics {
  const accumulator = new MetricsAccumulator();
  for (let k = 0; k < set.length; k++) {
    const { numbers, energy, forces, stress, nodeEnergies, hessianProducts } = set.get(k);
    const first = 3 * predictions.firstAtom[k];
    const scaled = (values: Float32Array): Float64Array =>
      Float64Array.from(values, (x) => x * scale);
    accumulator.add(
      { numbers, energy, forces, stress },
      {
        energy: scale * predictions.energies[k],
        forces: scaled(predictions.forces.subarray(first, first + 3 * numbers.length)),
        stress: scaled(predictions.stress.subarray(6 * k, 6 * k + 6)),
      },
    );
    if (nodeEnergies !== undefined) {
      const atom = predictions.firstAtom[k];
      const found = predictions.nodeEnergies.subarray(atom, atom + numbers.length);
      accumulator.addNodeEnergies(nodeEnergies, scaled(found));
    }
    if (hessianProducts !== undefined && predictions.products.length > 0) {
      const size = 3 * numbers.length;
      const found = scaled(predictions.products.subarray(first, first + size));
      accumulator.addProducts(hessianProducts.products.subarray(0, size), found);
    }
  }
  return accumulator.result();
}
