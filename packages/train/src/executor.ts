import type { NeighborList } from '@mlffd/core';
import { OnnxSession } from '@mlffd/graph';
import type { OrtValue } from '@mlffd/graph';
import { EdgeBuffers, edgeFeeds, layoutEdges } from '@mlffd/student';
import type { LabelWeights, LossTerms } from './engine.ts';
import { LabelBuffers } from './labelBuffers.ts';
import type { LossParts } from './lossGraph.ts';
import type { ModelKey } from './modelSource.ts';
import type { PredictionBuffers } from './predictions.ts';
import { SharedSet } from './sharedSet.ts';
import type { PreparedStructure, SharedColumns } from './sharedSet.ts';
import { LOSS_OUTPUTS, PREDICTION_OUTPUTS } from './stepModel.ts';

/** One parameter of the flat vector, with the names that the models know it by. */
interface ParameterSlice {
  readonly input: string;
  readonly gradient: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** Everything that an executor needs, in a form that can be sent to a worker. */
export interface ExecutorData {
  /** Terms of the loss that the step has. */
  readonly parts: LossParts;
  /** Angstrom. */
  readonly cutoff: number;
  readonly slices: readonly ParameterSlice[];
  /** Shared flat parameters that a step is computed at. */
  readonly parameters: Float32Array;
  /** Shared flat parameters that a prediction is computed at. */
  readonly predicted: Float32Array;
  /** eV */
  readonly scale: number;
  readonly train: SharedColumns;
  readonly validation: SharedColumns;
  /** Where predictions for the validation set go. */
  readonly predictions: PredictionBuffers;
}

/** Structures whose gradient is wanted. */
export interface GradientTask {
  readonly structures: Int32Array;
  readonly weights: LabelWeights;
  /** Number of the shared parameters: they are read again when it changes. */
  readonly version: number;
}

/** Structures whose energies and forces are wanted. */
export interface PredictTask {
  readonly structures: Int32Array;
  /** Number of the shared parameters: they are read again when it changes. */
  readonly version: number;
}

/** Takes the gradient of one parameter and its place in the flat vector. */
export type WriteGradient = (values: Float32Array, offset: number) => void;

/** Where an executor gets the bytes of its models. */
export type FetchModel = (key: ModelKey) => Uint8Array | Promise<Uint8Array>;

type Feeds = Record<string, OrtValue>;

/**
 * Computes single micro-batches with sessions of its own: the gradient of the loss, or predictions.
 * One per worker, and one in the main thread when there are no workers.
 */
export class Executor {
  readonly #data: ExecutorData;
  readonly #step: CompiledPair;
  readonly #predict: CompiledPair;
  readonly #train: SharedSet;
  readonly #validation: SharedSet;
  readonly #weights: { readonly values: Float32Array; readonly feeds: Feeds };
  readonly #buffers = new EdgeBuffers();
  readonly #labels = new LabelBuffers();
  #version = -1;

  /** @param fetchModel gives the bytes of a model; called once per model */
  constructor(data: ExecutorData, fetchModel: FetchModel) {
    this.#data = data;
    this.#step = new CompiledPair((dense) => fetchModel({ kind: 'step', dense }));
    this.#predict = new CompiledPair((dense) => fetchModel({ kind: 'predict', dense }));
    this.#train = new SharedSet(data.train);
    this.#validation = new SharedSet(data.validation);
    // ONNX Runtime does not take shared memory: each executor has its own copy of the weights.
    const values = new Float32Array(data.parameters.length);
    const feeds = Object.fromEntries(
      data.slices.map(({ input, shape, offset, size }) => [
        input,
        { data: values.subarray(offset, offset + size), dims: shape },
      ]),
    );
    this.#weights = { values, feeds };
  }

  /** Gradient of the loss of some training structures, handed to `write` parameter by parameter. */
  async gradient(task: GradientTask, write: WriteGradient): Promise<LossTerms> {
    const { structures, weights, version } = task;
    this.#load(this.#data.parameters, version);
    const members = Array.from(structures, (k) => this.#train.get(k));
    const { feeds, dense } = this.#feeds(members);
    this.#labels.fill(members, weights, this.#data.scale);
    Object.assign(feeds, this.#labels.feeds(this.#data.parts));
    const results = await this.#step.run(dense, feeds);
    for (const { gradient, offset } of this.#data.slices) {
      write(results[gradient].data as Float32Array, offset);
    }
    const term = (part: keyof LossParts): number =>
      this.#data.parts[part] ? Number(results[LOSS_OUTPUTS[part]].data[0]) : 0;
    return { energy: term('energy'), forces: term('forces'), stress: term('stress') };
  }

  /** Predictions for some validation structures, written into the shared prediction buffers. */
  async predict({ structures, version }: PredictTask): Promise<void> {
    this.#load(this.#data.predicted, version);
    const members = Array.from(structures, (k) => this.#validation.get(k));
    const { feeds, dense } = this.#feeds(members);
    this.#labels.fill(members, NO_WEIGHTS, this.#data.scale);
    Object.assign(feeds, this.#labels.feeds(ALL_PARTS));
    const results = await this.#predict.run(dense, feeds);
    const atomEnergies = results[PREDICTION_OUTPUTS.atomEnergies].data as Float32Array;
    const forces = results[PREDICTION_OUTPUTS.forces].data as Float32Array;
    const stress =
      PREDICTION_OUTPUTS.stress in results ? results[PREDICTION_OUTPUTS.stress].data : undefined;
    const out = this.#data.predictions;
    let atom = 0;
    members.forEach(({ numbers }, b) => {
      const structure = structures[b];
      const end = atom + numbers.length;
      let energy = 0;
      for (let i = atom; i < end; i++) energy += atomEnergies[i];
      out.energies[structure] = energy;
      out.forces.set(forces.subarray(3 * atom, 3 * end), 3 * out.firstAtom[structure]);
      if (stress)
        out.stress.set((stress as Float32Array).subarray(6 * b, 6 * b + 6), 6 * structure);
      atom = end;
    });
  }

  #load(source: Float32Array, version: number): void {
    if (version === this.#version) return;
    this.#weights.values.set(source);
    this.#version = version;
  }

  #feeds(members: readonly PreparedStructure[]): { feeds: Feeds; dense: boolean } {
    const { cutoff } = this.#data;
    const batch = layoutEdges(
      members.map((member) => listOf(member, cutoff)),
      { buffers: this.#buffers },
    );
    const feeds: Feeds = { ...this.#weights.feeds };
    const edges = edgeFeeds(batch, this.#labels.numbers(members));
    for (const [name, { data, shape }] of Object.entries(edges))
      feeds[name] = { data, dims: shape };
    return { feeds, dense: batch.dense };
  }

  /** Releases every session. */
  async release(): Promise<void> {
    await this.#step.release();
    await this.#predict.release();
  }
}

/** A model for each layout of edges, compiled when it is needed first. */
class CompiledPair {
  readonly #fetch: (dense: boolean) => Uint8Array | Promise<Uint8Array>;
  readonly #sessions = new Map<boolean, OnnxSession>();

  constructor(fetch: (dense: boolean) => Uint8Array | Promise<Uint8Array>) {
    this.#fetch = fetch;
  }

  async run(dense: boolean, feeds: Feeds): Promise<Feeds> {
    let session = this.#sessions.get(dense);
    if (session === undefined) {
      session = await OnnxSession.create(await this.#fetch(dense), { where: 'training' });
      this.#sessions.set(dense, session);
    }
    return session.run(feeds);
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }
}

const NO_WEIGHTS: LabelWeights = { energy: 0, forces: 0, stress: 0 };
const ALL_PARTS: LossParts = { energy: true, forces: true, stress: true };
const NO_SHIFTS = new Int32Array(0);
const NO_DISTANCES = new Float64Array(0);

/** The part of a neighbour list that a layout is made of. */
function listOf(structure: PreparedStructure, cutoff: number): NeighborList {
  const { neighbors, offsets, vectors } = structure;
  return {
    cutoff,
    count: neighbors.length,
    neighbors,
    offsets,
    vectors,
    centers: NO_SHIFTS,
    shifts: NO_SHIFTS,
    distances: NO_DISTANCES,
  };
}
