import { neighborList } from '@mlffd/core';
import type { NeighborList } from '@mlffd/core';
import { Graph, OnnxSession, optimize, toOnnx } from '@mlffd/graph';
import type { OrtValue, Tensor } from '@mlffd/graph';
import { buildPainn, declareEdges, EdgeBuffers, edgeFeeds, layoutEdges } from '@mlffd/student';
import type { StudentConfig } from '@mlffd/student';
import type { StructureSizes } from './batching.ts';
import type { CurvePoint } from './curve.ts';
import { listOf } from './executor.ts';
import type { ParameterLayout } from './parameterLayout.ts';
import { parameterName } from './stepModel.ts';
import type { TrainingData } from './trainingData.ts';

/** An activation that has grown by more than this over its first value is told. */
const MOST_GROWTH = 1e3;
/** Activations that a warning names. */
const MOST_NAMED = 3;

/** Largest values that a block hands on, dimensionless; `null` where one is not finite. */
export interface BlockActivations {
  /** Scalar features: largest absolute value. */
  readonly q: number | null;
  /** Vector features: largest length; absent after the last block, which has none. */
  readonly mu?: number | null;
  /** Filters: largest absolute value; interactions only. */
  readonly filter?: number | null;
}

/** The same by block: `interaction.0`, `mixing.0` ... */
export type Activations = Readonly<Record<string, BlockActivations>>;

/** What a probe is made for. */
export interface ActivationProbeOptions {
  readonly config: { readonly model: StudentConfig; readonly microBatchEdges: number };
  readonly data: Pick<TrainingData, 'train' | 'validation' | 'stream'>;
  readonly layout: ParameterLayout;
}

/**
 * Looks at the activations of a model with whatever weights, on the same few structures each time: of
 * the validation set, or of the training set where there is none. It only reads.
 */
export class ActivationProbe {
  readonly #session: OnnxSession;
  readonly #values: Float32Array;
  readonly #feeds: Readonly<Record<string, OrtValue>>;

  private constructor(
    session: OnnxSession,
    values: Float32Array,
    feeds: Readonly<Record<string, OrtValue>>,
  ) {
    this.#session = session;
    this.#values = values;
    this.#feeds = feeds;
  }

  static async create(options: ActivationProbeOptions): Promise<ActivationProbe> {
    const { config, layout } = options;
    const members = membersOf(options);
    const buffers = new EdgeBuffers();
    const lists = members.map(({ list }) => list);
    const batch = layoutEdges(lists, { buffers });
    const numbers = members.flatMap((member) => Array.from(member.numbers, BigInt));
    const { offsets, sizes } = layout;
    // ONNX Runtime does not take shared memory: the probe has its own copy of the weights.
    const values = new Float32Array(layout.length);
    const feeds: Record<string, OrtValue> = {
      ...edgeFeeds(batch, BigInt64Array.from(numbers)),
      ...buffers.electrons.feeds(members),
    };
    layout.specs.forEach((spec, k) => {
      const data = values.subarray(offsets[k], offsets[k] + sizes[k]);
      feeds[parameterName(spec)] = { data, dims: spec.shape };
    });
    const outputs = optimize(activationOutputs(config.model, batch.dense));
    const bytes = toOnnx({ name: 'activations', outputs });
    const session = await OnnxSession.create(bytes, { where: 'activations' });
    return new ActivationProbe(session, values, feeds);
  }

  /** Largest activations with these flat weights. */
  async measure(parameters: Float32Array): Promise<Activations> {
    this.#values.set(parameters);
    const results = await this.#session.run(this.#feeds);
    const found: Record<string, Record<string, number | null>> = {};
    for (const [name, { data, dims }] of Object.entries(results)) {
      const [block, kind] = name.split('/');
      const values = data as Float32Array;
      const largest = kind === 'mu' ? longest(values, dims[2]) : largestSize(values);
      const known = (found[block] ??= {});
      known[kind] = kind in known ? larger(known[kind], largest) : largest;
    }
    return found as Record<string, BlockActivations & Record<string, number | null>>;
  }

  /** Releases the session. */
  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** What the blocks of a model hand on, by `block/kind` or `block/kind/part`; weights are inputs. */
function activationOutputs(config: StudentConfig, dense: boolean): Record<string, Tensor> {
  const graph = new Graph();
  const outputs: Record<string, Tensor> = {};
  buildPainn(graph, config, {
    edges: declareEdges(graph, { dense }),
    parameter: (spec) => graph.input(parameterName(spec), spec.shape),
    onBlock: ({ name, q, mu, filters }) => {
      outputs[`${name}/q`] = q;
      if (mu !== undefined) outputs[`${name}/mu`] = mu;
      filters.forEach((filter, part) => (outputs[`${name}/filter/${part}`] = filter));
    },
  });
  return outputs;
}

/** Structures from all over a set that have about `edges` edges together, at least one. */
export function probeStructures({ edges }: StructureSizes, limit: number): number[] {
  const { length } = edges;
  let all = 0;
  for (let k = 0; k < length; k++) all += edges[k];
  const count = Math.min(length, Math.max(1, Math.floor((limit * length) / Math.max(1, all))));
  const chosen: number[] = [];
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const k = Math.floor(((n + 0.5) * length) / count);
    if (chosen.length > 0 && sum + edges[k] > limit) continue;
    chosen.push(k);
    sum += edges[k];
  }
  return chosen;
}

interface Member {
  readonly numbers: Int32Array;
  readonly charge?: number;
  readonly spin?: number;
  readonly list: NeighborList;
}

function membersOf({ config, data }: ActivationProbeOptions): Member[] {
  const { train, validation, stream } = data;
  const { cutoff } = config.model;
  const set = validation.length > 0 ? validation : train;
  const chosen = probeStructures(set.columns, config.microBatchEdges);
  if (set === train && stream !== undefined) {
    return chosen.map((k) => {
      const { atoms } = stream.dataset.get(stream.indices[k]);
      return { ...atoms, list: neighborList(atoms, cutoff) };
    });
  }
  return chosen.map((k) => {
    const structure = set.get(k);
    return { ...structure, list: listOf(structure, cutoff) };
  });
}

/** Largest absolute value; `null` if one is not finite. */
function largestSize(values: Float32Array): number | null {
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (!(size < Infinity)) return null;
    if (size > largest) largest = size;
  }
  return largest;
}

/** Largest length of vectors [N, 3, F]; `null` if one is not finite. */
function longest(values: Float32Array, features: number): number | null {
  let largest = 0;
  for (let start = 0; start < values.length; start += 3 * features) {
    for (let f = start; f < start + features; f++) {
      const y = values[f + features];
      const z = values[f + 2 * features];
      const square = values[f] * values[f] + y * y + z * z;
      if (!(square < Infinity)) return null;
      if (square > largest) largest = square;
    }
  }
  return Math.sqrt(largest);
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

/**
 * What to tell of activations after those of earlier points: those that are not finite, or have grown
 * too much since the first point that has them. Each is told once; undefined when there is none.
 */
export function activationWarning(
  earlier: readonly Pick<CurvePoint, 'activations'>[],
  now: Activations,
): string | undefined {
  const known = earlier.flatMap(({ activations }) =>
    activations === undefined ? [] : [activations],
  );
  const first = known.at(0) ?? now;
  const isBad = (activations: Activations, { block, kind }: Place): boolean =>
    isTooLarge(valueOf(activations, block, kind), valueOf(first, block, kind));
  const told = placesOf(now).filter(
    (place) => isBad(now, place) && !known.some((activations) => isBad(activations, place)),
  );
  if (told.length === 0) return undefined;
  const named = told.slice(0, MOST_NAMED).map(({ block, kind }) => {
    const [start, end] = [first, now].map((from) => textOf(valueOf(from, block, kind)));
    return `${kind} of ${block} (${start} at first, now ${end})`;
  });
  const others = told.length > MOST_NAMED ? ` and ${told.length - MOST_NAMED} more` : '';
  return (
    `activations are not finite or have grown more than ${MOST_GROWTH}-fold: ` +
    `${named.join(', ')}${others}; training may be about to diverge: lower optimizer.learningRate ` +
    'or optimizer.clipNorm, and look for wrong labels'
  );
}

interface Place {
  readonly block: string;
  readonly kind: keyof BlockActivations;
}

function placesOf(activations: Activations): Place[] {
  return Object.entries(activations).flatMap(([block, values]) =>
    Object.keys(values).map((kind) => ({ block, kind: kind as Place['kind'] })),
  );
}

function valueOf(
  activations: Activations,
  block: string,
  kind: Place['kind'],
): number | null | undefined {
  return Object.hasOwn(activations, block) ? activations[block][kind] : undefined;
}

function isTooLarge(value: number | null | undefined, first: number | null | undefined): boolean {
  if (value === null) return true;
  return Boolean(value) && Boolean(first) && Number(value) > MOST_GROWTH * Number(first);
}

function textOf(value: number | null | undefined): string {
  return value === null ? 'not finite' : (value ?? 0).toPrecision(2);
}
