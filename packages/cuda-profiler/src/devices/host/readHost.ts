import { execFile } from 'node:child_process';
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os';
import {
  type CpuFacts,
  frequencyGovernor,
  parseCpuInfo,
  parseSysctl,
  simdOf,
  topology,
} from './cpuInfo.ts';
import { type HostLimits, readLimits } from './limits.ts';
import { SystemFiles } from './systemFiles.ts';
import { readWebAssembly, type WebAssemblyFacts } from './webAssembly.ts';

const SYSCTL = ['machdep.cpu', 'hw.optional', 'hw.physicalcpu', 'hw.packages'];
const PATIENCE_MS = 5000;

/** Processors of this machine; null where the system does not tell. */
export interface Cpu {
  readonly model: string | null;
  readonly architecture: string;
  /** Vector instructions, as `avx2`, `avx512f`, `neon`; empty where they are not known (Windows). */
  readonly simd: readonly string[];
  readonly sockets: number | null;
  readonly physicalCores: number | null;
  readonly logicalCores: number;
  /** What scales the clocks. */
  readonly governor: string | null;
  /** Mean number of runnable processes over 1, 5 and 15 minutes; null on Windows. */
  readonly load: readonly [number, number, number] | null;
}

/** Bytes. */
export interface HostMemory {
  readonly total: number;
  /** What new processes can have without swapping. */
  readonly available: number;
}

/** The machine without its GPUs. */
export interface Host {
  readonly platform: string;
  readonly cpu: Cpu;
  readonly memory: HostMemory;
  readonly limits: HostLimits;
  /** Threads that are worth starting under the affinity and the quota. */
  readonly usableCores: number;
  readonly webAssembly: WebAssemblyFacts;
}

export interface ReadHostOptions {
  /** Folder that has `proc` and `sys`; default `/`. Another one describes a recorded machine. */
  readonly root?: string;
  /** Default: of this machine. */
  readonly platform?: NodeJS.Platform;
}

/** Processors, memory and limits of this machine. */
export async function readHost(options: ReadHostOptions = {}): Promise<Host> {
  const { root, platform = process.platform } = options;
  const files = new SystemFiles(root);
  const facts = await factsOf(platform, files);
  const limits = readLimits(files);
  const logicalCores = logicalOf(root, files);
  const [one, five, fifteen] = loadavg();
  return {
    platform,
    cpu: {
      model: facts.model ?? cpus().at(0)?.model.trim() ?? null,
      architecture: process.arch,
      simd: simdOf(facts.flags),
      sockets: facts.sockets ?? null,
      physicalCores: facts.physicalCores ?? null,
      logicalCores,
      governor: frequencyGovernor(files),
      load: platform === 'win32' ? null : [one, five, fifteen],
    },
    memory: memoryOf(files),
    limits,
    usableCores: usable(limits, root === undefined ? availableParallelism() : logicalCores),
    webAssembly: readWebAssembly(),
  };
}

/** A quota of 1.5 processors is worth two threads, one of 0.5 still one. */
function usable({ cpuQuota, affinity }: HostLimits, available: number): number {
  const cores = Math.min(available, affinity ?? Infinity, Math.ceil(cpuQuota ?? Infinity));
  return Math.max(1, cores);
}

async function factsOf(platform: NodeJS.Platform, files: SystemFiles): Promise<CpuFacts> {
  if (platform === 'darwin') return parseSysctl(await sysctl());
  const facts = parseCpuInfo(files.text('proc/cpuinfo') ?? '');
  return facts.physicalCores === undefined ? { ...facts, ...topology(files) } : facts;
}

function sysctl(): Promise<string> {
  return new Promise((resolve) => {
    // It fails where one of the names is unknown, and prints the others all the same.
    execFile('sysctl', SYSCTL, { timeout: PATIENCE_MS }, (_failure, stdout) => {
      resolve(stdout);
    });
  });
}

function logicalOf(root: string | undefined, files: SystemFiles): number {
  const recorded = (files.text('proc/cpuinfo') ?? '').match(/^processor\s*:/gm)?.length;
  return (root === undefined ? undefined : recorded) ?? Math.max(1, cpus().length);
}

function memoryOf(files: SystemFiles): HostMemory {
  const text = files.text('proc/meminfo') ?? '';
  const kibibytes = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : 1024 * Number(found);
  };
  return {
    total: kibibytes('MemTotal') ?? totalmem(),
    available: kibibytes('MemAvailable') ?? freemem(),
  };
}
