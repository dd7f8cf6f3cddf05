/** What the WebAssembly engine of this process has. */
export interface WebAssemblyFacts {
  /** 128-bit vectors. */
  readonly simd: boolean;
  /** With fused multiply-add; Node 20 has it behind `--experimental-wasm-relaxed-simd`. */
  readonly relaxedSimd: boolean;
}

// (module (func (result v128) (i8x16.splat (i32.const 0))))
const SIMD = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15,
  11,
];
// (module (func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2))))
const RELAXED = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0,
  32, 0, 32, 1, 32, 2, 253, 133, 2, 11,
];

/** Asks the engine whether it takes a module with these instructions. */
export function readWebAssembly(): WebAssemblyFacts {
  const { WebAssembly: engine } = globalThis as unknown as {
    WebAssembly: { readonly validate: (bytes: Uint8Array) => boolean };
  };
  return {
    simd: engine.validate(Uint8Array.from(SIMD)),
    relaxedSimd: engine.validate(Uint8Array.from(RELAXED)),
  };
}
