import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LabelledStructure } from '@mlffd/train';
import { parseTrainConfig } from '../src/configSchema.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { variantEngine, type VariantEngine } from './variantEngine.ts';

const config = parseTrainConfig({
  model: { ...TINY_MODEL, interactions: 1 },
  steps: 1,
  loss: { stress: 1 },
});
const full = labelledStructure(1, { periodic: true });
const { atoms, energy, forces, stress } = full;

/** The same structure with every combination of labels that is tested. */
const VARIANTS: Readonly<Record<string, LabelledStructure>> = {
  full,
  bare: { atoms },
  energy: { atoms, energy },
  forces: { atoms, forces },
  stress: { atoms, stress },
  half: { ...full, weight: 0.5 },
  zeroForces: { atoms, energy, forces: new Float64Array(forces!.length), stress },
};
const WEIGHTS = { energy: 1, forces: 1, stress: 1, factors: { energy: 1, forces: 1, stress: 1 } };

describe('labels that are missing', () => {
  let engine: VariantEngine;

  beforeAll(async () => {
    engine = await variantEngine(config, VARIANTS, WEIGHTS);
  });

  afterAll(async () => {
    await engine.close();
  });

  const gradientOf = (...names: string[]): ReturnType<VariantEngine['gradientOf']> =>
    engine.gradientOf(names.map((name) => [name]));

  it('have exactly no influence: a structure without labels adds zeros', async () => {
    const { gradient, loss } = await gradientOf('bare');
    expect(gradient.every((value) => value === 0)).toBe(true);
    expect(loss).toEqual({ energy: 0, forces: 0, stress: 0 });
    const alone = await gradientOf('full');
    const together = await gradientOf('full', 'bare');
    expect(together).toEqual(alone);
    expect(alone.gradient.some((value) => value !== 0)).toBe(true);
  });

  it.each(['energy', 'forces', 'stress'] as const)(
    'leave only the term of the label that is there: %s',
    async (label) => {
      const { loss } = await gradientOf(label);
      const { loss: all } = await gradientOf('full');
      expect(loss).toEqual({ energy: 0, forces: 0, stress: 0, [label]: all[label] });
      expect(all[label]).toBeGreaterThan(0);
    },
  );

  it('are not labels of zero', async () => {
    const missing = await gradientOf('energy');
    const zero = await gradientOf('zeroForces');
    expect(zero.loss.forces).toBeGreaterThan(0);
    expect(missing.loss.forces).toBe(0);
  });

  it('weigh as much as their structure', async () => {
    const { gradient, loss } = await gradientOf('full');
    const half = await gradientOf('half');
    expect(half.gradient).toEqual(gradient.map((value) => value / 2));
    for (const term of ['energy', 'forces', 'stress'] as const)
      expect(half.loss[term]).toBe(loss[term] / 2);
  });

  it('of a term without weight in this stage have no influence, but their loss is told', async () => {
    const { loss } = await gradientOf('full');
    const factors = { energy: 1, forces: 0, stress: 0 };
    const full = await engine.gradientOf([['full']], { ...WEIGHTS, factors });
    expect(full.loss).toEqual(loss);
    const only = await engine.gradientOf([['energy']], { ...WEIGHTS, factors });
    expect(full.gradient).toEqual(only.gradient);
  });
});
