import { expect, test } from '@jest/globals';
import type { Gpu, GpuSource, GpuState } from '../../src/devices/gpu.ts';
import { readGpus } from '../../src/devices/readGpus.ts';
import { sampleDevices } from '../../src/devices/sampleDevices.ts';

const SOURCES: readonly GpuSource[] = ['nvml', 'nvidia-smi'];

test('a machine without a driver says so', async () => {
  const { gpus, failures } = await readGpus({ sources: SOURCES });
  expect(gpus.length > 0 || failures.length > 0).toBe(true);
});

for (const source of SOURCES) {
  const { gpus, driver, cuda, failures } = await readGpus({ sources: [source] });
  const why = failures.map(({ reason }) => reason).join('; ') || 'no GPU';
  if (gpus.length === 0) {
    process.stdout.write(`skipped: real GPUs by ${source}: ${why.slice(0, 120)}\n`);
    continue;
  }

  test(`${source}: what this machine tells is possible`, () => {
    expect(driver).toMatch(/^\d+\.\d+/);
    expect(cuda).toMatch(/^\d+\.\d+$/);
    for (const gpu of gpus) checkGpu(gpu);
  });

  test(`${source}: samples`, async () => {
    const controller = new AbortController();
    const rounds: (readonly GpuState[])[] = [];
    await sampleDevices({
      sources: [source],
      interval: 50,
      signal: controller.signal,
      onSample: ({ gpus: states }) => {
        rounds.push(states);
        if (rounds.length === 3) controller.abort();
      },
    });
    for (const states of rounds) {
      expect(states.map(({ uuid }) => uuid)).toEqual(gpus.map(({ uuid }) => uuid));
      for (const state of states) checkState(state);
    }
  });
}

function checkGpu(gpu: Gpu): void {
  checkState(gpu);
  expect(gpu.name).toMatch(/\w/);
  expect(gpu.memoryTotal ?? Infinity).toBeGreaterThan(gpu.memoryUsed ?? 0);
  for (const { pid } of gpu.processes ?? []) expect(pid).toBeGreaterThanOrEqual(0);
}

function checkState({ uuid, lost, power, temperature, utilization }: GpuState): void {
  expect(lost).toBeNull();
  expect(uuid).toMatch(/^(GPU|MIG)-/);
  // W, Celsius and per cent that any card can have.
  expect(power ?? 1).toBeGreaterThan(0);
  expect(power ?? 1).toBeLessThan(5000);
  expect(temperature ?? 20).toBeLessThan(150);
  expect(utilization ?? 0).toBeLessThanOrEqual(100);
}
