import { CalculatorPool } from '@mlffd/core';
import { teacherFingerprint, ThreadTeacher, type TeacherSpec } from '@mlffd/teachers';

/** The teacher of a run: identified at once, started only when a stage needs it. */
export class TeacherHandle {
  /** Hash of what decides about its answers: model file, parameters. */
  readonly fingerprint: string;
  readonly #spec: TeacherSpec;
  readonly #copies: number;
  #pool: Promise<CalculatorPool> | undefined;

  private constructor(spec: TeacherSpec, copies: number, fingerprint: string) {
    this.#spec = spec;
    this.#copies = copies;
    this.fingerprint = fingerprint;
  }

  static async open(spec: TeacherSpec, copies: number): Promise<TeacherHandle> {
    return new TeacherHandle(spec, copies, await teacherFingerprint(spec));
  }

  /** As many copies, each in a thread of its own, as the run may use at once. */
  pool(): Promise<CalculatorPool> {
    this.#pool ??= this.#start();
    return this.#pool;
  }

  async dispose(): Promise<void> {
    await (await this.#pool)?.dispose();
    this.#pool = undefined;
  }

  async #start(): Promise<CalculatorPool> {
    const copies = Array.from({ length: this.#copies }, () => ThreadTeacher.start(this.#spec));
    return new CalculatorPool(await Promise.all(copies));
  }
}
