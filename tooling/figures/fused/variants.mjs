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
 * Ways to start Node: one, with relaxed SIMD on from the start where there is any, as all that is measured
 * beside the calculators has no other way to it. `suffix` of the keys of the figures, `name` for a
 * table, options of Node, whether there is relaxed SIMD.
 */
export function variants() {
  const node = `Node ${process.versions.node}`;
  const { execArgv } = process;
  if (hasRelaxedSimd()) {
    return [{ suffix: '', name: `${node}, relaxed SIMD`, execArgv, relaxed: true }];
  }
  if (!worksWithFlag()) return [{ suffix: '', name: `${node}, SIMD`, execArgv, relaxed: false }];
  const flagged = [...execArgv, RELAXED_FLAG];
  return [{ suffix: '', name: `${node}, relaxed SIMD`, execArgv: flagged, relaxed: true }];
}
