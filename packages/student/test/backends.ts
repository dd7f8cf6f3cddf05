import { readFileSync } from 'node:fs';
import type { Calculator } from '@mlffd/core';
import { FusedCalculator } from '../src/fused/fusedCalculator.ts';
import type { FusedOptions } from '../src/fused/fusedPotential.ts';
import type { Kernels } from '../src/fused/kernels.ts';
import { nodeKernels } from '../src/fused/nodeKernels.ts';
import { engine } from '../src/fused/webAssembly.ts';
import { type Student, StudentCalculator } from '../src/index.ts';

/** A calculator of a student that has to be disposed of. */
export type TestedCalculator = Calculator & { dispose(): Promise<void> | void };

/** One way to compute a student. */
export interface TestedBackend {
  readonly name: string;
  /** Whether it answers at once. */
  readonly isFused: boolean;
  readonly create: (
    student: Student,
    options?: { readonly skin?: number },
  ) => Promise<TestedCalculator>;
}

const fastest = nodeKernels();

/** Kernels without fused multiply-add, for engines that do not have it. */
const simd: Kernels = {
  kind: 'simd',
  shared: false,
  module: new engine.Module(readFileSync(new URL('../wasm/simd.wasm', import.meta.url))),
};

/** Choices of a fused potential, by a name. */
export const FUSED: Readonly<Record<string, FusedOptions>> = {
  'fused, multiply-add, table': { kernels: fastest, filters: 'table' },
  'fused, multiply-add, exact': { kernels: fastest, filters: 'exact' },
  'fused, plain, table': { kernels: simd, filters: 'table' },
  'fused, plain, exact': { kernels: simd, filters: 'exact' },
};

/** Every back end, in every way in which it computes. */
export const BACKENDS: readonly TestedBackend[] = [
  {
    name: 'onnx',
    isFused: false,
    create: (student, options) =>
      StudentCalculator.fromStudent(student, { ...options, backend: 'onnx' }),
  },
  ...Object.entries(FUSED).map(([name, choice]) => ({
    name,
    isFused: true,
    create: async (student: Student, options: { readonly skin?: number } = {}) =>
      Promise.resolve(FusedCalculator.fromStudent(student, { ...choice, ...options })),
  })),
];
