import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Gpu, GpuState } from '../../src/devices/gpu.ts';
import { nvmlText } from '../../src/devices/nvml/codes.ts';
import { nvmlCandidates } from '../../src/devices/nvml/library.ts';
import { Nvml } from '../../src/devices/nvml/nvml.ts';
import { readGpus } from '../../src/devices/readGpus.ts';
import { sampleDevices } from '../../src/devices/sampleDevices.ts';
import { buildFakeNvml, findCompiler } from './support/fakeNvml.ts';

const GIBIBYTE = 2 ** 30;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-nvml-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const compiler = findCompiler();
const native = compiler === undefined ? describe.skip : describe;
const title = compiler === undefined ? ' (skipped: no C compiler on Linux)' : '';

function library(...definitions: string[]): string {
  return buildFakeNvml(compiler ?? '', folder, definitions);
}

async function gpusOf(path: string): Promise<readonly Gpu[]> {
  const { source, gpus, failures } = await readGpus({ nvmlLibrary: path });
  expect({ source, failures }).toEqual({ source: 'nvml', failures: [] });
  return gpus;
}

native(`drivers${title}`, () => {
  test('550: all that there is', async () => {
    const report = await readGpus({ nvmlLibrary: library('DRIVER=550') });
    expect(report).toMatchObject({ source: 'nvml', driver: '550.90.12', cuda: '12.4' });
    const { processes, ...gpu } = report.gpus[1];
    expect(gpu).toEqual({
      index: 1,
      uuid: 'GPU-00000000-0000-0000-0000-000000000001',
      lost: null,
      memoryUsed: 10 * GIBIBYTE,
      memoryReserved: GIBIBYTE,
      utilization: 97,
      memoryUtilization: 41,
      clocks: { graphics: 1095, sm: 1096, memory: 1215 },
      power: 399.25,
      energy: 5_000_001,
      temperature: 71,
      throttle: ['software-power-cap', 'software-thermal'],
      name: 'NVIDIA A100-SXM4-40GB',
      computeCapability: '8.0',
      memoryTotal: 40 * GIBIBYTE,
      maxClocks: { graphics: 1410, sm: 1410, memory: 1215 },
      powerLimit: 400,
      mig: null,
    });
    expect(processes).toHaveLength(12);
  });

  // The entries of 12 processes come in four layouts; a wrong stride would shift every one but the first.
  test.each([
    ['418', '10.1', null],
    ['470', '11.4', null],
    ['535', '12.2', GIBIBYTE],
    ['550', '12.4', GIBIBYTE],
  ])('%s: versions of its structs', async (driver, cuda, reserved) => {
    const report = await readGpus({ nvmlLibrary: library(`DRIVER=${driver}`) });
    expect(report.cuda).toBe(cuda);
    const { processes, memoryUsed, memoryReserved, memoryTotal, energy, throttle } = report.gpus[0];
    expect(memoryReserved).toBe(reserved);
    // Version 1 counts as used what the driver reserves.
    expect(memoryUsed).toBe((reserved === null ? 11 : 10) * GIBIBYTE);
    expect(memoryTotal).toBe(40 * GIBIBYTE);
    expect(energy === null).toBe(driver === '418');
    expect(throttle).toEqual(['software-power-cap', 'software-thermal']);
    expect(processes).toEqual(
      Array.from({ length: 12 }, (_, k) => ({
        pid: k === 0 ? 4242 : 5000 + k,
        name: k === 0 ? '/usr/bin/node' : null,
        memory: k === 1 ? null : (k + 1) * 1_000_000,
        instance: k === 2 && driver !== '418' ? 1 : null,
      })),
    );
  });

  test('a card that does not tell all', async () => {
    const [gpu] = await gpusOf(library('CONSUMER'));
    expect(gpu).toMatchObject({ power: null, utilization: null, temperature: 71 });
  });

  test('the newer question for the temperature', async () => {
    const [gpu] = await gpusOf(library('NEW_TEMPERATURE'));
    expect(gpu.temperature).toBe(71);
  });

  test('slices of MIG mode', async () => {
    const [first, second] = await gpusOf(library('MIG'));
    expect(second.mig).toEqual({ enabled: false, devices: [] });
    expect(first.mig?.enabled).toBe(true);
    expect(first.mig?.devices.map(({ uuid }) => uuid)).toEqual([
      'MIG-00000000-0000-0000-0000-000000000002',
      'MIG-00000000-0000-0000-0000-000000000003',
    ]);
    expect(first.mig?.devices[0]).toMatchObject({
      name: 'NVIDIA A100-SXM4-40GB MIG 3g.20gb',
      memoryTotal: 40 * GIBIBYTE,
    });
  });
});

native(`what goes wrong${title}`, () => {
  test.each([
    [9, /driver .* not loaded/, /modprobe/],
    [18, /different versions/, /Restart/],
    [999, /unknown internal error/, /nvidia-smi/],
    [77, /error 77/, /nvidia-smi/],
  ])('code %i of the start', async (code, message, hint) => {
    const opening = Nvml.open({ library: library(`INIT_CODE=${String(code)}`) });
    await expect(opening).rejects.toMatchObject({
      name: 'DeviceError',
      code: 'profiler/nvml-init',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test('a library that is none', async () => {
    const opening = Nvml.open({ library: join(import.meta.dirname, 'nvml.test.ts') });
    await expect(opening).rejects.toMatchObject({ code: 'profiler/no-nvml' });
  });

  test('a GPU that is lost between two questions', async () => {
    const nvml = await Nvml.open({ library: library('LOST_AFTER=1') });
    expect(nvml.gpu(1).lost).toBeNull();
    const lost = nvml.gpu(1);
    expect(lost).toMatchObject({
      uuid: 'GPU-00000000-0000-0000-0000-000000000001',
      lost: nvmlText(15),
      power: null,
      processes: null,
    });
    expect(nvml.state(1)).toMatchObject({ lost: nvmlText(15), memoryUsed: null });
    expect(nvml.state(0).lost).toBeNull();
    nvml.close();
  });

  test('a device that is not there, and a library that was closed', async () => {
    const nvml = await Nvml.open({ library: library('DRIVER=550') });
    expect(nvml.gpu(9).lost).toBe('there is no such device');
    nvml.close();
    nvml.close();
    expect(() => nvml.state(0)).toThrow('NVML was closed');
  });

  test('no devices', async () => {
    const path = library('DEVICES=0');
    expect(await gpusOf(path)).toEqual([]);
    const { signal } = new AbortController();
    await expect(
      sampleDevices({ sources: ['nvml'], nvmlLibrary: path, signal, onSample: () => undefined }),
    ).rejects.toMatchObject({ code: 'profiler/no-gpu' });
  });
});

native(`sampling${title}`, () => {
  test('goes on when a GPU is lost in the middle, and ends at the signal', async () => {
    const controller = new AbortController();
    const rounds: (readonly GpuState[])[] = [];
    const times: number[] = [];
    const { source, samples, cost } = await sampleDevices({
      nvmlLibrary: library('LOST_AFTER=2'),
      interval: 10,
      signal: controller.signal,
      onSample: ({ gpus, time }) => {
        rounds.push(gpus);
        times.push(time);
        if (rounds.length === 5) controller.abort();
      },
    });
    expect(source).toBe('nvml');
    expect(samples).toBe(5);
    expect(cost).toBeGreaterThan(0);
    expect(rounds.map(([first]) => first.lost)).toEqual([null, null, null, null, null]);
    const gone = nvmlText(15);
    expect(rounds.map(([, second]) => second.lost)).toEqual([null, null, gone, gone, gone]);
    // Energy only grows, and time does.
    const energies = rounds.map(([first]) => first.energy ?? NaN);
    for (let k = 1; k < 5; k++) {
      expect(energies[k]).toBeGreaterThan(energies[k - 1]);
      expect(times[k]).toBeGreaterThan(times[k - 1]);
    }
  });

  test('an error of the caller ends it, and gives the library back', async () => {
    const { signal } = new AbortController();
    const onSample = (): never => {
      throw new Error('the caller failed');
    };
    const nvmlLibrary = library('DRIVER=550');
    await expect(sampleDevices({ nvmlLibrary, signal, onSample })).rejects.toThrow(
      'the caller failed',
    );
  });

  test('a signal that came before takes no sample', async () => {
    const controller = new AbortController();
    controller.abort();
    const { samples } = await sampleDevices({
      nvmlLibrary: library('DRIVER=550'),
      signal: controller.signal,
      onSample: () => undefined,
    });
    expect(samples).toBe(0);
  });
});

test('where the library is looked for', () => {
  expect(nvmlCandidates('linux')[0]).toBe('libnvidia-ml.so.1');
  expect(nvmlCandidates('win32', { ProgramFiles: 'D:\\P' })).toEqual([
    'nvml.dll',
    'D:\\P\\NVIDIA Corporation\\NVSMI\\nvml.dll',
  ]);
  expect(nvmlCandidates('darwin')).toEqual([]);
});
