import type { Atoms, NeighborList } from '@mlffd/core';
import { OnnxSession } from '@mlffd/graph';
import { EdgeFunctions } from './edgeFunctions.ts';
import { edgeFeeds } from './edges.ts';
import {
  buildFunctionModel,
  FUNCTION_INPUTS,
  FUNCTION_OUTPUTS,
  HEAD_INPUT,
  INFERENCE_OUTPUTS,
  type Network,
} from './inference.ts';
import { type EdgeBatch, EdgeBuffers, Growing, IndexBuffer, layoutEdges } from './layout.ts';

/** Sums are taken before the filters from this many slots per radial function on (measured). */
const SUM_FIRST_RATIO = 2.5;

/** Slots are atoms from this many atoms on, where that takes at most so many times the slots (measured). */
const SQUARE_ATOMS = 12;
const SQUARE_SLOT_LIMIT = 1.2;

/** What a network says about one structure. */
export interface NetworkOutput {
  /** Per atom, dimensionless, N. */
  readonly atoms: ArrayLike<number>;
  /** Derivative of their sum with respect to the edge vectors, 3 per edge, 1/Angstrom. */
  readonly edges: Float64Array;
}

/** What a network wants to know of a structure beside its edges. */
export type NetworkAtoms = Pick<Atoms, 'numbers' | 'charge' | 'spin'>;

/** A network on some machine. One run at a time: outputs are valid until the next. */
export interface NetworkRunner {
  run(list: NeighborList, atoms: NetworkAtoms): Promise<NetworkOutput>;
  release(): Promise<void>;
}

/** Called with what a runner has done, from when to when, ms as `performance.now()` tells. */
type OnSpan = (name: string, start: number, end: number) => void;

/** Names of what a runner does, for `OnSpan`. */
export const RUNNER_SPANS = {
  functions: 'functions of edges',
  /** Before the variant of the session. */
  session: 'session',
  derivatives: 'derivatives by edges',
} as const;

/** Choices of `FunctionRunner.create`. */
export interface FunctionRunnerOptions {
  /** For `runHeads`, not for `run`; default false. */
  readonly head?: boolean;
  /** Sessions are profiled (see `SessionOptions.profile`), each into a file that begins with this. */
  readonly profile?: string;
  readonly onSpan?: OnSpan;
}

/** What sessions have written of themselves. */
export interface SessionProfileFile {
  readonly path: string;
  /** Name of the spans in which it ran. */
  readonly span: string;
}

/**
 * One row per atom; the same with sums before the filters; the same with one slot per atom; rows of
 * a few slots.
 */
type Variant = 'dense' | 'wide' | 'square' | 'chunked';

/** What suits a layout where each slot has `width` radial functions. */
function variantOf({ dense, square, slots }: EdgeBatch, width: number): Variant {
  if (!dense) return 'chunked';
  if (slots >= SUM_FIRST_RATIO * width) return 'wide';
  return square ? 'square' : 'dense';
}

const float32 = (n: number): Float32Array => new Float32Array(n);

/** Atomic numbers as a graph takes them. */
class Numbers {
  readonly #buffer = new IndexBuffer();

  copy(numbers: Int32Array): BigInt64Array {
    const low = this.#buffer.take(numbers.length);
    for (let i = 0; i < numbers.length; i++) low[2 * i] = numbers[i];
    return this.#buffer.indices(numbers.length);
  }
}

/** Derivatives per edge: grows, never shrinks. */
class EdgeArray {
  #array = new Float64Array(0);

  take(count: number): Float64Array {
    if (this.#array.length < 3 * count) this.#array = new Float64Array(4 * count);
    return this.#array;
  }
}

/** A structure laid out for a session. */
interface PreparedRun {
  readonly session: OnnxSession;
  readonly variant: Variant;
  readonly feeds: Parameters<OnnxSession['run']>[0];
  readonly slotOf: Int32Array;
}

/**
 * Runs a network from its weights: functions of the edges in float64 here, everything else on ONNX
 * Runtime, in whichever layout of the edges and order of sums suits the structure.
 */
export class FunctionRunner implements NetworkRunner {
  readonly #network: Network;
  readonly #threads: number;
  readonly #options: FunctionRunnerOptions;
  readonly #functions: EdgeFunctions;
  readonly #buffers = new EdgeBuffers();
  readonly #units = new Growing(float32);
  readonly #basis = new Growing(float32);
  readonly #numbers = new Numbers();
  readonly #edges = new EdgeArray();
  readonly #sessions = new Map<Variant, OnnxSession>();
  readonly #square: (atoms: number, slots: number) => boolean;

  private constructor(network: Network, threads: number, options: FunctionRunnerOptions) {
    this.#network = network;
    this.#threads = threads;
    this.#options = options;
    this.#functions = new EdgeFunctions(network.config);
    const below = SUM_FIRST_RATIO * this.#functions.width;
    this.#square = (atoms, slots) =>
      atoms >= SQUARE_ATOMS && atoms < below && atoms <= SQUARE_SLOT_LIMIT * slots;
  }

  static async create(
    network: Network,
    threads: number,
    options: FunctionRunnerOptions = {},
  ): Promise<FunctionRunner> {
    const runner = new FunctionRunner(network, threads, options);
    await runner.#session('dense');
    return runner;
  }

  /** A session is made when a structure first needs its variant. */
  async #session(variant: Variant): Promise<OnnxSession> {
    const bytes = buildFunctionModel(this.#network, {
      dense: variant !== 'chunked',
      square: variant === 'square',
      sumFirst: variant === 'wide',
      head: this.#options.head === true,
    });
    const { profile } = this.#options;
    const session = await OnnxSession.create(bytes, {
      threads: this.#threads,
      ...(profile === undefined ? {} : { profile: `${profile}-${variant}` }),
    });
    this.#sessions.set(variant, session);
    return session;
  }

  async run(list: NeighborList, atoms: NetworkAtoms): Promise<NetworkOutput> {
    const prepared = await this.#prepare(list, atoms);
    return this.#evaluate(list, prepared, prepared.feeds);
  }

  /**
   * The same with other weights of the last layer, [1, d] each, in place of the network's and
   * without a bias; an output is valid until the next.
   */
  async runHeads(
    list: NeighborList,
    atoms: NetworkAtoms,
    heads: { weights: readonly Float32Array[]; use: (output: NetworkOutput, head: number) => void },
  ): Promise<void> {
    const prepared = await this.#prepare(list, atoms);
    for (const [head, data] of heads.weights.entries()) {
      const weights = { [HEAD_INPUT]: { data, dims: [1, data.length] } };
      heads.use(await this.#evaluate(list, prepared, { ...prepared.feeds, ...weights }), head);
    }
  }

  async #prepare(list: NeighborList, atoms: NetworkAtoms): Promise<PreparedRun> {
    const { width } = this.#functions;
    const start = performance.now();
    const batch = layoutEdges(list, { buffers: this.#buffers, square: this.#square });
    const { rows, slots, slotOf } = batch;
    const units = this.#units.take(rows * slots * 3);
    const basis = this.#basis.take(rows * slots * width);
    this.#functions.write(list, slotOf, { units, basis });
    const variant = variantOf(batch, width);
    const session = this.#sessions.get(variant) ?? (await this.#session(variant));
    const feeds = {
      ...edgeFeeds(batch, this.#numbers.copy(atoms.numbers)),
      ...this.#buffers.electrons.feeds([atoms]),
      [FUNCTION_INPUTS.units]: { data: units, dims: [rows, slots, 3] },
      [FUNCTION_INPUTS.basis]: { data: basis, dims: [rows, slots, width] },
    };
    this.#options.onSpan?.(RUNNER_SPANS.functions, start, performance.now());
    return { session, variant, feeds, slotOf };
  }

  async #evaluate(
    list: NeighborList,
    { session, variant, slotOf }: PreparedRun,
    feeds: PreparedRun['feeds'],
  ): Promise<NetworkOutput> {
    const start = performance.now();
    const outputs = await session.run(feeds);
    const middle = performance.now();
    const edges = this.#edges.take(list.count);
    const derivatives = {
      slotOf,
      units: outputs[FUNCTION_OUTPUTS.unitGradients].data as Float32Array,
      basis: outputs[FUNCTION_OUTPUTS.basisGradients].data as Float32Array,
    };
    this.#functions.pullBack(list, derivatives, edges);
    this.#options.onSpan?.(`${RUNNER_SPANS.session} ${variant}`, start, middle);
    this.#options.onSpan?.(RUNNER_SPANS.derivatives, middle, performance.now());
    return { atoms: outputs[FUNCTION_OUTPUTS.atomEnergies].data as Float32Array, edges };
  }

  /** Ends the profiles of the sessions; those that never ran have nothing to say. */
  endProfiles(): SessionProfileFile[] {
    return [...this.#sessions].map(([variant, session]) => ({
      path: session.endProfile(),
      span: `${RUNNER_SPANS.session} ${variant}`,
    }));
  }

  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await session.release();
  }
}

/** Runs the model of a checkpoint (`model.onnx`): edge vectors in, one row per atom. */
export class ModelRunner implements NetworkRunner {
  readonly #session: OnnxSession;
  readonly #buffers = new EdgeBuffers();
  readonly #numbers = new Numbers();
  readonly #edges = new EdgeArray();

  private constructor(session: OnnxSession) {
    this.#session = session;
  }

  static async create(model: Uint8Array, threads: number): Promise<ModelRunner> {
    return new ModelRunner(await OnnxSession.create(model, { threads, where: 'model.onnx' }));
  }

  async run(list: NeighborList, atoms: NetworkAtoms): Promise<NetworkOutput> {
    const batch = layoutEdges(list, { buffers: this.#buffers, rows: 'dense' });
    const outputs = await this.#session.run({
      ...edgeFeeds(batch, this.#numbers.copy(atoms.numbers)),
      ...this.#buffers.electrons.feeds([atoms]),
    });
    const gradients = outputs[INFERENCE_OUTPUTS.edgeGradients].data as Float32Array;
    const edges = this.#edges.take(list.count);
    for (let e = 0; e < list.count; e++) {
      for (let k = 0; k < 3; k++) edges[3 * e + k] = gradients[3 * batch.slotOf[e] + k];
    }
    return { atoms: outputs[INFERENCE_OUTPUTS.atomEnergies].data as Float32Array, edges };
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}
