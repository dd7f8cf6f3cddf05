import { describe, expect, it } from '@jest/globals';
import { LabelError, TrainConfigError } from '@mlffd/train';
import { inMemory } from '@mlffd/train';
import { parseTrainConfig } from '../src/configSchema.ts';
import { MetricsAccumulator } from '../src/metrics.ts';
import { prepareTrainingData } from '../src/trainingData.ts';
import { Judge, judgedTerms } from '../src/validationMetric.ts';
import { CONFIG, DATASET, SPLIT, STRUCTURES, train } from './runs.ts';

/** Forces of the labels are kept in float32. */
const FLOAT32 = 1e-6;

describe('a weighted sum of errors', () => {
  it('is the sum of the weights for the baseline alone, and half of it at half the errors', async () => {
    const config = parseTrainConfig({
      ...CONFIG,
      validation: { metric: { energy: 1, forces: 2 } },
    });
    const { validation, baseline } = await prepareTrainingData({
      dataset: DATASET,
      split: SPLIT,
      config,
      baseline: undefined,
    });
    const judge = new Judge(config.validation.metric, validation);
    const value = (part: number): number => {
      const accumulator = new MetricsAccumulator();
      for (const k of Array.from(SPLIT.validation)) {
        const { atoms, energy, forces } = STRUCTURES[k];
        const free = atoms.numbers.reduce((sum, z) => sum + baseline.energies[z], 0);
        accumulator.add(
          { numbers: atoms.numbers, energy, forces },
          {
            energy: free + part * (energy! - free),
            forces: Float64Array.from(forces!, (x) => part * x),
          },
        );
      }
      return judge.value(accumulator.result())!;
    };
    expect(Math.abs(value(0) - 3)).toBeLessThan(FLOAT32);
    expect(Math.abs(value(0.5) - 1.5)).toBeLessThan(FLOAT32);
    expect(value(1)).toBeLessThan(FLOAT32);
  });

  it('decides about the best weights of a run', async () => {
    const metric = { energy: 1, forces: 1 };
    const { result } = await train({ validation: { metric } });
    expect(result.bestMetric).toBeGreaterThan(0);
    expect(result.bestMetric).toBeLessThan(3);
  });

  it('needs the labels that it has a weight for', async () => {
    expect(judgedTerms({ energy: 0, forces: 1, stress: 2 })).toEqual(['forces', 'stress']);
    expect(judgedTerms('stress_rmse_GPa')).toEqual(['stress']);
    const dataset = inMemory(
      STRUCTURES.map((s, k) => (k < 14 ? s : { atoms: s.atoms, forces: s.forces })),
    );
    const metric = { energy: 1, forces: 1 };
    const refused = train({ validation: { metric } }, { dataset });
    await expect(refused).rejects.toThrow(LabelError);
    await expect(refused).rejects.toThrow('validation.metric needs labels of energy');
  });

  it.each([
    [{ force: 1 }, /did you mean "forces"/],
    [{ energy: 0 }, /"validation.metric": every weight is 0/],
    ['force_mae', /"validation.metric": Invalid option/],
  ])('is refused as %j', (metric, message) => {
    const parse = (): unknown => parseTrainConfig({ ...CONFIG, validation: { metric } });
    expect(parse).toThrow(TrainConfigError);
    expect(parse).toThrow(message);
  });
});
