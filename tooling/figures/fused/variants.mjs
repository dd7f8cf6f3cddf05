// Ways to start Node that give WebAssembly different instructions.
import { spawnSync } from 'node:child_process';
import { hasRelaxedSimd } from '../../../packages/student/dist/fused/kernels.js';

const kernels = new URL('../../../packages/student/dist/fused/kernels.js', import.meta.url).href;
/** Switches relaxed SIMD on where it is not on by default (Node 20). */
const RELAXED_FLAG = '--experimental-wasm-relaxed-simd';

/** Whether this Node knows relaxed SIMD when it is asked for it. */
function worksWithFlag() {
  const code = `import { hasRelaxedSimd } from '${kernels}'; process.exit(hasRelaxedSimd() ? 0 : 1);`;
  const args = [RELAXED_FLAG, '--input-type=module', '--eval', code];
  return spawnSync(process.execPath, args).status === 0;
}

/**
 * Node as it is, and with relaxed SIMD switched on where it is off: `suffix` of the keys of the
 * figures, `name` for a table, options of Node, whether there is relaxed SIMD.
 */
export function variants() {
  const node = `Node ${process.versions.node}`;
  const { execArgv } = process;
  if (hasRelaxedSimd()) {
    return [{ suffix: '', name: `${node}, relaxed SIMD`, execArgv, relaxed: true }];
  }
  const plain = { suffix: '', name: `${node}, SIMD`, execArgv, relaxed: false };
  if (!worksWithFlag()) return [plain];
  return [
    plain,
    {
      suffix: '_relaxed',
      name: `${node} with \`${RELAXED_FLAG}\``,
      execArgv: [...execArgv, RELAXED_FLAG],
      relaxed: true,
    },
  ];
}
