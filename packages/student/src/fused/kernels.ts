import { FusedUnavailableError } from './errors.ts';
import { engine, type KernelMemory, type KernelModule } from './webAssembly.ts';

/** Compiled kernels of one kind. */
export interface Kernels {
  /** `relaxed`: with fused multiply-add, where the engine has relaxed SIMD; `simd`: without. */
  readonly kind: 'simd' | 'relaxed';
  /** For memory that several threads share. */
  readonly shared: boolean;
  readonly module: KernelModule;
}

/** Functions of assembly/index.ts. */
export interface KernelFunctions {
  readonly runAll: (network: number, structure: number) => number;
  readonly runStage: (network: number, structure: number, part: number, stage: number) => number;
  /** Members are described at assembly/layout.ts. */
  readonly runBatch: (network: number, structure: number, members: number, count: number) => void;
  readonly stageCount: (network: number) => number;
  readonly candidateScratch: (atoms: number, capacity: number) => number;
  /** (positions, atoms, cell, pbc, reach, records, capacity, scratch, method): number of candidates. */
  readonly findCandidates: (...args: number[]) => number;
  /** (positions, reference, atoms, cell, referenceCell, pbc, cutoff, skin, scratch): not 0 where they hold. */
  readonly candidatesHold: (...args: number[]) => number;
  readonly placeShifts: (records: number, count: number, cell: number) => void;
}

/** Names of the modules that the build makes. */
export type KernelFile = `${Kernels['kind']}${'' | '-threads'}.wasm`;

/** First address that is handed out: static data of the modules lies below. */
export const FIRST_ADDRESS = 65_536;

// (module (func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2))))
const PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0,
  32, 0, 32, 1, 32, 2, 253, 133, 2, 11,
]);

/** Which of the modules this engine runs fastest. */
export function kernelFile(shared: boolean): KernelFile {
  return `${hasRelaxedSimd() ? 'relaxed' : 'simd'}${shared ? '-threads' : ''}.wasm`;
}

/** Whether the engine multiplies and adds in one instruction. */
export function hasRelaxedSimd(): boolean {
  return engine.validate(PROBE);
}

/** What a file of kernels is for, with its compiled code. */
export function describeKernels(file: KernelFile, module: KernelModule): Kernels {
  return {
    kind: file.startsWith('relaxed') ? 'relaxed' : 'simd',
    shared: file.endsWith('-threads.wasm'),
    module,
  };
}

/** Compiles the bytes of the file that `kernelFile` names. */
export async function compileKernels(file: KernelFile, bytes: Uint8Array): Promise<Kernels> {
  return describeKernels(file, await engine.compile(bytes));
}

/** An instance of kernels on a memory. */
export function instantiate(kernels: Kernels, memory: KernelMemory): KernelFunctions {
  try {
    const { exports } = new engine.Instance(kernels.module, { env: { memory } });
    return exports as unknown as KernelFunctions;
  } catch (cause) {
    throw new FusedUnavailableError(
      'student/fused-engine',
      'this engine does not run the WebAssembly kernels',
      {
        expected: 'an engine with WebAssembly SIMD (Node 20, browsers since 2023)',
        found: String(cause),
        hint: 'Update it, or take the back end `onnx`.',
        cause,
      },
    );
  }
}
