import type { OrtValue } from '@mlffd/graph';
import type { LabelWeights } from './engine.ts';
import { FACTOR_INPUTS, LABEL_INPUTS } from './lossGraph.ts';
import { LOSS_TERMS } from './lossConfig.ts';
import type { LossParts } from './lossConfig.ts';
import type { PreparedStructure } from './sharedSet.ts';

/**
 * Label inputs of a micro-batch, in buffers that are kept between calls.
 *
 * A missing label gets target 0 and weight 0: its residual is finite and its product with the
 * weight is exactly 0, and so is every gradient through it.
 */
export class LabelBuffers {
  #structures = 0;
  #atoms = 0;
  #perStructure = new Float32Array(0);
  #perAtom = new Float32Array(0);
  #numbers = new Int32Array(0);
  readonly #factors = new FactorBuffer();

  /** Atomic numbers of all members, int64. */
  numbers(members: readonly PreparedStructure[]): BigInt64Array {
    const atoms = countAtoms(members);
    // Low words of little-endian int64: storing a BigInt allocates.
    if (this.#numbers.length < 2 * atoms) this.#numbers = new Int32Array(4 * atoms);
    let at = 0;
    for (const { numbers } of members) {
      for (const z of numbers) {
        this.#numbers[at] = z;
        at += 2;
      }
    }
    return new BigInt64Array(this.#numbers.buffer, 0, atoms);
  }

  /** Writes targets and weights; `scale` is the unit of energy, eV. */
  fill(members: readonly PreparedStructure[], weights: LabelWeights, scale: number): void {
    const structures = members.length;
    const atoms = countAtoms(members);
    this.#factors.fill(weights);
    this.#structures = structures;
    this.#atoms = atoms;
    // Per structure: 1/N, E, wE, 1/V, wS, then 6 stresses; per atom: weight, 3 forces, energy, weight.
    if (this.#perStructure.length < 11 * structures)
      this.#perStructure = new Float32Array(22 * structures);
    if (this.#perAtom.length < 6 * atoms) this.#perAtom = new Float32Array(12 * atoms);
    const { inverseAtoms, energy, energyWeight, inverseVolume, stressWeight, stress } =
      this.#columns();
    const { forceWeight, forces, nodeWeight, nodes } = this.#atomColumns();
    let atom = 0;
    members.forEach((member, b) => {
      const count = member.numbers.length;
      inverseAtoms[b] = 1 / count;
      energy[b] = (member.energy ?? 0) / (count * scale);
      energyWeight[b] = member.energy === undefined ? 0 : weights.energy * member.weight;
      inverseVolume[b] = member.volume > 0 ? 1 / member.volume : 0;
      stressWeight[b] = member.stress === undefined ? 0 : weights.stress * member.weight;
      for (let k = 0; k < 6; k++) stress[6 * b + k] = (member.stress?.[k] ?? 0) / scale;
      const weight = member.forces === undefined ? 0 : weights.forces * member.weight;
      const nodeFactor =
        member.nodeEnergies === undefined ? 0 : (weights.nodeEnergies ?? 0) * member.weight;
      for (let i = 0; i < count; i++, atom++) {
        forceWeight[atom] = weight;
        nodeWeight[atom] = nodeFactor;
        nodes[atom] = (member.nodeEnergies?.[i] ?? 0) / scale;
        for (let k = 0; k < 3; k++)
          forces[3 * atom + k] = (member.forces?.[3 * i + k] ?? 0) / scale;
      }
    });
  }

  #columns(): Record<
    'inverseAtoms' | 'energy' | 'energyWeight' | 'inverseVolume' | 'stressWeight' | 'stress',
    Float32Array
  > {
    const n = this.#structures;
    const column = (k: number, width = 1): Float32Array =>
      this.#perStructure.subarray(k * n, (k + width) * n);
    return {
      inverseAtoms: column(0),
      energy: column(1),
      energyWeight: column(2),
      inverseVolume: column(3),
      stressWeight: column(4),
      stress: column(5, 6),
    };
  }

  #atomColumns(): Record<'forceWeight' | 'forces' | 'nodeWeight' | 'nodes', Float32Array> {
    const n = this.#atoms;
    return {
      forceWeight: this.#perAtom.subarray(0, n),
      forces: this.#perAtom.subarray(n, 4 * n),
      nodes: this.#perAtom.subarray(4 * n, 5 * n),
      nodeWeight: this.#perAtom.subarray(5 * n, 6 * n),
    };
  }

  /** Feeds of the terms that a graph has, views of the buffers. */
  feeds(parts: LossParts): Record<string, OrtValue> {
    const columns = this.#columns();
    const { forceWeight, forces, nodeWeight, nodes } = this.#atomColumns();
    const each = (data: Float32Array): OrtValue => ({ data, dims: [this.#structures, 1] });
    const feeds = this.#factors.feeds(parts);
    if (parts.energy) {
      feeds[LABEL_INPUTS.inverseAtoms] = each(columns.inverseAtoms);
      feeds[LABEL_INPUTS.energy] = each(columns.energy);
      feeds[LABEL_INPUTS.energyWeight] = each(columns.energyWeight);
    }
    if (parts.forces) {
      feeds[LABEL_INPUTS.forces] = { data: forces, dims: [this.#atoms, 3] };
      feeds[LABEL_INPUTS.forceWeight] = { data: forceWeight, dims: [this.#atoms, 1] };
    }
    if (parts.stress) {
      feeds[LABEL_INPUTS.inverseVolume] = each(columns.inverseVolume);
      feeds[LABEL_INPUTS.stress] = { data: columns.stress, dims: [this.#structures, 6] };
      feeds[LABEL_INPUTS.stressWeight] = each(columns.stressWeight);
    }
    if (parts.nodeEnergies === true) {
      feeds[LABEL_INPUTS.nodeEnergies] = { data: nodes, dims: [this.#atoms, 1] };
      feeds[LABEL_INPUTS.nodeWeight] = { data: nodeWeight, dims: [this.#atoms, 1] };
    }
    return feeds;
  }
}

/** Inputs with the weight of each term of the loss. */
export class FactorBuffer {
  readonly #values = new Float32Array(LOSS_TERMS.length);

  fill({ factors }: LabelWeights): void {
    for (let k = 0; k < LOSS_TERMS.length; k++) this.#values[k] = factors[LOSS_TERMS[k]] ?? 0;
  }

  /** Feeds of the terms that a graph has, views of the buffer. */
  feeds(parts: LossParts): Record<string, OrtValue> {
    const feeds: Record<string, OrtValue> = {};
    LOSS_TERMS.forEach((term, k) => {
      if (parts[term] === true) {
        feeds[FACTOR_INPUTS[term]] = { data: this.#values.subarray(k, k + 1), dims: [1] };
      }
    });
    return feeds;
  }
}

function countAtoms(members: readonly PreparedStructure[]): number {
  let atoms = 0;
  for (const { numbers } of members) atoms += numbers.length;
  return atoms;
}
