import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GpuReport, GpuState } from '../../src/devices/gpu.ts';
import { readGpus } from '../../src/devices/readGpus.ts';
import { sampleDevices } from '../../src/devices/sampleDevices.ts';
import { querySmi } from '../../src/devices/smi/query.ts';
import { A100_MIG_525, GEFORCE_418, H100_550, LAPTOP_610 } from './fixtures/smi.ts';
import { type SmiBehaviour, type SmiFixture, writeFakeSmi } from './support/fakeSmi.ts';

const MEBIBYTE = 2 ** 20;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'mlffd-smi-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

function program(fixture: SmiFixture, behaviour?: SmiBehaviour): string {
  return writeFakeSmi(mkdtempSync(join(root, 'smi-')), fixture, behaviour);
}

/** A program that prints a text and ends with a code. */
function answering(text: string, code: number): string {
  const path = join(mkdtempSync(join(root, 'bad-')), 'nvidia-smi');
  writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${text}\nEND\nexit ${String(code)}\n`, {
    mode: 0o755,
  });
  return path;
}

function read(nvidiaSmi: string): Promise<GpuReport> {
  return readGpus({ sources: ['nvidia-smi'], nvidiaSmi });
}

// The fake programs are shell scripts.
const unix = process.platform === 'win32' ? describe.skip : describe;

unix('answers of drivers', () => {
  test('H100, driver 550', async () => {
    const report = await read(program(H100_550));
    expect(report).toMatchObject({ source: 'nvidia-smi', driver: '550.90.12', cuda: '12.4' });
    expect(report.failures).toEqual([]);
    expect(report.gpus[0]).toEqual({
      index: 0,
      uuid: 'GPU-5f1b6d3c-0000-4000-8000-000000000000',
      lost: null,
      memoryUsed: 20841 * MEBIBYTE,
      memoryReserved: 551 * MEBIBYTE,
      utilization: 98,
      memoryUtilization: 37,
      clocks: { graphics: 1755, sm: 1755, memory: 2619 },
      power: 697.83,
      energy: null,
      temperature: 66,
      throttle: ['software-power-cap'],
      name: 'NVIDIA H100 80GB HBM3',
      computeCapability: '9.0',
      memoryTotal: 81559 * MEBIBYTE,
      maxClocks: { graphics: 1980, sm: 1980, memory: 2619 },
      powerLimit: 700,
      mig: { enabled: false, devices: [] },
      processes: [
        { pid: 51234, name: '/usr/bin/node, with comma', memory: 20832 * MEBIBYTE, instance: null },
      ],
    });
    expect(report.gpus[1]).toMatchObject({ throttle: ['idle'], processes: [] });
  });

  test('A100 in MIG mode: what is not told is null, and the old name of a field is found', async () => {
    const { gpus, cuda } = await read(program(A100_MIG_525));
    expect(cuda).toBe('12.0');
    expect(gpus[0]).toMatchObject({
      mig: { enabled: true },
      utilization: null,
      memoryUsed: null,
      memoryTotal: 40960 * MEBIBYTE,
      throttle: [],
    });
  });

  test('GeForce, driver 418: unknown fields are left out, the others still read', async () => {
    const { gpus, driver } = await read(program(GEFORCE_418));
    expect(driver).toBe('418.226.00');
    expect(gpus[0]).toMatchObject({
      name: 'GeForce GT 710',
      computeCapability: null,
      memoryReserved: null,
      mig: null,
      power: null,
      powerLimit: null,
      throttle: null,
      clocks: { graphics: null, sm: null, memory: null },
      temperature: 46,
      processes: [{ pid: 900, name: null, memory: null, instance: null }],
    });
  });

  test('driver 610 on Windows: the other banner, and no memory by process', async () => {
    const { gpus, cuda } = await read(program(LAPTOP_610));
    expect(cuda).toBe('13.3');
    expect(gpus[0]).toMatchObject({ power: null, powerLimit: null, mig: null });
    expect(gpus[0].processes).toEqual([
      { pid: 7, name: 'C:\\node.exe', memory: null, instance: null },
    ]);
  });
});

unix('what goes wrong', () => {
  test.each([
    [9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."],
    [18, 'Failed to initialize NVML: Driver/library version mismatch'],
    [6, 'No devices were found'],
  ])('code %i is told in the words of the program', async (code, text) => {
    const { source, failures, gpus } = await read(answering(text, code));
    expect(source).toBeNull();
    expect(gpus).toEqual([]);
    expect(failures).toEqual([
      {
        source: 'nvidia-smi',
        code: 'profiler/smi-failed',
        reason: `${text} (exit code ${String(code)})`,
      },
    ]);
  });

  test('a missing program is no error of a report', async () => {
    const { failures } = await read(join(root, 'nowhere'));
    expect(failures[0]).toMatchObject({ code: 'profiler/no-nvidia-smi' });
  });

  test('stopping is', async () => {
    const controller = new AbortController();
    controller.abort();
    const { signal } = controller;
    await expect(querySmi({ program: program(H100_550), signal })).rejects.toMatchObject({
      name: 'AbortedError',
    });
    await expect(readGpus({ sources: ['nvidia-smi'], signal })).rejects.toMatchObject({
      name: 'AbortedError',
    });
  });
});

/** Samples until `enough` of them are there. */
async function sampled(nvidiaSmi: string, enough: number): Promise<(readonly GpuState[])[]> {
  const controller = new AbortController();
  const rounds: (readonly GpuState[])[] = [];
  const { source, samples } = await sampleDevices({
    sources: ['nvidia-smi'],
    nvidiaSmi,
    interval: 20,
    signal: controller.signal,
    onSample: ({ gpus }) => {
      rounds.push(gpus);
      if (rounds.length >= enough) controller.abort();
    },
  });
  expect(source).toBe('nvidia-smi');
  expect(samples).toBe(rounds.length);
  return rounds;
}

unix('sampling', () => {
  test('one program gives all devices of a round together', async () => {
    const rounds = await sampled(program(H100_550), 4);
    expect(rounds).toHaveLength(4);
    for (const gpus of rounds) {
      expect(gpus.map(({ index, power }) => [index, power])).toEqual([
        [0, 697.83],
        [1, 69.12],
      ]);
    }
  });

  test('a device that is lost on the way stays, with the reason', async () => {
    const rounds = await sampled(program(H100_550, { loseAfter: 2 }), 4);
    expect(rounds.map((gpus) => gpus[1].lost)).toEqual([null, null, 'GPU is lost', 'GPU is lost']);
    expect(rounds[3][1]).toMatchObject({ power: null, throttle: null });
    expect(rounds[3][0].power).toBe(697.83);
  });

  test('a program that ends by itself is an error with its last words', async () => {
    const line = 'Unable to determine the device handle for GPU 0000:01:00.0: GPU is lost.';
    const nvidiaSmi = program(H100_550, { endAfter: { rounds: 2, line } });
    await expect(sampled(nvidiaSmi, 100)).rejects.toMatchObject({
      code: 'profiler/smi-failed',
      message: line,
      found: 'exit code 15',
    });
  });

  test('an error of the caller ends it', async () => {
    const { signal } = new AbortController();
    const sources = ['nvidia-smi'] as const;
    const onSample = (): never => {
      throw new Error('the caller failed');
    };
    await expect(
      sampleDevices({ sources, nvidiaSmi: program(H100_550), interval: 20, signal, onSample }),
    ).rejects.toThrow('the caller failed');
  });

  test('without any source it says what was tried', async () => {
    const { signal } = new AbortController();
    const nowhere = join(root, 'nowhere');
    await expect(
      sampleDevices({
        nvmlLibrary: nowhere,
        nvidiaSmi: nowhere,
        signal,
        onSample: () => undefined,
      }),
    ).rejects.toMatchObject({ code: 'profiler/no-gpu', found: expect.stringMatching(/nvml.*smi/) });
  });

  test('intervals that would disturb the run are refused', async () => {
    const { signal } = new AbortController();
    await expect(
      sampleDevices({ interval: 1, signal, onSample: () => undefined }),
    ).rejects.toMatchObject({ code: 'profiler/invalid-interval' });
  });
});
