import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseSysctl, simdOf } from '../../src/devices/host/cpuInfo.ts';
import { type Host, readHost } from '../../src/devices/host/readHost.ts';
import { listLength } from '../../src/devices/host/systemFiles.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mlffd-host-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A machine of recorded files. */
function machine(files: Readonly<Record<string, string>>): Promise<Host> {
  const folder = mkdtempSync(join(root, 'machine-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
  return readHost({ root: folder, platform: 'linux' });
}

/** Two sockets of two cores with two threads each. */
const XEON = Array.from({ length: 8 }, (_, k) =>
  [
    `processor\t: ${String(k)}`,
    'model name\t: Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz',
    `physical id\t: ${String(Math.floor(k / 2) % 2)}`,
    `core id\t\t: ${String(k % 2)}`,
    'flags\t\t: fpu sse2 sse4_2 avx f16c fma avx2 avx512f avx512_vnni',
  ].join('\n'),
).join('\n\n');

test('cores, threads and vector instructions of x86', async () => {
  const { cpu, limits, usableCores, memory } = await machine({
    'proc/cpuinfo': XEON,
    'proc/meminfo': 'MemTotal:       16384 kB\nMemFree:  1 kB\nMemAvailable:    8192 kB',
    'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave',
  });
  expect(cpu).toMatchObject({
    model: 'Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz',
    simd: ['sse2', 'sse4.2', 'avx', 'f16c', 'fma', 'avx2', 'avx512f', 'avx512-vnni'],
    sockets: 2,
    physicalCores: 4,
    logicalCores: 8,
    governor: 'powersave',
  });
  expect(limits).toEqual({ cpuQuota: null, affinity: null, memory: null, memoryUsed: null });
  expect(usableCores).toBe(8);
  expect(memory).toEqual({ total: 2 ** 24, available: 2 ** 23 });
});

test('cores of ARM are in the topology', async () => {
  const { cpu } = await machine({
    'proc/cpuinfo':
      'processor\t: 0\nFeatures\t: fp asimd asimdhp asimddp sve i8mm bf16\n\nprocessor\t: 1',
    'sys/devices/system/cpu/cpu0/topology/core_id': '0',
    'sys/devices/system/cpu/cpu0/topology/physical_package_id': '0',
    'sys/devices/system/cpu/cpu1/topology/core_id': '1',
    'sys/devices/system/cpu/cpu1/topology/physical_package_id': '0',
    'sys/devices/system/cpu/cpuidle/nothing': '',
  });
  expect(cpu).toMatchObject({
    simd: ['neon', 'neon-fp16', 'neon-dot', 'sve', 'i8mm', 'bf16'],
    sockets: 1,
    physicalCores: 2,
    logicalCores: 2,
    governor: null,
  });
});

test('limits of a container: version 2, the tightest above', async () => {
  const { limits, usableCores } = await machine({
    'proc/cpuinfo': XEON,
    'proc/self/cgroup': '0::/jobs/one',
    'proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-3,7',
    'sys/fs/cgroup/jobs/one/cpu.max': 'max 100000',
    'sys/fs/cgroup/jobs/one/memory.max': 'max',
    'sys/fs/cgroup/jobs/cpu.max': '150000 100000',
    'sys/fs/cgroup/jobs/memory.max': '1073741824',
    'sys/fs/cgroup/jobs/memory.current': '4096',
    'sys/fs/cgroup/memory.max': '4294967296',
  });
  expect(limits).toEqual({ cpuQuota: 1.5, affinity: 5, memory: 2 ** 30, memoryUsed: 4096 });
  // One and a half processors keep two threads busy.
  expect(usableCores).toBe(2);
});

test('limits of a container: version 1, which sees its own path as the root', async () => {
  const { limits, usableCores } = await machine({
    'proc/cpuinfo': XEON,
    'proc/self/cgroup': '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n1:name=systemd:/\nnoise',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '50000',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '536870912',
    'sys/fs/cgroup/memory/memory.usage_in_bytes': '1024',
  });
  expect(limits).toEqual({ cpuQuota: 0.5, affinity: null, memory: 2 ** 29, memoryUsed: 1024 });
  expect(usableCores).toBe(1);
});

test('no limit of version 1 is a huge number', async () => {
  const { limits } = await machine({
    'proc/self/cgroup': '4:memory:/\n3:cpu:/',
    'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1',
    'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
  });
  expect(limits).toMatchObject({ cpuQuota: null, memory: null });
});

test('a machine that tells nothing', async () => {
  const { cpu, memory, usableCores } = await machine({});
  expect(cpu).toMatchObject({ simd: [], physicalCores: null, sockets: null });
  expect(memory.total).toBe(totalmem());
  expect(usableCores).toBeGreaterThan(0);
});

test('processors of macOS', () => {
  const apple = parseSysctl(
    'machdep.cpu.brand_string: Apple M2\nhw.optional.neon: 1\nhw.optional.arm.FEAT_FP16: 1\n' +
      'hw.optional.arm.FEAT_BF16: 1\nhw.optional.arm.FEAT_SME: 0\nhw.physicalcpu: 8\nhw.packages: 1',
  );
  expect(apple).toMatchObject({ model: 'Apple M2', physicalCores: 8, sockets: 1 });
  expect(simdOf(apple.flags)).toEqual(['neon', 'neon-fp16', 'bf16']);
  const intel = parseSysctl(
    'machdep.cpu.features: FPU SSE4.2 AVX1.0 F16C FMA\nmachdep.cpu.leaf7_features: AVX2\n',
  );
  expect(simdOf(intel.flags)).toEqual(['sse4.2', 'avx', 'f16c', 'fma', 'avx2']);
  expect(parseSysctl('')).toMatchObject({ model: undefined, flags: [], physicalCores: undefined });
});

test('this machine', async () => {
  const { cpu, memory, usableCores, webAssembly, platform } = await readHost();
  expect(platform).toBe(process.platform);
  expect(cpu.logicalCores).toBe(cpus().length);
  expect(usableCores).toBeLessThanOrEqual(cpu.logicalCores);
  expect(memory.available).toBeLessThanOrEqual(memory.total);
  expect(memory.available).toBeGreaterThan(0);
  // Every Node that is supported has it.
  expect(webAssembly.simd).toBe(true);
});

test('the sysctl of another system does no harm', async () => {
  const { cpu } = await readHost({ platform: 'darwin' });
  expect(cpu.model).not.toBe('');
});

test('lists of the kernel', () => {
  expect(listLength('0-3,8')).toBe(5);
  expect(listLength('5')).toBe(1);
  expect(listLength('')).toBe(0);
});
