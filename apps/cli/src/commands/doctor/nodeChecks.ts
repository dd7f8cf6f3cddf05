import { nodeKernels } from '@mlffd/student';
import { versions } from '../../output/versions.ts';
import { type Check, type CheckGroup, messageOf } from './check.ts';

/** Oldest Node that the packages run on (`engines`). */
const OLDEST = [20, 19] as const;

/** Node, and what of its WebAssembly the students' kernels use. */
export function nodeChecks(node: string = process.versions.node): CheckGroup {
  const [major, minor] = node.split('.').map(Number);
  const [oldMajor, oldMinor] = OLDEST;
  const recent = major > oldMajor || (major === oldMajor && minor >= oldMinor);
  return {
    id: 'program',
    title: 'Program',
    checks: [
      { id: 'mlffd', label: 'mlffd', status: 'ok', value: versions()['@mlffd/cli'] },
      {
        id: 'node',
        label: 'Node',
        status: recent ? 'ok' : 'missing',
        value: `${node}, ${process.platform} ${process.arch}`,
        ...(recent
          ? {}
          : { advice: [`Install Node ${OLDEST.join('.')} or newer: https://nodejs.org`] }),
      },
      kernelCheck(),
    ],
  };
}

function kernelCheck(): Check {
  const check = { id: 'kernels', label: 'fused kernels' };
  try {
    if (nodeKernels().kind === 'relaxed') {
      return { ...check, status: 'ok', value: 'relaxed SIMD (fused multiply-add)' };
    }
    return {
      ...check,
      status: 'gap',
      value: 'SIMD without fused multiply-add',
      advice: ['Install Node 22 or newer, whose WebAssembly has relaxed SIMD.'],
    };
  } catch (error) {
    return {
      ...check,
      status: 'missing',
      value: messageOf(error),
      advice: ['Install @mlffd/student again: it carries the kernels.'],
    };
  }
}
