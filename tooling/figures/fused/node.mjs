// How Node is started for the figures, and which instructions WebAssembly then has.
import { spawnSync } from 'node:child_process';
import { hasRelaxedSimd } from '../../../packages/student/dist/fused/kernels.js';

const kernels = new URL('../../../packages/student/dist/fused/kernels.js', import.meta.url).href;
/** Node 20 has relaxed SIMD behind this flag, which `nodeKernels` sets for itself. */
const RELAXED_FLAG = '--experimental-wasm-relaxed-simd';

/** Whether this Node knows relaxed SIMD when it is asked for it. */
function worksWithFlag() {
  const code = `import { hasRelaxedSimd } from '${kernels}'; process.exit(hasRelaxedSimd() ? 0 : 1);`;
  const args = [RELAXED_FLAG, '--input-type=module', '--eval', code];
  return spawnSync(process.execPath, args).status === 0;
}

/**
 * Node for the figures: `name` for a table, options to start it with, and whether it has relaxed SIMD,
 * which is on from the start where there is any, as all that is measured beside the calculators has no
 * other way to it.
 */
export function describeNode() {
  const { execArgv, versions } = process;
  const flagged = !hasRelaxedSimd() && worksWithFlag();
  const relaxed = flagged || hasRelaxedSimd();
  return {
    name: `Node ${versions.node}, ${relaxed ? 'relaxed SIMD' : 'SIMD'}`,
    execArgv: flagged ? [...execArgv, RELAXED_FLAG] : execArgv,
    relaxed,
  };
}
