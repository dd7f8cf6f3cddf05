import type { Atoms, Calculator, Property, Results } from '@mlffd/core';
import type { PythonTeacher } from './pythonTeacher.ts';

/** A teacher in Python that has a class of its own for its options. */
export abstract class WrappedTeacher implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  /** SHA-256 of all that decides about the answers, weights included. */
  readonly fingerprint: string;
  /** What the worker said of itself: versions of packages, of Python and NumPy. */
  readonly versions: PythonTeacher['versions'];
  readonly #worker: PythonTeacher;

  protected constructor(worker: PythonTeacher) {
    this.name = worker.name;
    this.properties = worker.properties;
    if (worker.elements !== undefined) this.elements = worker.elements;
    this.fingerprint = worker.fingerprint;
    this.versions = worker.versions;
    this.#worker = worker;
  }

  calculate(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    return this.#worker.calculate(atoms, properties);
  }

  /** As `PythonTeacher.calculateMany`. */
  calculateMany(
    structures: readonly Atoms[],
    properties: readonly Property[],
  ): Promise<PromiseSettledResult<Results>[]> {
    return this.#worker.calculateMany(structures, properties);
  }

  /** Ends the worker. */
  dispose(): Promise<void> {
    return this.#worker.dispose();
  }
}
