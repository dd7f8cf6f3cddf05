/** Below this length of a reference force its direction is noise, eV/Angstrom. */
const SHORTEST_DIRECTION = 1e-3;

/** Force errors of a group of atoms; `null` when the group is empty. */
export interface ForceMetrics {
  readonly atoms: number;
  readonly force_mae_meV_A: number | null;
  readonly force_rmse_meV_A: number | null;
  readonly force_max_meV_A: number | null;
  readonly force_cosine: number | null;
}

/** Force errors of the atoms whose reference force lies in a range of lengths. */
export interface ForceBucketMetrics extends ForceMetrics {
  /** Lower end, eV/Angstrom. */
  readonly low_eV_A: number;
  /** Upper end, eV/Angstrom; `null` for no end. */
  readonly high_eV_A: number | null;
}

/** Force metrics of all atoms together. */
export interface ForceSummary {
  readonly force_mae_meV_A: number | null;
  readonly force_rmse_meV_A: number | null;
  readonly force_max_meV_A: number | null;
  readonly force_r2: number | null;
  readonly force_cosine: number | null;
  readonly force_mean_abs_meV_A: number | null;
  readonly accuracy: number | null;
}

/** Running sums over the force components of a group of atoms. */
export class ForceErrors {
  #atoms = 0;
  #abs = 0;
  #squares = 0;
  #largest = 0;
  #referenceAbs = 0;
  #referenceSum = 0;
  #referenceSquares = 0;
  #cosine = 0;
  #directed = 0;

  /** Adds atom `i` of two force arrays, eV/Angstrom. */
  add(reference: Float64Array | Float32Array, predicted: Float64Array, i: number): void {
    let dot = 0;
    let referenceLength = 0;
    let predictedLength = 0;
    for (let k = 3 * i; k < 3 * i + 3; k++) {
      const wanted = reference[k];
      const found = predicted[k];
      const error = Math.abs(found - wanted);
      this.#abs += error;
      this.#squares += error * error;
      this.#largest = Math.max(this.#largest, error);
      this.#referenceAbs += Math.abs(wanted);
      this.#referenceSum += wanted;
      this.#referenceSquares += wanted * wanted;
      dot += wanted * found;
      referenceLength += wanted * wanted;
      predictedLength += found * found;
    }
    this.#atoms += 1;
    if (referenceLength < SHORTEST_DIRECTION ** 2) return;
    this.#directed += 1;
    if (predictedLength > 0) this.#cosine += dot / Math.sqrt(referenceLength * predictedLength);
  }

  /** Errors of the group. */
  metrics(): ForceMetrics {
    const components = 3 * this.#atoms;
    const some = components > 0;
    return {
      atoms: this.#atoms,
      force_mae_meV_A: some ? (1000 * this.#abs) / components : null,
      force_rmse_meV_A: some ? 1000 * Math.sqrt(this.#squares / components) : null,
      force_max_meV_A: some ? 1000 * this.#largest : null,
      force_cosine: this.#directed > 0 ? this.#cosine / this.#directed : null,
    };
  }

  /** Errors of the group with what relates them to the size of the forces. */
  summary(): ForceSummary {
    const { atoms, ...errors } = this.metrics();
    const components = 3 * atoms;
    const spread = this.#referenceSquares - this.#referenceSum ** 2 / Math.max(1, components);
    return {
      ...errors,
      force_r2: spread > 0 ? 1 - this.#squares / spread : null,
      force_mean_abs_meV_A: atoms > 0 ? (1000 * this.#referenceAbs) / components : null,
      accuracy: this.#referenceAbs > 0 ? 1 - this.#abs / this.#referenceAbs : null,
    };
  }
}
