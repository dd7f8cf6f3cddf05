// ES2023 and Node's types have no WebAssembly, and those of the DOM would bring the whole DOM with them.

/** Memory of kernels; `buffer` is another object after it has grown. */
export interface KernelMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}

/** Compiled code. */
export type KernelModule = object;

interface Engine {
  readonly Memory: new (options: {
    initial: number;
    maximum?: number;
    shared?: boolean;
  }) => KernelMemory;
  readonly Module: new (bytes: Uint8Array) => KernelModule;
  readonly Instance: new (
    module: KernelModule,
    imports: { env: { memory: KernelMemory } },
  ) => { readonly exports: Record<string, unknown> };
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly compile: (bytes: Uint8Array) => Promise<KernelModule>;
}

/** The engine's WebAssembly. */
export const engine: Engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
