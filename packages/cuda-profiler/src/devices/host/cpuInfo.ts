import type { SystemFiles } from './systemFiles.ts';

/** What a file or a command tells about processors. */
export interface CpuFacts {
  readonly model: string | undefined;
  /** Flags as the system names them. */
  readonly flags: readonly string[];
  readonly sockets: number | undefined;
  readonly physicalCores: number | undefined;
}

/** Flags of /proc/cpuinfo (x86; ARM) and sysctl (Apple) that speed numbers up, and their usual names. */
const SIMD: Readonly<Record<string, string>> = {
  sse2: 'sse2',
  sse4_2: 'sse4.2',
  avx: 'avx',
  f16c: 'f16c',
  fma: 'fma',
  avx2: 'avx2',
  avx512f: 'avx512f',
  avx512bw: 'avx512bw',
  avx512dq: 'avx512dq',
  avx512vl: 'avx512vl',
  avx512_vnni: 'avx512-vnni',
  avx512_bf16: 'avx512-bf16',
  avx512_fp16: 'avx512-fp16',
  avx_vnni: 'avx-vnni',
  amx_tile: 'amx',
  amx_bf16: 'amx-bf16',
  amx_int8: 'amx-int8',
  asimd: 'neon',
  neon: 'neon',
  asimdhp: 'neon-fp16',
  asimddp: 'neon-dot',
  sve: 'sve',
  sve2: 'sve2',
  i8mm: 'i8mm',
  bf16: 'bf16',
  sme: 'sme',
  'machdep:sse4.2': 'sse4.2',
  'machdep:avx1.0': 'avx',
  'machdep:f16c': 'f16c',
  'machdep:fma': 'fma',
  'machdep:avx2': 'avx2',
  'machdep:avx512f': 'avx512f',
  'optional:AdvSIMD': 'neon',
  'optional:neon': 'neon',
  'optional:arm.FEAT_FP16': 'neon-fp16',
  'optional:arm.FEAT_DotProd': 'neon-dot',
  'optional:arm.FEAT_I8MM': 'i8mm',
  'optional:arm.FEAT_BF16': 'bf16',
  'optional:arm.FEAT_SME': 'sme',
};

/** Vector instructions among the flags, each once, in a fixed order. */
export function simdOf(flags: readonly string[]): string[] {
  const present = new Set(flags);
  const names = Object.entries(SIMD).filter(([flag]) => present.has(flag));
  return [...new Set(names.map(([, name]) => name))];
}

/** /proc/cpuinfo of Linux on x86 and ARM. */
export function parseCpuInfo(text: string): CpuFacts {
  const blocks = text.split(/\n\s*\n/).map(fieldsOf);
  const first = blocks.find((block) => block.has('flags') || block.has('Features'));
  const cores = new Set<string>();
  const sockets = new Set<string>();
  for (const block of blocks) {
    const socket = block.get('physical id');
    const core = block.get('core id');
    if (socket === undefined || core === undefined) continue;
    sockets.add(socket);
    cores.add(`${socket} ${core}`);
  }
  const model = blocks.map((block) => block.get('model name') ?? block.get('Model')).find(Boolean);
  const flags = first?.get('flags') ?? first?.get('Features') ?? '';
  return {
    model,
    flags: flags.split(' ').filter((flag) => flag !== ''),
    sockets: sockets.size === 0 ? undefined : sockets.size,
    physicalCores: cores.size === 0 ? undefined : cores.size,
  };
}

function fieldsOf(block: string): Map<string, string> {
  return new Map(
    block.split('\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
    }),
  );
}

/** Answer of `sysctl machdep.cpu hw.optional hw.physicalcpu hw.packages` on macOS. */
export function parseSysctl(text: string): CpuFacts {
  const fields = fieldsOf(text);
  const words = ['machdep.cpu.features', 'machdep.cpu.leaf7_features'].flatMap((name) =>
    (fields.get(name) ?? '').toLowerCase().split(' '),
  );
  const optional = [...fields]
    .filter(([name, value]) => name.startsWith('hw.optional.') && value === '1')
    .map(([name]) => `optional:${name.slice('hw.optional.'.length)}`);
  return {
    model: fields.get('machdep.cpu.brand_string'),
    flags: [...words.filter((word) => word !== '').map((word) => `machdep:${word}`), ...optional],
    sockets: count(fields.get('hw.packages')),
    physicalCores: count(fields.get('hw.physicalcpu')),
  };
}

function count(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

const PROCESSORS = 'sys/devices/system/cpu';

/** Cores and sockets where /proc/cpuinfo does not tell: on ARM. */
export function topology(files: SystemFiles): Pick<CpuFacts, 'sockets' | 'physicalCores'> {
  const cores = new Set<string>();
  const sockets = new Set<number>();
  for (const name of files.names(PROCESSORS)) {
    if (!/^cpu\d+$/.test(name)) continue;
    const core = files.number(`${PROCESSORS}/${name}/topology/core_id`);
    const socket = files.number(`${PROCESSORS}/${name}/topology/physical_package_id`);
    if (core === undefined || socket === undefined) continue;
    sockets.add(socket);
    cores.add(`${socket} ${core}`);
  }
  return {
    sockets: sockets.size === 0 ? undefined : sockets.size,
    physicalCores: cores.size === 0 ? undefined : cores.size,
  };
}

/** How the system chooses clocks: `performance`, `powersave`, `schedutil` ...; null in most virtual machines. */
export function frequencyGovernor(files: SystemFiles): string | null {
  return files.text(`${PROCESSORS}/cpu0/cpufreq/scaling_governor`) ?? null;
}
