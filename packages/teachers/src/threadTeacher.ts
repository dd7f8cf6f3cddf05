import { existsSync } from 'node:fs';
import {
  ThreadCalculator,
  type Atoms,
  type CalculateOptions,
  type Calculator,
  type Property,
  type Results,
  type ThreadCalculatorOptions,
} from '@mlffd/core';
import type { TeacherSpec } from './teacherSpec.ts';

/** The thread of a teacher ended by itself; the call under way is lost. */
export { CalculatorDiedError as TeacherThreadError } from '@mlffd/core';

/** Limits of a teacher's thread. */
export type ThreadTeacherOptions = Omit<ThreadCalculatorOptions, 'module' | 'factory' | 'args'>;

/**
 * A teacher in a thread of its own.
 *
 * ONNX Runtime holds up the thread that calls it, so several teachers in one thread take turns;
 * several of these, in a `CalculatorPool`, use as many cores.
 */
export class ThreadTeacher implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  readonly cutoff?: number;
  readonly #thread: ThreadCalculator;

  private constructor(thread: ThreadCalculator) {
    this.name = thread.name;
    this.properties = thread.properties;
    if (thread.elements !== undefined) this.elements = thread.elements;
    if (thread.cutoff !== undefined) this.cutoff = thread.cutoff;
    this.#thread = thread;
  }

  /**
   * Starts the thread and loads the teacher there.
   *
   * @throws what `createTeacher` throws; CalculatorDiedError when the thread cannot be started
   */
  static async start(
    spec: TeacherSpec,
    options: ThreadTeacherOptions = {},
  ): Promise<ThreadTeacher> {
    const source = { module: factoryModule(), factory: 'createTeacher', args: [spec] };
    return new ThreadTeacher(await ThreadCalculator.start({ ...options, ...source }));
  }

  /** Calls that keep the thread busy while this thread cannot feed it. */
  get ahead(): number {
    return this.#thread.ahead;
  }

  /** Calls that overlap are answered in the order in which they came. */
  calculate(
    atoms: Atoms,
    properties: readonly Property[],
    options?: CalculateOptions,
  ): Promise<Results> {
    return this.#thread.calculate(atoms, properties, options);
  }

  dispose(): Promise<void> {
    return this.#thread.dispose();
  }
}

/** The compiled module; Node 20 runs no TypeScript, so sources use what was built. */
function factoryModule(): URL {
  const beside = new URL('./createTeacher.js', import.meta.url);
  return existsSync(beside) ? beside : new URL('../dist/createTeacher.js', import.meta.url);
}
