import type { NeighborList } from '@mlffd/core';
import { OnnxSession } from '@mlffd/graph';
import type { OrtValue } from '@mlffd/graph';
import {
  EdgeBuffers,
  edgeFeeds,
  layoutEdges,
  layoutPairs,
  PairBuffers,
  pairFeeds,
} from '@mlffd/student';
import type { EdgeFeed } from '@mlffd/student';
import { hasPairSlots } from './batching.ts';
import type { LabelWeights, LossTerms } from './engine.ts';
import { HessianBuffers } from './hessianBuffers.ts';
import { hessianDirection, NO_TURN } from './hessianTurn.ts';
import { LabelBuffers } from './labelBuffers.ts';
import { PairLabelBuffers } from './pairLabelBuffers.ts';
import type { LossParts } from './lossConfig.ts';
import type { ModelKey } from './modelSource.ts';
import type { PredictionBuffers } from './predictions.ts';
import { SharedSet } from './sharedSet.ts';
import type { PreparedStructure, SharedColumns } from './sharedSet.ts';
import { LOSS_OUTPUTS, PREDICTION_OUTPUTS } from './stepModel.ts';
import type { EdgeArrangement } from './stepModel.ts';

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

type RowArrangement = Exclude<EdgeArrangement, 'pairs'>;

type StepModels = CompiledModels<EdgeArrangement>;
type PredictModels = CompiledModels<RowArrangement>;

/** Inputs of a model, and the arrangement that they are in. */
interface Arranged<A extends EdgeArrangement> {
  readonly feeds: Feeds;
  readonly arrangement: A;
}

/**
 * Computes single micro-batches with sessions of its own: the gradient of the loss, or predictions.
 * One per worker, and one in the main thread when there are no workers.
 */
export class Executor {
  readonly #data: ExecutorData;
  readonly #step: StepModels;
  /** The same with the Hessian term. */
  readonly #hessianStep: StepModels;
  readonly #predict: PredictModels;
  /** The same with products of the Hessian. */
  readonly #hessianPredict: PredictModels;
  readonly #train: SharedSet;
  readonly #validation: SharedSet;
  readonly #weights: { readonly values: Float32Array; readonly feeds: Feeds };
  readonly #buffers = new EdgeBuffers();
  readonly #labels = new LabelBuffers();
  readonly #pairBuffers = new PairBuffers();
  readonly #pairLabels = new PairLabelBuffers();
  readonly #products = new HessianBuffers();
  #version = -1;

  /** @param fetchModel gives the bytes of a model; called once per model */
  constructor(data: ExecutorData, fetchModel: FetchModel) {
    this.#data = data;
    const step = (hessian: boolean): StepModels =>
      new CompiledModels((arrangement) => fetchModel({ kind: 'step', arrangement, hessian }));
    const predict = (hessian: boolean): PredictModels =>
      new CompiledModels((arrangement) => fetchModel({ kind: 'predict', arrangement, hessian }));
    [this.#step, this.#hessianStep] = [step(false), step(true)];
    [this.#predict, this.#hessianPredict] = [predict(false), predict(true)];
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
    const inPairs = this.#areInPairs(structures);
    const { feeds, arrangement } = inPairs ? this.#pairFeeds(members) : this.#edgeFeeds(members);
    const labels = inPairs ? this.#pairLabels : this.#labels;
    labels.fill(members, weights, this.#data.scale);
    const { parts, scale } = this.#data;
    const directions = this.#turns(task, members);
    const hessian = directions.some((direction) => direction !== NO_TURN);
    Object.assign(feeds, labels.feeds({ ...parts, hessian }));
    if (hessian) {
      const { weight = 0 } = weights.hessian ?? {};
      const order = inPairs ? 'pairs' : 'rows';
      this.#products.fill(members, { order, directions, weight, scale });
      Object.assign(feeds, this.#products.feeds());
    }
    const models = hessian ? this.#hessianStep : this.#step;
    const results = await models.run(arrangement, feeds);
    for (const { gradient, offset } of this.#data.slices) {
      write(results[gradient].data as Float32Array, offset);
    }
    const term = (part: keyof LossParts): number =>
      LOSS_OUTPUTS[part] in results ? Number(results[LOSS_OUTPUTS[part]].data[0]) : 0;
    return {
      energy: term('energy'),
      forces: term('forces'),
      stress: term('stress'),
      ...(weights.hessian === undefined ? {} : { hessian: term('hessian') }),
      ...(weights.nodeEnergies === undefined ? {} : { nodeEnergies: term('nodeEnergies') }),
    };
  }

  /** Predictions for some validation structures, written into the shared prediction buffers. */
  async predict({ structures, version }: PredictTask): Promise<void> {
    this.#load(this.#data.predicted, version);
    const members = Array.from(structures, (k) => this.#validation.get(k));
    const { feeds, arrangement } = this.#edgeFeeds(members);
    this.#labels.fill(members, NO_WEIGHTS, this.#data.scale);
    Object.assign(feeds, this.#labels.feeds(ALL_PARTS));
    const hessian =
      this.#data.predictions.products.length > 0 &&
      members.some(({ hessianProducts }) => hessianProducts !== undefined);
    if (hessian) {
      // The first direction: the others are as good.
      const directions = members.map(({ hessianProducts }) => (hessianProducts ? 0 : NO_TURN));
      this.#products.fill(members, { order: 'rows', directions, weight: 0, scale: 1 });
      Object.assign(feeds, this.#products.feeds());
    }
    const models = hessian ? this.#hessianPredict : this.#predict;
    const results = await models.run(arrangement, feeds);
    const products = hessian
      ? (results[PREDICTION_OUTPUTS.products].data as Float32Array)
      : undefined;
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
      if (out.nodeEnergies.length > 0) {
        out.nodeEnergies.set(atomEnergies.subarray(atom, end), out.firstAtom[structure]);
      }
      if (products) {
        out.products.set(products.subarray(3 * atom, 3 * end), 3 * out.firstAtom[structure]);
      }
      if (stress)
        out.stress.set((stress as Float32Array).subarray(6 * b, 6 * b + 6), 6 * structure);
      atom = end;
    });
  }

  /** Direction of each structure in the Hessian term, or `NO_TURN`. */
  #turns({ structures, weights }: GradientTask, members: readonly PreparedStructure[]): number[] {
    const { hessian } = weights;
    return members.map(({ hessianProducts }, b) =>
      hessian === undefined || hessianProducts === undefined
        ? NO_TURN
        : hessianDirection(hessian.turn, structures[b], hessianProducts.count),
    );
  }

  #load(source: Float32Array, version: number): void {
    if (version === this.#version) return;
    this.#weights.values.set(source);
    this.#version = version;
  }

  /** Whether all have a slot for every pair; open structures have no stress to be trained on. */
  #areInPairs(structures: Int32Array): boolean {
    const { parts, train } = this.#data;
    const open = parts.energy || parts.forces || parts.nodeEnergies === true;
    return open && structures.every((k) => hasPairSlots(train, k));
  }

  #pairFeeds(members: readonly PreparedStructure[]): Arranged<'pairs'> {
    const open = members.map(({ numbers, positions = NO_POSITIONS }) => ({ numbers, positions }));
    const batch = layoutPairs(open, this.#data.cutoff, this.#pairBuffers);
    const feeds = { ...pairFeeds(batch), ...this.#pairBuffers.electrons.feeds(members) };
    return { feeds: this.#withWeights(feeds), arrangement: 'pairs' };
  }

  #edgeFeeds(members: readonly PreparedStructure[]): Arranged<RowArrangement> {
    const { cutoff } = this.#data;
    const batch = layoutEdges(
      members.map((member) => listOf(member, cutoff)),
      { buffers: this.#buffers },
    );
    const edges = edgeFeeds(batch, this.#labels.numbers(members));
    const feeds = this.#withWeights({ ...edges, ...this.#buffers.electrons.feeds(members) });
    return { feeds, arrangement: batch.dense ? 'dense' : 'chunked' };
  }

  #withWeights(edges: Readonly<Record<string, EdgeFeed>>): Feeds {
    const feeds: Feeds = { ...this.#weights.feeds };
    for (const [name, { data, dims }] of Object.entries(edges)) feeds[name] = { data, dims };
    return feeds;
  }

  /** Releases every session. */
  async release(): Promise<void> {
    for (const models of [this.#step, this.#hessianStep, this.#predict, this.#hessianPredict]) {
      await models.release();
    }
  }
}

/** A model for each arrangement of edges, compiled when it is needed first. */
class CompiledModels<A extends EdgeArrangement> {
  readonly #fetch: (arrangement: A) => Uint8Array | Promise<Uint8Array>;
  readonly #sessions = new Map<A, OnnxSession>();

  constructor(fetch: (arrangement: A) => Uint8Array | Promise<Uint8Array>) {
    this.#fetch = fetch;
  }

  async run(arrangement: A, feeds: Feeds): Promise<Feeds> {
    let session = this.#sessions.get(arrangement);
    if (session === undefined) {
      session = await OnnxSession.create(await this.#fetch(arrangement), { where: 'training' });
      this.#sessions.set(arrangement, session);
    }
    return session.run(feeds);
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
    this.#sessions.clear();
  }
}

const NOTHING = { energy: 0, forces: 0, stress: 0 };
const NO_WEIGHTS: LabelWeights = { ...NOTHING, factors: NOTHING };
const ALL_PARTS: LossParts = { energy: true, forces: true, stress: true };
const NO_POSITIONS = new Float32Array(0);
const NO_SHIFTS = new Int32Array(0);
const NO_DISTANCES = new Float64Array(0);

/** The part of a neighbour list that a layout is made of. */
export function listOf(structure: PreparedStructure, cutoff: number): NeighborList {
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
