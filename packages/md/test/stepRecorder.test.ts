import { describe, expect, test } from '@jest/globals';
import { runMd, velocityVerlet } from '../src/index.ts';
import { freeFlight } from '../src/harness/freeFlight.ts';
import { stepLatency } from '../src/harness/stepLatency.ts';
import { measuringCost, StepRecorder } from '../src/harness/stepRecorder.ts';
import { water, waterSprings } from './harnessSystems.ts';
import { later } from './potentials.ts';

const STEPS = 60;
const STRIDE = 5;
/** Rounding of sums of some hundred times. */
const ROUNDING = 1e-9;

async function recorded(calculator = waterSprings()): Promise<StepRecorder> {
  const recorder = new StepRecorder(STEPS, 10);
  await runMd({
    calculator: recorder.timed(calculator),
    atoms: water(),
    temperature: 300,
    seed: 1,
    integrator: recorder.timedIntegrator(velocityVerlet({ timestep: 0.5 })),
    steps: STEPS,
    stride: STRIDE,
    onFrame: () => {
      recorder.endFrame();
    },
  });
  recorder.finish();
  return recorder;
}

describe('StepRecorder', () => {
  test.each([
    ['at once', waterSprings()],
    ['later', later(waterSprings())],
  ])('knows the phases of every step of a calculator that answers %s', async (_, calculator) => {
    const recorder = await recorded(calculator);
    expect(recorder.count).toBe(STEPS);
    for (let k = 0; k < STEPS; k++) {
      const step = recorder.ends[k] - recorder.starts[k];
      const known = recorder.integrator[k] + recorder.model[k] + recorder.output[k];
      expect(known).toBeLessThanOrEqual(step + ROUNDING);
      expect(recorder.model[k]).toBeGreaterThan(0);
      expect(recorder.integrator[k]).toBeGreaterThan(0);
      expect(recorder.output[k] > 0).toBe((k + 1) % STRIDE === 0);
      if (k > 0) expect(recorder.starts[k]).toBeGreaterThanOrEqual(recorder.ends[k - 1]);
    }
    expect(recorder.memory.map(({ call }) => call)).toEqual([0, 10, 20, 30, 40, 50]);
  });

  test('changes nothing of the trajectory', async () => {
    const run = { atoms: water(), temperature: 300, seed: 1, steps: STEPS };
    const integrator = velocityVerlet({ timestep: 0.5 });
    const plain = await runMd({ ...run, calculator: waterSprings(), integrator });
    const recorder = new StepRecorder(STEPS, STEPS);
    const timed = await runMd({
      ...run,
      calculator: recorder.timed(waterSprings()),
      integrator: recorder.timedIntegrator(integrator),
    });
    expect(timed.frame).toEqual(plain.frame);
  });

  test('a step that fails is none', async () => {
    const recorder = new StepRecorder(STEPS, STEPS);
    const calculator = waterSprings();
    let calls = 0;
    const failing = {
      ...calculator,
      calculate: (...args: Parameters<typeof calculator.calculate>) => {
        if (calls++ === 8) throw new RangeError('no more');
        return calculator.calculate(...args);
      },
    };
    const run = runMd({
      calculator: recorder.timed(failing),
      atoms: water(),
      temperature: 300,
      seed: 1,
      integrator: recorder.timedIntegrator(velocityVerlet({ timestep: 0.5 })),
      steps: STEPS,
    });
    await expect(run).rejects.toThrow('no more');
    expect(recorder.count).toBe(7);
  });

  test('says what it costs', () => {
    expect(measuringCost()).toBeGreaterThan(0);
  });
});

describe('stepLatency', () => {
  test('has phases that add up to the step', async () => {
    const recorder = await recorded();
    const latency = stepLatency(recorder, {
      basis: 'run',
      warmup: 10,
      pauses: [],
      measuring: 0,
    });
    expect(latency).toMatchObject({ steps: 50, step: { count: 50 } });
    const { phases, step, blocks } = latency!;
    const shares = Object.values(phases).map(({ share }) => share);
    expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    const times = [phases.integrator, phases.model, phases.driver].map(
      (phase) => phase.latency!.mean * phase.latency!.count,
    );
    const output = phases.output.latency!;
    const total = times.reduce((a, b) => a + b, output.mean * output.count);
    expect(total / (step.mean * step.count)).toBeCloseTo(1, 9);
    expect(output.count).toBe(10);
    expect(blocks).toHaveLength(50);
  });

  test('gives each pause to the step that it fell into', () => {
    const recorder = new StepRecorder(4, 4);
    // Steps from 0 to 1, 1 to 2, 2 to 30 and 31 to 32 ms.
    recorder.starts.set([0, 1, 2, 31]);
    recorder.ends.set([1, 2, 30, 32]);
    recorder.model.fill(0.5);
    Object.defineProperty(recorder, 'count', { value: 4 });
    const pauses = [
      { start: -5, duration: 1, kind: 'major' },
      { start: 0.2, duration: 0.1, kind: 'minor' },
      { start: 3, duration: 20, kind: 'major' },
      { start: 25, duration: 1, kind: 'minor' },
      // Between two steps.
      { start: 30.5, duration: 0.2, kind: 'minor' },
      { start: 50, duration: 3, kind: 'minor' },
    ];
    const latency = stepLatency(recorder, { basis: 'run', warmup: 0, pauses, measuring: 0 });
    expect(latency!.pauses).toEqual({
      count: 3,
      total: expect.closeTo(21.1, 12),
      longest: 20,
      kinds: { minor: 2, major: 1 },
      share: expect.closeTo(21.1 / 31, 12),
      steps: 2,
      slowSteps: 1,
    });
    expect(latency!.phases.output).toEqual({ share: 0, latency: null });
    expect(stepLatency(recorder, { basis: 'run', warmup: 4, pauses, measuring: 0 })).toBeNull();
  });
});

describe('freeFlight', () => {
  test.each([
    ['at once', waterSprings(-1000)],
    ['later', later(waterSprings(-1000))],
  ])('times what cannot be run, answered %s', async (_, calculator) => {
    const latency = await freeFlight({
      calculator,
      atoms: water(),
      steps: 30,
      warmup: 5,
      measuring: 0.001,
      seed: 0,
    });
    expect(latency).toMatchObject({ basis: 'free-flight', steps: 25, measuring: 0.001 });
    expect(latency!.phases.model.share).toBeGreaterThan(0);
  });
});
