import type { Host } from '@mlffd/cuda-profiler';
import { formatBytes, formatNumber } from '@mlffd/report';
import type { Check, CheckGroup } from './check.ts';

/** What `mlffd distill demo` needs at its peak, and some room, bytes. */
const LEAST_MEMORY = 1.5e9;
/** Load per usable core above which figures of speed are not worth much. */
const BUSY = 0.5;

/** Processors and memory, with what a container leaves of them. */
export function hostChecks(host: Host): CheckGroup {
  return {
    id: 'host',
    title: 'Machine',
    checks: [
      processorCheck(host),
      coresCheck(host),
      ...clockChecks(host),
      loadCheck(host),
      memoryCheck(host),
    ],
  };
}

function processorCheck({ cpu }: Host): Check {
  const simd = cpu.simd.length === 0 ? 'vector instructions not known' : cpu.simd.join(' ');
  const vectors = cpu.architecture !== 'x64' || cpu.simd.length === 0 || cpu.simd.includes('avx2');
  return {
    id: 'processor',
    label: 'processor',
    status: vectors ? 'ok' : 'gap',
    value: `${cpu.model ?? cpu.architecture}; ${simd}`,
    ...(vectors
      ? {}
      : {
          advice: [
            'No AVX2: ONNX Runtime and the kernels run several times slower here. In a virtual machine, pass the',
            'processor of the host through (QEMU: -cpu host).',
          ],
        }),
  };
}

function coresCheck({ cpu, limits, usableCores }: Host): Check {
  const physical = cpu.physicalCores === null ? '' : `${String(cpu.physicalCores)} cores, `;
  const parts = [
    `${physical}${String(cpu.logicalCores)} threads, ${String(usableCores)} usable`,
    ...(limits.cpuQuota === null
      ? []
      : [`time quota of ${formatNumber(limits.cpuQuota, { ascii: true })} processors`]),
    ...(limits.affinity === null || limits.affinity >= cpu.logicalCores
      ? []
      : [`bound to ${String(limits.affinity)}`]),
  ];
  return { id: 'cores', label: 'cores', status: 'ok', value: parts.join('; ') };
}

function clockChecks({ cpu }: Host): Check[] {
  const { governor } = cpu;
  if (governor === null) return [];
  const check = { id: 'governor', label: 'clock governor' };
  if (governor !== 'powersave') return [{ ...check, status: 'ok', value: governor }];
  return [
    {
      ...check,
      status: 'gap',
      value: `${governor}: times vary`,
      advice: ['Before a benchmark:', 'sudo cpupower frequency-set -g performance'],
    },
  ];
}

function loadCheck({ cpu, usableCores }: Host): Check {
  const check = { id: 'load', label: 'load' };
  if (cpu.load === null) return { ...check, status: 'off', value: 'not told by this system' };
  const text = cpu.load
    .map((value) => formatNumber(value, { ascii: true, decimals: 1 }))
    .join(', ');
  const value = `${text} (1, 5, 15 minutes)`;
  if (cpu.load[0] <= BUSY * usableCores) return { ...check, status: 'ok', value };
  const advice = ['Other work runs here: do not trust figures of speed taken now.'];
  return { ...check, status: 'gap', value, advice };
}

function memoryCheck({ memory, limits }: Host): Check {
  const free =
    limits.memory === null
      ? memory.available
      : Math.min(memory.available, limits.memory - (limits.memoryUsed ?? 0));
  const limit =
    limits.memory === null ? '' : `; the container may have ${formatBytes(limits.memory)}`;
  const enough = free >= LEAST_MEMORY;
  return {
    id: 'memory',
    label: 'memory',
    status: enough ? 'ok' : 'gap',
    value: `${formatBytes(free)} free of ${formatBytes(memory.total)}${limit}`,
    ...(enough
      ? {}
      : { advice: [`Free some: the demo needs about ${formatBytes(LEAST_MEMORY)}.`] }),
  };
}
