import type { Atoms, Calculator, Property, Results } from '@mlffd/core';
import { checkRequest } from '../checks.ts';
import { pythonFingerprint } from './fingerprint.ts';
import {
  type PythonTeacherOptions,
  type ResolvedOptions,
  resolveOptions,
} from './pythonOptions.ts';
import { type ReadyWorker, startWorker } from './startWorker.ts';
import type { Greeting } from './workerProcess.ts';
import { WorkerQueue } from './workerQueue.ts';

/** Characters of a version in a name; hashes of files are longer. */
const VERSION_LENGTH = 15;

/**
 * An ASE calculator in a Python process that lives as long as this object.
 *
 * Structures are computed one after the other, in the order of the calls. A structure that takes too
 * long, or that ends the process, fails alone: a new process goes on with the next one. For more
 * cores put several into a `CalculatorPool`.
 */
export class PythonTeacher implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  /** SHA-256 of all that decides about the answers. */
  readonly fingerprint: string;
  /** What the worker said of itself: versions of packages, of Python and NumPy. */
  readonly versions: Pick<Greeting, 'packages' | 'runtime'>;
  readonly #queue: WorkerQueue;

  private constructor(options: ResolvedOptions, fingerprint: string, first: ReadyWorker) {
    const { calculatorPackage: top, packages, properties, runtime } = first.greeting;
    const version = (packages[top] ?? '').slice(0, VERSION_LENGTH);
    this.name = `${options.label} (${`${top} ${version}`.trim()})`;
    this.properties = properties;
    if (options.elements !== undefined) this.elements = options.elements;
    this.fingerprint = fingerprint;
    this.versions = { packages, runtime };
    this.#queue = new WorkerQueue(this.name, options, first);
  }

  /**
   * Starts the worker and loads the calculator.
   *
   * @throws PythonTeacherError with a `hint` what to run where Python, a package or a file is missing
   * @throws InvalidArgumentError, AbortedError, FileSystemError for a file that cannot be read
   */
  static async start(options: PythonTeacherOptions): Promise<PythonTeacher> {
    const resolved = await resolveOptions(options);
    const first = await startWorker(resolved, options.signal);
    try {
      const fingerprint = await pythonFingerprint(resolved, first.greeting);
      return new PythonTeacher(resolved, fingerprint, first);
    } catch (error) {
      first.worker.kill();
      await first.worker.ended;
      throw error;
    }
  }

  async calculate(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    checkRequest(this, atoms, properties);
    return this.#queue.ask(atoms, properties);
  }

  /**
   * Several structures in as few messages as possible; each has its own outcome, in the same order.
   *
   * @throws what `calculate` throws for a structure that may not be asked about, before any is
   */
  async calculateMany(
    structures: readonly Atoms[],
    properties: readonly Property[],
  ): Promise<PromiseSettledResult<Results>[]> {
    for (const atoms of structures) checkRequest(this, atoms, properties);
    return Promise.allSettled(this.#queue.askMany(structures, properties));
  }

  /** Ends the worker; structures without an answer are rejected with `calculator/disposed`. */
  dispose(): Promise<void> {
    return this.#queue.dispose();
  }
}
