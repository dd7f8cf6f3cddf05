import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Calculator, createAtoms, neighborList } from '@mlffd/core';
import { CALL_SPAN, initializeParameters, PRESETS, profileStudent } from '@mlffd/student';
import {
  CallRecorder,
  describeCalls,
  type DeviceSample,
  hotspots,
  insertTrace,
  isThrottled,
  profileCalculator,
  readGpus,
  readHost,
  readTrace,
  roofline,
  sampleDevices,
  traceOfSpans,
  writeChromeTrace,
} from '../src/index.ts';

const calculator: Calculator = {
  name: 'pairs',
  properties: ['energy'],
  calculate: (structure) => ({ energy: neighborList(structure, 5).count }),
  dispose: () => undefined,
};
const atoms = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3.8, 0, 0] });

test('the first example of the README runs', async () => {
  const { latency, warmup, drift, pauses, memory } = await profileCalculator(calculator, atoms, {
    calls: 500,
    warmup: 'auto',
    memoryCalls: 200,
  });
  expect(latency.count).toBe(500 - warmup.calls);
  expect(latency.p50).toBeLessThanOrEqual(latency.p99);
  expect(drift).not.toBeNull();
  expect(pauses.slowSpans).toBeGreaterThanOrEqual(0);
  expect(memory?.leaks).toBe(false);
});

test('the second example of the README runs', async () => {
  const recorder = new CallRecorder();
  const recorded = recorder.wrap(calculator);
  recorder.beginPhase('equilibration');
  for (let step = 0; step < 20; step++) await recorded.calculate(atoms, ['energy']);
  recorder.beginPhase('production');
  for (let step = 0; step < 30; step++) await recorded.calculate(atoms, ['energy']);
  const { phases, latency } = describeCalls(await recorder.stop(), { warmup: 20 });
  expect(phases.map(({ name, calls }) => [name, calls])).toEqual([
    ['equilibration', 20],
    ['production', 30],
  ]);
  expect(latency.count).toBe(30);
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

test('the example of traces runs', async () => {
  const config = PRESETS['ultra-tiny'];
  const student = {
    config,
    parameters: initializeParameters(config, 1),
    baseline: { energies: new Float64Array(100), scale: 1, elements: [18] },
    provenance: {},
  };
  const atoms = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3.8, 0, 0] });
  const folder = mkdtempSync(join(tmpdir(), 'profiler-readme-'));
  try {
    const { spans, files } = await profileStudent(student, atoms, { backend: 'onnx', folder });
    const [{ path, span }] = files;
    const session = await readTrace(path);
    const calls = traceOfSpans(spans, { run: CALL_SPAN });
    const trace = insertTrace(calls, session, { outer: span, inner: 'model_run' });
    if (trace === undefined) throw new Error('the session does not fit its calls');
    const { wall, rows, overhead } = hotspots(trace, { by: 'block' });
    const shares = [...rows, ...overhead].map(({ share }) => share);
    expect(wall).toBeGreaterThan(0);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    const { points } = roofline(session, { flops: 1e11, bandwidth: 1e10 });
    expect(points.map(({ name }) => name)).toContain('Mul');
    const file = join(folder, 'student.trace.json');
    writeChromeTrace(file, trace);
    expect(await readTrace(file)).toEqual(trace);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
