import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { initializeParameters, parameterSpecs } from '@mlffd/student';
import { inMemory } from '@mlffd/train';
import type { LabelledStructure } from '@mlffd/train';
import { parseTrainConfig } from '../src/configSchema.ts';
import { createEngine } from '../src/createEngine.ts';
import type { Engine, LossTerms } from '../src/engine.ts';
import { layoutParameters, packParameters } from '../src/parameterLayout.ts';
import { prepareTrainingData } from '../src/trainingData.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';

const config = parseTrainConfig({
  model: { ...TINY_MODEL, interactions: 1 },
  steps: 1,
  loss: { stress: 1 },
});
const layout = layoutParameters(parameterSpecs(config.model));
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
const NAMES = Object.keys(VARIANTS);
const WEIGHTS = { energy: 1, forces: 1, stress: 1, factors: { energy: 1, forces: 1, stress: 1 } };

describe('labels that are missing', () => {
  let engine: Engine;

  beforeAll(async () => {
    const data = await prepareTrainingData({
      dataset: inMemory(Object.values(VARIANTS)),
      split: { train: NAMES.map((_, k) => k), validation: [0] },
      config,
      baseline: undefined,
      onEvent: () => undefined,
      signal: undefined,
    });
    const parameters = new Float32Array(layout.length);
    packParameters(layout, initializeParameters(config.model, 3), parameters);
    engine = await createEngine({ config, data, layout, parameters });
  });

  afterAll(async () => {
    await engine.close();
  });

  async function gradientOf(
    ...names: string[]
  ): Promise<{ gradient: Float64Array; loss: LossTerms }> {
    const pieces = names.map((name) => Int32Array.of(NAMES.indexOf(name)));
    const loss = await engine.gradient(pieces, WEIGHTS);
    return { gradient: engine.sum.slice(), loss };
  }

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
    const gradientWith = async (name: string): Promise<Float64Array> => {
      const factors = { energy: 1, forces: 0, stress: 0 };
      const told = await engine.gradient([Int32Array.of(NAMES.indexOf(name))], {
        ...WEIGHTS,
        factors,
      });
      if (name === 'full') expect(told).toEqual(loss);
      return engine.sum.slice();
    };
    expect(await gradientWith('full')).toEqual(await gradientWith('energy'));
  });
});
