import type { OrtValue } from '@mlffd/graph';
import type { LabelWeights } from './engine.ts';
import { FactorBuffer } from './labelBuffers.ts';
import { LABEL_INPUTS } from './lossGraph.ts';
import type { LossParts } from './lossConfig.ts';
import type { PreparedStructure } from './sharedSet.ts';

/**
 * Label inputs of a micro-batch of open structures with a slot for every pair, in buffers that are
 * kept between calls. A missing label, and an atom that only fills up, has weight 0.
 */
export class PairLabelBuffers {
  #structures = 0;
  #rows = 0;
  #perStructure = new Float32Array(0);
  #perAtom = new Float32Array(0);
  readonly #factors = new FactorBuffer();

  /** Writes targets and weights; `scale` is the unit of energy, eV. */
  fill(members: readonly PreparedStructure[], weights: LabelWeights, scale: number): void {
    const B = members.length;
    let atoms = 0;
    for (const { numbers } of members) atoms = Math.max(atoms, numbers.length);
    const rows = B * atoms;
    this.#factors.fill(weights);
    this.#structures = B;
    this.#rows = rows;
    // Per structure: 1/N, E, wE; per atom: weight, forces along x, y, z, energy, its weight.
    if (this.#perStructure.length < 3 * B) this.#perStructure = new Float32Array(6 * B);
    if (this.#perAtom.length < 6 * rows) this.#perAtom = new Float32Array(12 * rows);
    const values = this.#perStructure;
    const perAtom = this.#perAtom.fill(0, 0, 6 * rows);
    members.forEach(({ numbers, energy, forces, nodeEnergies, weight }, b) => {
      const count = numbers.length;
      values[b] = 1 / count;
      values[B + b] = (energy ?? 0) / (count * scale);
      values[2 * B + b] = energy === undefined ? 0 : weights.energy * weight;
      for (let i = 0; nodeEnergies !== undefined && i < count; i++) {
        const row = b * atoms + i;
        perAtom[4 * rows + row] = nodeEnergies[i] / scale;
        perAtom[5 * rows + row] = (weights.nodeEnergies ?? 0) * weight;
      }
      if (forces === undefined) return;
      for (let i = 0; i < count; i++) {
        const row = b * atoms + i;
        perAtom[row] = weights.forces * weight;
        for (let c = 0; c < 3; c++) perAtom[(1 + c) * rows + row] = forces[3 * i + c] / scale;
      }
    });
  }

  /** Feeds of the terms that a graph has, views of the buffers. */
  feeds(parts: LossParts): Record<string, OrtValue> {
    const B = this.#structures;
    const rows = this.#rows;
    const column = (k: number): OrtValue => ({
      data: this.#perStructure.subarray(k * B, (k + 1) * B),
      dims: [B, 1],
    });
    const feeds = this.#factors.feeds({ ...parts, stress: false });
    if (parts.energy) {
      feeds[LABEL_INPUTS.inverseAtoms] = column(0);
      feeds[LABEL_INPUTS.energy] = column(1);
      feeds[LABEL_INPUTS.energyWeight] = column(2);
    }
    const perAtom = (first: number, width: number): OrtValue => ({
      data: this.#perAtom.subarray(first * rows, (first + width) * rows),
      dims: [width, rows],
    });
    if (parts.forces) {
      feeds[LABEL_INPUTS.forceWeight] = perAtom(0, 1);
      feeds[LABEL_INPUTS.forces] = perAtom(1, 3);
    }
    if (parts.nodeEnergies === true) {
      feeds[LABEL_INPUTS.nodeEnergies] = perAtom(4, 1);
      feeds[LABEL_INPUTS.nodeWeight] = perAtom(5, 1);
    }
    return feeds;
  }
}
