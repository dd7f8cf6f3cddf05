import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { fields, type Shape } from './jsonShape.ts';

/** What timings depend on; those of different machines are not comparable. */
export interface Machine {
  /** Model of the processor. */
  readonly cpu: string;
  /** Threads that this process may use. */
  readonly cores: number;
  /** GiB, rounded. */
  readonly memory: number;
  readonly node: string;
  /** System, architecture and version of the kernel: `linux-x64 6.1`. */
  readonly os: string;
  /** Widest vector instructions of the processor, where the system tells. */
  readonly simd: string;
}

/** Shape of a `Machine` in a file. */
export const MACHINE_SHAPE: Shape = fields({
  cpu: 'string',
  cores: 'number',
  memory: 'number',
  node: 'string',
  os: 'string',
  simd: 'string',
});

/** From wide to narrow; ARM names its own. */
const SIMD = ['avx512f', 'avx2', 'avx', 'sse4_2', 'sve', 'asimd'];
const GIB = 2 ** 30;

/** This machine, as far as Node can tell. */
export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: Math.round(totalmem() / GIB),
    node: process.versions.node,
    os: `${process.platform}-${process.arch} ${release().split('.').slice(0, 2).join('.')}`,
    simd: simd(),
  };
}

/** One line that is equal for equal machines only. */
export function machineKey({ cpu, cores, memory, node, os, simd }: Machine): string {
  return `${cpu}, ${cores} threads, ${memory} GiB, ${simd}, ${os}, Node ${node}`;
}

/** What differs between two machines, as phrases: `cores: 8, here 2`. */
export function machineDifferences(other: Machine, here: Machine): string[] {
  const names = ['cpu', 'cores', 'memory', 'simd', 'os', 'node'] as const;
  return names
    .filter((name) => other[name] !== here[name])
    .map((name) => `${name}: ${other[name]}, here ${here[name]}`);
}

function simd(): string {
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
    const known = new Set((flags?.[1] ?? '').split(' '));
    return SIMD.find((name) => known.has(name)) ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
