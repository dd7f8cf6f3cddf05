import {
  type Atoms,
  type CalculateOptions,
  type Calculator,
  copyAtoms,
  FileFormatError,
  InvalidAtomsError,
  MlffdError,
  type Property,
  type Results,
  VerletList,
} from '@mlffd/core';
import type { InferenceSession } from 'onnxruntime-node';
import { checkRequest, requireCount } from '../checks.ts';
import { Answers } from './answers.ts';
import { EdgeGraph } from './edgeGraph.ts';
import { type GraphInterface, interfaceOf } from './graphInterface.ts';
import type { PotentialManifest } from './manifest.ts';
import { createSession, disposedError } from './onnxSession.ts';
import { type PotentialFile, readPotentialFile } from './potentialFile.ts';

export interface OnnxTeacherOptions {
  /** The exported potential, one `.onnx` file. */
  readonly path: string;
  /** Threads of one evaluation, default 1. */
  readonly threads?: number;
}

/** Candidates are kept this much farther than the cutoff, Angstrom, which saves searches in MD. */
const SKIN = 0.4;

/**
 * An exported potential in this process, on ONNX Runtime.
 *
 * The file says what it is (`manifest`). The network runs in float32 on edge vectors; geometry,
 * sums over edges, reference energies and the removal of net forces and torques are float64.
 */
export class OnnxTeacher implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements: readonly number[];
  /** Length of an edge, Angstrom; layers of messages reach farther. */
  readonly cutoff: number;
  /** SHA-256 of the model file. */
  readonly fingerprint: string;
  /** What the file says of itself. */
  readonly manifest: PotentialManifest;
  readonly #wanted: GraphInterface;
  readonly #answers: Answers;
  readonly #list: VerletList;
  /** One graph per evaluation under way; more than one only when calls overlap. */
  readonly #free: EdgeGraph[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #session: InferenceSession | undefined;

  private constructor(file: PotentialFile, session: InferenceSession, wanted: GraphInterface) {
    const { manifest } = file;
    this.name = manifest.name;
    this.properties = [
      'energy',
      ...(wanted.energy === 'energies' ? (['energies'] as const) : []),
      'forces',
      ...(manifest.stress === 'none' ? [] : (['stress'] as const)),
    ];
    this.elements = manifest.elements;
    this.cutoff = manifest.cutoff;
    this.fingerprint = file.fingerprint;
    this.manifest = manifest;
    this.#wanted = wanted;
    this.#answers = new Answers(manifest, wanted);
    this.#list = new VerletList({ cutoff: manifest.cutoff, skin: SKIN });
    this.#session = session;
  }

  /**
   * @param options the path alone, or with the number of threads
   * @throws FileSystemError if the file cannot be read
   * @throws FileFormatError `onnx/corrupt` for damage, `onnx/version`, `onnx/manifest`,
   * `onnx/racy`, `onnx/interface` for a file that is no potential of this kind, `onnx/refused` for
   * one that ONNX Runtime does not run
   * @throws InvalidArgumentError for a number of threads that is not a positive integer
   */
  static async load(options: string | OnnxTeacherOptions): Promise<OnnxTeacher> {
    const { path, threads = 1 } = typeof options === 'string' ? { path: options } : options;
    requireCount(threads, 'threads');
    const file = await readPotentialFile(path);
    const session = await createSession(file.bytes, threads).catch((cause: unknown) => {
      throw refusedError(path, cause);
    });
    try {
      return new OnnxTeacher(file, session, interfaceOf(session, file.manifest, path));
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /**
   * A signal that fires while ONNX Runtime computes is noticed when it is done.
   *
   * @throws as every calculator; MlffdError `onnx/not-finite`, `onnx/failed` for a structure that
   * the model has no answer for
   */
  async calculate(
    atoms: Atoms,
    properties: readonly Property[],
    { signal }: CalculateOptions = {},
  ): Promise<Results> {
    const session = this.#session;
    if (session === undefined) throw disposedError(this.name);
    signal?.throwIfAborted();
    checkRequest(this, atoms, properties);
    if (this.manifest.pbc === 'all-or-none') refuseMixed(this.name, atoms);
    const graph = this.#free.pop() ?? new EdgeGraph(this.manifest, this.#wanted.inputs);
    try {
      graph.build(atoms, this.#list.update(atoms));
      // The caller may move the atoms before the answer is there.
      const question = { atoms: copyAtoms(atoms), graph, properties };
      const outputs = await this.#run(session, graph);
      signal?.throwIfAborted();
      return this.#answers.read(outputs, question);
    } finally {
      this.#free.push(graph);
    }
  }

  /** Waits for the calls under way. */
  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await Promise.allSettled(this.#running);
    await session?.release();
  }

  async #run(
    session: InferenceSession,
    graph: EdgeGraph,
  ): Promise<InferenceSession.OnnxValueMapType> {
    const run = session.run(graph.feeds(), this.#wanted.outputs);
    this.#running.add(run);
    try {
      return await run;
    } catch (cause) {
      throw new MlffdError('onnx/failed', `${this.name} failed on a structure`, {
        expected: 'an answer of ONNX Runtime',
        found: messageOf(cause),
        hint: 'Leave this structure out; if all fail, export the model again.',
        cause,
      });
    } finally {
      this.#running.delete(run);
    }
  }
}

function refuseMixed(name: string, { pbc }: Atoms): void {
  if (pbc[0] === pbc[1] && pbc[1] === pbc[2]) return;
  throw new InvalidAtomsError(
    'onnx/mixed-periodicity',
    `${name} takes no structure that is periodic along some axes only`,
    {
      expected: 'all axes periodic, or none',
      found: `pbc ${pbc.join(', ')}`,
      where: 'pbc',
      hint: 'Make all axes periodic, with vacuum wider than the cutoff along the open ones.',
    },
  );
}

function refusedError(where: string, cause: unknown): FileFormatError {
  return new FileFormatError('onnx/refused', `ONNX Runtime does not run ${where}`, {
    expected: 'a graph of operators that ONNX Runtime has for the CPU, without external data',
    found: messageOf(cause),
    where,
    hint: 'Export it again, for an opset that this ONNX Runtime knows.',
    cause,
  });
}

// Errors of native modules may come from another realm, so that `instanceof Error` cannot tell.
const messageOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'message' in cause
    ? String(cause.message)
    : String(cause);
