import { stableStringify } from '@mlffd/core';
import { requireCount, requirePositive } from '../checks.ts';
import { requireCalculator } from './aseSpec.ts';
import { findPython, type Python } from './findPython.ts';
import { PYTHON_PRESETS } from './presets.ts';
import type { JsonValue } from './presets/preset.ts';
import { withWeightFile } from './weightFile.ts';

/** How a worker runs; nothing of it but `reset` and `forceConsistent` changes answers. */
export interface WorkerOptions {
  /** Interpreter. Default: `MLFFD_PYTHON`, the environment made for the preset, `python3`. */
  readonly python?: string;
  /** Threads of the calculator (OMP_NUM_THREADS and the like). Default 1. */
  readonly threads?: number;
  /** Longest time for one structure, s. Default 600. */
  readonly timeout?: number;
  /** Longest time to load the calculator, s. Default 300. */
  readonly startTimeout?: number;
  /**
   * Each structure is computed from nothing, so that answers do not depend on what came before.
   * Default true; false lets a calculator go on from its last state, such as a wave function, which
   * pays where each structure is close to the one before.
   */
  readonly reset?: boolean;
  /** The energy is the one that forces are derivatives of (`free_energy`). Default false, as in ASE. */
  readonly forceConsistent?: boolean;
  /** Further environment variables, such as CUDA_VISIBLE_DEVICES. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Which calculator: a preset by name, or any by its path. */
export type PythonTeacherOptions = WorkerOptions & {
  /** Name among `PYTHON_PRESETS`. */
  readonly preset?: string;
  /** `module.path:Class` of an ASE calculator, or of a function that makes one. */
  readonly calculator?: string;
  /** Arguments by name; those of a preset are kept where not given. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  readonly onEvent?: (event: PythonTeacherEvent) => void;
  /** Stops the start. */
  readonly signal?: AbortSignal;
};

/** What a teacher in Python tells beside its answers. */
export type PythonTeacherEvent =
  | {
      readonly type: 'worker-started';
      readonly pid: number;
      /** From the call to the loaded calculator, s. */
      readonly seconds: number;
      readonly python: string;
      readonly packages: Readonly<Record<string, string | null>>;
    }
  | { readonly type: 'worker-ended'; readonly pid: number; readonly reason: string }
  /** A line that the calculator printed. */
  | { readonly type: 'log'; readonly stream: 'stdout' | 'stderr'; readonly line: string }
  /** A package has another version than the one that the preset was tried with. */
  | {
      readonly type: 'version-differs';
      readonly package: string;
      readonly expected: string;
      readonly found: string;
    }
  /** An argument that the calculator does not name: perhaps a slip, and ignored by it. */
  | { readonly type: 'unknown-argument'; readonly argument: string };

/** Options with everything filled in. */
export interface ResolvedOptions {
  /** First part of the teacher's name. */
  readonly label: string;
  readonly preset: string | undefined;
  readonly calculator: string;
  /** Distribution that it is known by. */
  readonly distribution: string | undefined;
  readonly args: Readonly<Record<string, JsonValue>>;
  /** Argument among them that names the weight file. */
  readonly weightsArgument: string | undefined;
  readonly elements: readonly number[] | undefined;
  /** Versions that the preset was tried with. */
  readonly requirements: Readonly<Record<string, string>>;
  readonly python: Python;
  readonly threads: number;
  readonly timeout: number;
  readonly startTimeout: number;
  readonly reset: boolean;
  readonly forceConsistent: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly onEvent: ((event: PythonTeacherEvent) => void) | undefined;
}

/**
 * Checks options, fills in the rest, and finds the interpreter.
 *
 * @throws InvalidArgumentError, PythonTeacherError `teachers/no-python`, `teachers/missing-weights`,
 * `teachers/missing-file`
 */
export async function resolveOptions(options: PythonTeacherOptions): Promise<ResolvedOptions> {
  const { timeout = 600, startTimeout = 300, threads = 1, preset: name, args = {} } = options;
  requirePositive(timeout, 'timeout', 's');
  requirePositive(startTimeout, 'startTimeout', 's');
  requireCount(threads, 'threads');
  // Numbers that JSON cannot hold would become null on their way.
  stableStringify(args);
  const preset = name === undefined ? undefined : PYTHON_PRESETS[name];
  const calculator = preset?.calculator ?? options.calculator;
  requireCalculator(calculator);
  const label = name ?? calculator.slice(calculator.lastIndexOf(':') + 1);
  const all = { ...preset?.args, ...args };
  return {
    label,
    preset: name,
    calculator,
    distribution: preset?.distribution,
    args: preset === undefined ? all : withWeightFile(label, preset, all),
    weightsArgument: preset?.weightsArgument,
    elements: preset?.elements,
    requirements: preset?.requirements ?? {},
    python: await findPython({ python: options.python, preset: name, signal: options.signal }),
    threads,
    timeout,
    startTimeout,
    reset: options.reset ?? true,
    forceConsistent: options.forceConsistent ?? false,
    env: options.env ?? {},
    onEvent: options.onEvent,
  };
}
