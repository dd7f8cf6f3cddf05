import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { describeKernels, hasRelaxedSimd, kernelFile, type Kernels } from './kernels.ts';
import { engine } from './webAssembly.ts';

/**
 * The kernels that come with the package, compiled for this Node: with fused multiply-add where it has relaxed
 * SIMD. Node 20 has it behind a flag of V8, which is set when that is not refused; it makes the
 * engine accept some more instructions and changes nothing else.
 */
export function nodeKernels({ shared = false }: { readonly shared?: boolean } = {}): Kernels {
  if (!hasRelaxedSimd()) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const file = kernelFile(shared);
  const module = new engine.Module(readFileSync(new URL(`../../wasm/${file}`, import.meta.url)));
  return describeKernels(file, module);
}
