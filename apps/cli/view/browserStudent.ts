import { type Calculator, MlffdError } from '@mlffd/core';
import { compileKernels, FusedCalculator, kernelFile, type Student } from '@mlffd/student';
import { fetchBytes } from './studentFiles.ts';

/** A student that is ready to compute. */
export interface BrowserStudent {
  readonly calculator: Calculator;
  /** How its kernels are run. */
  readonly backend: string;
}

/** This browser does not run the kernels. */
class OldBrowserError extends MlffdError {
  override readonly name = 'OldBrowserError';
}

/**
 * Compiles the kernels that lie in `wasm` below `base`, those that run fastest here.
 *
 * @throws OldBrowserError where WebAssembly SIMD is missing; FusedUnavailableError for a student that
 * the kernels do not serve
 */
export async function loadCalculator(student: Student, base: URL): Promise<BrowserStudent> {
  if (!('WebAssembly' in globalThis)) throw tooOld('no WebAssembly');
  const file = kernelFile(false);
  const bytes = await fetchBytes(new URL(`wasm/${file}`, base));
  const kernels = await compileKernels(file, bytes).catch((cause: unknown) => {
    throw tooOld('a browser that does not compile the kernels', cause);
  });
  const calculator = FusedCalculator.fromStudent(student, { kernels });
  return { calculator, backend: kernels.kind === 'relaxed' ? 'relaxed SIMD' : 'SIMD' };
}

function tooOld(found: string, cause?: unknown): OldBrowserError {
  return new OldBrowserError('view/no-simd', 'This browser lacks WebAssembly SIMD', {
    expected: 'Chrome or Edge 111, Firefox 115, Safari 16.4, or later',
    found,
    hint: 'Update the browser, or open the page in another one.',
    ...(cause === undefined ? {} : { cause }),
  });
}
