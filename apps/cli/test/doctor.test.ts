import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Gpu, type GpuReport, type Host, readGpus, readHost } from '@mlffd/cuda-profiler';
import type { Check, CheckGroup, CheckStatus } from '../src/commands/doctor/check.ts';
import { diskChecks } from '../src/commands/doctor/diskChecks.ts';
import type { DoctorReport } from '../src/commands/doctor/doctor.ts';
import { gpuChecks } from '../src/commands/doctor/gpuChecks.ts';
import { hostChecks } from '../src/commands/doctor/hostChecks.ts';
import { nodeChecks } from '../src/commands/doctor/nodeChecks.ts';
import { type AdviceContext, providerAdvice } from '../src/commands/doctor/providerAdvice.ts';
import { providerChecks } from '../src/commands/doctor/providerChecks.ts';
import { groupText, verdictText } from '../src/commands/doctor/text.ts';
import { mlffd } from './support/mlffd.ts';

const GIBIBYTE = 2 ** 30;
const BIN = join(import.meta.dirname, '..', 'dist', 'bin.js');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-doctor-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const GPU: Gpu = {
  index: 0,
  uuid: 'GPU-1',
  lost: null,
  memoryUsed: 2 * GIBIBYTE,
  memoryReserved: null,
  utilization: 98,
  memoryUtilization: 10,
  clocks: { graphics: 1700, sm: 1700, memory: 2619 },
  power: 690,
  energy: null,
  temperature: 66,
  throttle: [],
  name: 'NVIDIA H100 80GB HBM3',
  computeCapability: '9.0',
  memoryTotal: 80 * GIBIBYTE,
  maxClocks: { graphics: 1980, sm: 1980, memory: 2619 },
  powerLimit: 700,
  mig: { enabled: false, devices: [] },
  processes: [{ pid: 7, name: 'node', memory: null, instance: null }],
};
const WITH_GPU: GpuReport = {
  source: 'nvml',
  driver: '550.90.12',
  cuda: '12.4',
  gpus: [GPU],
  failures: [],
};
const NO_GPU: GpuReport = { source: null, driver: null, cuda: null, gpus: [], failures: [] };

function statuses({ checks }: CheckGroup): Record<string, CheckStatus> {
  return Object.fromEntries(checks.map(({ id, status }) => [id, status]));
}

function find(group: CheckGroup, id: string): Check {
  const found = group.checks.find((check) => check.id === id);
  if (found === undefined) throw new Error(`no check ${id}`);
  return found;
}

describe('the command', () => {
  test('here: students run, and every gap has advice', async () => {
    const { code, stdout } = await mlffd(['doctor', '--json', '--runs', folder]);
    const report = JSON.parse(stdout) as DoctorReport;
    expect(report.format).toBe('mlffd-doctor-1');
    expect({ code, ok: report.ok }).toEqual({ code: 0, ok: true });
    for (const { checks } of report.groups) {
      for (const { status, advice = [], value } of checks) {
        expect(value).not.toBe('');
        if (status === 'gap' || status === 'missing') expect(advice).not.toEqual([]);
      }
    }
    const all = Object.assign({}, ...report.groups.map(statuses)) as Record<string, CheckStatus>;
    expect(all).toMatchObject({
      node: 'ok',
      'provider-cpu': 'ok',
      'student-fused': 'ok',
      'student-onnx': 'ok',
      'student-agreement': 'ok',
      'teacher-chgnet': 'ok',
    });
    expect(report.host.cpu.logicalCores).toBeGreaterThan(0);
    expect(report.onnxruntime.version).toBe(find(report.groups[3], 'onnxruntime').value);
  });

  test('fails where runs cannot be written, in words', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { code, stdout } = await mlffd(['doctor', '--runs', join(file, 'runs')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/MISSING {2}runs .*a-file/);
    expect(stdout).toContain('needed is missing: runs');
  });

  (process.platform === 'win32' ? test.skip : test)(
    'names a GPU, and how to bring the library of CUDA',
    async () => {
      // Whatever is asked for: the driver's number where it belongs, else nothing.
      const script = [
        '#!/bin/sh',
        'case "$1" in',
        "--query-gpu=*) echo '0, GPU-1, 4096, 500, 3, 1, 1755, 1755, 2619, 120.5, 40, 0x0000000000000000, " +
          "550.90.12, 9.0, 81559, 1980, 1980, 2619, 700.00, Disabled, NVIDIA H100 80GB HBM3';;",
        '--query-compute-apps=*) ;;',
        "*) echo '| Driver Version: 550.90.12   CUDA Version: 12.4 |';;",
        'esac',
      ];
      writeFileSync(join(folder, 'nvidia-smi'), script.join('\n'), { mode: 0o755 });
      const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ''}` };
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [BIN, 'doctor', '--runs', folder],
        { env },
      );
      const { failures } = await readGpus({ sources: ['nvml'] });
      // With a real driver its own library answers first.
      if (failures.length === 0) return;
      expect(stdout).toMatch(/GPU 0 +NVIDIA H100 80GB HBM3; compute capability 9.0; 4\.29 GB used/);
      expect(stdout).toContain('550.90.12, serves CUDA 12.4 (told by nvidia-smi)');
      if (process.platform !== 'linux' || process.arch !== 'x64') return;
      expect(stdout).toMatch(/gap +cuda/);
      expect(stdout).toMatch(/ONNXRUNTIME_NODE_INSTALL=true node \S+install\.js/);
    },
  );

  test('can be stopped', async () => {
    const controller = new AbortController();
    controller.abort();
    const { code } = await mlffd(['doctor'], controller.signal);
    expect(code).toBe(130);
  });
});

test('an old Node is told', () => {
  expect(statuses(nodeChecks('18.20.0')).node).toBe('missing');
  expect(statuses(nodeChecks('20.18.9')).node).toBe('missing');
  expect(statuses(nodeChecks('20.19.0')).node).toBe('ok');
  expect(statuses(nodeChecks('22.1.0')).node).toBe('ok');
});

describe('the machine', () => {
  const machine = async (change: (host: Host) => Host): Promise<CheckGroup> =>
    hostChecks(change(await readHost()));

  test('limits of a container', async () => {
    const group = await machine((host) => ({
      ...host,
      cpu: { ...host.cpu, logicalCores: 64, physicalCores: 32 },
      usableCores: 2,
      memory: { total: 64e9, available: 60e9 },
      limits: { cpuQuota: 1.5, affinity: 8, memory: 2e9, memoryUsed: 1e9 },
    }));
    expect(find(group, 'cores').value).toBe(
      '32 cores, 64 threads, 2 usable; time quota of 1.50 processors; bound to 8',
    );
    expect(find(group, 'memory')).toMatchObject({
      status: 'gap',
      value: expect.stringContaining('1 GB free of 64 GB; the container may have 2 GB'),
    });
  });

  test('what disturbs measurements', async () => {
    const group = await machine((host) => ({
      ...host,
      cpu: {
        ...host.cpu,
        architecture: 'x64',
        simd: ['sse2'],
        governor: 'powersave',
        load: [9, 1, 1],
      },
      usableCores: 2,
    }));
    expect(statuses(group)).toMatchObject({ processor: 'gap', governor: 'gap', load: 'gap' });
  });

  test('a quiet one', async () => {
    const group = await machine((host) => ({
      ...host,
      cpu: { ...host.cpu, simd: ['avx2'], governor: 'performance', load: [0, 0, 0] },
    }));
    expect(statuses(group)).toMatchObject({ processor: 'ok', governor: 'ok', load: 'ok' });
    const windows = await machine((host) => ({
      ...host,
      cpu: { ...host.cpu, load: null, simd: [] },
    }));
    expect(statuses(windows)).toMatchObject({ load: 'off', processor: 'ok' });
  });
});

describe('GPUs', () => {
  test('what they are, and who uses them', () => {
    const group = gpuChecks(WITH_GPU);
    expect(statuses(group)).toEqual({ driver: 'ok', 'gpu-0': 'ok', 'gpu-0-process-0': 'ok' });
    expect(find(group, 'gpu-0').value).toBe(
      'NVIDIA H100 80GB HBM3; compute capability 9.0; 2.15 GB used of 85.9 GB; 1,700 MHz of 1,980 MHz; ' +
        '690 W of 700 W; 66 Celsius; busy 98 %',
    );
    expect(find(group, 'gpu-0-process-0').value).toBe('7 node, memory not told');
  });

  test('throttled, lost, in slices', () => {
    const gpus = [
      { ...GPU, throttle: ['software-thermal'] as const },
      { ...GPU, index: 1, lost: 'GPU is lost' },
      {
        ...GPU,
        index: 2,
        throttle: null,
        power: null,
        utilization: null,
        processes: null,
        mig: {
          enabled: true,
          devices: [{ name: '3g.40gb', uuid: 'MIG-1', memoryTotal: null, memoryUsed: null }],
        },
      },
      { ...GPU, index: 3, processes: null, mig: { enabled: true, devices: [] } },
    ];
    const group = gpuChecks({ ...WITH_GPU, gpus });
    expect(find(group, 'gpu-0').advice?.join(' ')).toContain('software-thermal');
    expect(find(group, 'gpu-1')).toMatchObject({ status: 'gap', value: 'GPU is lost' });
    expect(find(group, 'gpu-2').value).not.toMatch(/ W|busy|null/);
    expect(find(group, 'gpu-2-mig').value).toBe('3g.40gb MIG-1');
    expect(find(group, 'gpu-3-mig').value).toBe('on');
  });

  test('none, a broken driver, a container without devices', () => {
    expect(statuses(gpuChecks(NO_GPU))).toEqual({ driver: 'off' });
    const failures = [
      { source: 'nvml', code: 'profiler/nvml-init', reason: 'different versions (code 18)' },
    ] as const;
    const broken = find(gpuChecks({ ...NO_GPU, failures }), 'driver');
    expect(broken).toMatchObject({ status: 'gap', value: 'nvml: different versions (code 18)' });
    const empty = find(gpuChecks({ ...WITH_GPU, gpus: [] }), 'driver');
    expect(empty.advice?.join(' ')).toContain('--gpus all');
  });
});

describe('providers', () => {
  const context: AdviceContext = {
    runtime: { folder: '/opt/my apps/onnxruntime-node', version: '1.30.0' },
    gpus: WITH_GPU,
    platform: 'linux',
    architecture: 'x64',
  };
  const advice = (
    name: string,
    reason: string,
    change: Partial<AdviceContext> = {},
    kind: 'not-loaded' | 'crashed' = 'not-loaded',
  ): string =>
    providerAdvice(
      { name, bundled: false, loads: false, milliseconds: null, failure: { kind, reason } },
      { ...context, ...change },
    ).join('\n');
  const missing = '/x/libonnxruntime_providers_shared.so: cannot open shared object file';

  test('each failure of CUDA has its own advice', () => {
    const bring =
      "ONNXRUNTIME_NODE_INSTALL=true node '/opt/my apps/onnxruntime-node/script/install.js'";
    expect(advice('cuda', missing)).toContain(bring);
    expect(advice('cuda', '', {}, 'crashed')).toContain(bring);
    expect(advice('cuda', 'libcudnn.so.9: cannot open shared object file')).toContain(
      'nvidia-cudnn-cu12',
    );
    expect(advice('cuda', missing, { gpus: { ...WITH_GPU, cuda: '11.4' } })).toContain(
      'driver 525',
    );
    expect(advice('cuda', missing, { architecture: 'arm64' })).toContain('x64 only');
    expect(advice('cuda', 'no kernel image is available')).toContain('onnxruntime.ai');
  });

  test('the others', () => {
    expect(advice('webgpu', 'no adapter')).toContain('libvulkan1');
    expect(advice('webgpu', 'no adapter', { platform: 'win32' })).toContain('Update the driver');
    expect(advice('coreml', 'refused')).toBe('');
    const fine = { name: 'cuda', bundled: true, loads: true, milliseconds: 1, failure: null };
    expect(providerAdvice(fine, context)).toEqual([]);
  });

  test('what is needed, what would help, and what is for other machines', () => {
    const failure = { kind: 'not-loaded', reason: missing } as const;
    const failed = { bundled: false, loads: false, milliseconds: null, failure };
    const probe = {
      ...context.runtime,
      failure: null,
      providers: ['cpu', 'cuda', 'tensorrt'].map((name) => ({ name, ...failed })),
    };
    const found = (gpus: GpuReport): Record<string, CheckStatus> =>
      statuses(providerChecks(probe, { ...context, gpus }));
    const both = { onnxruntime: 'ok', 'provider-cpu': 'missing', 'provider-tensorrt': 'off' };
    expect(found(WITH_GPU)).toEqual({ ...both, 'provider-cuda': 'gap' });
    expect(found(NO_GPU)).toEqual({ ...both, 'provider-cuda': 'off' });
    const dead = { version: null, folder: null, providers: [], failure };
    expect(statuses(providerChecks(dead, context))).toEqual({ onnxruntime: 'missing' });
  });
});

test('where runs go', () => {
  expect(diskChecks(join(folder, 'not', 'yet', 'there')).checks[0].value).toContain('free for');
});

test('the words at the end', () => {
  const check = { id: 'x', label: 'thing', value: 'found' };
  const group = (...found: CheckStatus[]): CheckGroup => ({
    id: 'g',
    title: 'Group',
    checks: found.map((status) => ({ ...check, status })),
  });
  expect(verdictText([group('ok', 'off')])).toBe('Students can be made and run here; no gaps.');
  expect(verdictText([group('gap'), group('gap')])).toContain('2 gaps');
  expect(verdictText([group('gap', 'missing')])).toBe(
    'Something that is needed is missing: thing; 1 gap beside that.',
  );
  const text = groupText({
    id: 'g',
    title: 'Group',
    checks: [{ ...check, status: 'gap', advice: ['do this'] }],
  });
  expect(text).toBe(`Group\n  gap      thing             found\n${' '.repeat(29)}> do this\n`);
});
