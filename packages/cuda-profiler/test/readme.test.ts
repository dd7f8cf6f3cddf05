import { expect, test } from '@jest/globals';
import { type Calculator, createAtoms, neighborList } from '@mlffd/core';
import {
  type DeviceSample,
  isThrottled,
  profileCalculator,
  readGpus,
  readHost,
  sampleDevices,
} from '../src/index.ts';

test('the example of the README runs', async () => {
  const calculator: Calculator = {
    name: 'pairs',
    properties: ['energy'],
    calculate: (structure) => ({ energy: neighborList(structure, 5).count }),
    dispose: () => undefined,
  };
  const atoms = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3.8, 0, 0] });
  const { latency, memory } = await profileCalculator(calculator, atoms, {
    calls: 500,
    warmup: 50,
  });
  expect(latency.count).toBe(500);
  expect(latency.p50).toBeLessThanOrEqual(latency.p99);
  expect(memory.rss.low).toBeLessThanOrEqual(memory.rss.high);
});

test('the example of devices runs', async () => {
  const { cpu, usableCores } = await readHost();
  expect(usableCores).toBeLessThanOrEqual(cpu.logicalCores);
  const { source, gpus, failures } = await readGpus();
  expect(failures.length).toBeLessThanOrEqual(2);
  if (source === null) expect(gpus).toEqual([]);
  if (gpus.length > 0) {
    const run = new AbortController();
    const samples: DeviceSample[] = [];
    const onSample = (sample: DeviceSample): void => {
      samples.push(sample);
      run.abort();
    };
    await sampleDevices({ interval: 200, signal: run.signal, onSample });
    expect(samples).toHaveLength(1);
  }
  for (const { throttle } of gpus) expect(isThrottled(throttle ?? [])).toEqual(expect.any(Boolean));
});
