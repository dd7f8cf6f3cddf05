import { describe, expect, it } from '@jest/globals';
import { parameterSpecs } from '@mlffd/student';
import { layoutParameters } from '../src/parameterLayout.ts';
import { firstNotFinite, HealthProbe } from '../src/stepHealth.ts';
import { TINY_MODEL } from './morse.ts';
import { CONFIG, ofType, train } from './runs.ts';

const layout = layoutParameters(parameterSpecs(TINY_MODEL));
const BLOCKS = [...new Set(layout.specs.map(({ block }) => block))];

describe('health of a step', () => {
  it('has norm of the gradient and relative change of each block', () => {
    const probe = new HealthProbe(layout);
    const before = new Float32Array(layout.length);
    const after = new Float32Array(layout.length);
    const gradient = new Float64Array(layout.length);
    const k = layout.specs.findIndex(({ block }) => block === 'readout');
    const at = layout.offsets[k];
    before.set([3, 4], at);
    gradient.set([6, 8], at);
    after.set([3.5, 4], at);
    probe.start(before);
    const health = probe.finish(after, gradient);
    expect(Object.keys(health)).toEqual(BLOCKS);
    expect(health.readout).toEqual({ gradient: 10, update: 0.1 });
    expect(health.embedding).toEqual({ gradient: 0, update: null });
  });

  it('names the first parameter that is not finite', () => {
    const gradient = new Float64Array(layout.length);
    expect(firstNotFinite(layout, gradient)).toBeUndefined();
    gradient[layout.offsets[5] + layout.sizes[5] - 1] = NaN;
    gradient[layout.offsets[3]] = Infinity;
    expect(firstNotFinite(layout, gradient)).toBe(layout.specs[3].name);
    gradient[layout.offsets[3]] = 0;
    expect(firstNotFinite(layout, gradient)).toBe(layout.specs[5].name);
  });

  it('is in the log and the events, every `logEvery` steps', async () => {
    const { events, log } = await train({ logEvery: 2, optimizer: { clipNorm: 1e-3 } });
    const steps = ofType(events, 'step');
    expect(steps.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10, 12]);
    const lines = log.filter((line) => !('validation' in line));
    lines.forEach((line, k) => {
      expect(line).toMatchObject({ clipped: 1, blocks: steps[k].health!.blocks });
    });
    for (const { health, gradientNorm } of steps) {
      const blocks = Object.values(health!.blocks);
      const norm = Math.hypot(...blocks.map(({ gradient }) => gradient));
      expect(norm / gradientNorm).toBeCloseTo(1, 10);
      for (const { update } of blocks) expect(update === null || update < 0.5).toBe(true);
    }
    expect(ofType(events, 'epoch').map(({ point }) => point.clipped)).toEqual([1, 1, 1]);
    const { result } = await train({ ...CONFIG, optimizer: { clipNorm: 1e9 } });
    expect(result.curve[0].clipped).toBe(0);
  });
});
