import type { CalculatorPool } from '@mlffd/core';
import {
  startTeacherPool,
  teacherFingerprint,
  type TeacherEvent,
  type TeacherSpec,
} from '@mlffd/teachers';

/** How a teacher of a run is started. */
export interface TeacherHandleOptions {
  /** Copies that work side by side. */
  readonly copies: number;
  /** Longest time for one structure, s. */
  readonly timeout?: number;
  /** What teachers outside this process tell. */
  readonly onEvent?: (event: TeacherEvent) => void;
}

/** The teacher of a run: identified at once, started only when a stage needs it. */
export class TeacherHandle {
  /** Hash of what decides about its answers: model file, parameters. */
  readonly fingerprint: string;
  readonly #spec: TeacherSpec;
  readonly #options: TeacherHandleOptions;
  #pool: Promise<CalculatorPool> | undefined;

  private constructor(spec: TeacherSpec, options: TeacherHandleOptions, fingerprint: string) {
    this.#spec = spec;
    this.#options = options;
    this.fingerprint = fingerprint;
  }

  static async open(spec: TeacherSpec, options: TeacherHandleOptions): Promise<TeacherHandle> {
    return new TeacherHandle(spec, options, await teacherFingerprint(spec));
  }

  /** As many copies, each in a thread or process of its own, as the run may use at once. */
  pool(): Promise<CalculatorPool> {
    this.#pool ??= startTeacherPool(this.#spec, this.#options);
    return this.#pool;
  }

  async dispose(): Promise<void> {
    await (await this.#pool)?.dispose();
    this.#pool = undefined;
  }
}
