import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Dataset, splitByGroup, writeDataset } from '@mlffd/data';
import { saveStudent, StudentCalculator } from '@mlffd/student';
import { evaluateStudent, Trainer } from '@mlffd/train';
import { labelledStructure } from './morse.ts';
import { inFolder } from './runs.ts';

/** 12 epochs on 80 structures; zero forces would score 0. */
const ACCURACY = 0.5;

describe('the example of the README', () => {
  it('trains from a store, saves a student, evaluates what was never seen, and resumes', async () => {
    await inFolder(async (folder) => {
      const store = join(folder, 'labels.h5');
      const labelled = Array.from({ length: 100 }, (_, k) => {
        const { atoms, energy, forces } = labelledStructure(k);
        return {
          atoms,
          energy: energy!,
          forces: Float64Array.from(forces!),
          meta: { id: `s${k}`, group: `s${k}`, source: 'random' },
        };
      });
      await writeDataset(store, labelled, { teacher: 'morse' });
      const dataset = await Dataset.open(store);
      const split = splitByGroup(dataset, { seed: 0 });

      const seen: (number | null | undefined)[] = [];
      const trainer = await Trainer.create({
        dataset,
        split,
        folder: join(folder, 'run'),
        config: {
          model: {
            features: 16,
            interactions: 2,
            radialBasis: { type: 'bessel', count: 8 },
            cutoff: 4,
            cutoffFunction: 'polynomial',
          },
          epochs: 12,
          batchSize: 8,
          optimizer: { learningRate: 5e-3 },
          schedule: { warmupSteps: 10 },
          ema: { decay: 0.98 },
        },
        onEvent: (event) => {
          if (event.type === 'epoch') seen.push(event.point.validation?.force_mae_meV_A);
        },
      });
      const { student } = await trainer.run();
      await saveStudent(join(folder, 'student'), student);

      const calculator = await StudentCalculator.load(join(folder, 'student'));
      const metrics = await evaluateStudent(calculator, dataset, { indices: split.test });
      await calculator.dispose();
      expect(metrics.structures).toBe(split.test.length);
      expect(metrics.accuracy).toBeGreaterThan(ACCURACY);
      expect(seen).toHaveLength(12);

      const again = await Trainer.resume(join(folder, 'run'), { dataset, split, workers: 2 });
      expect((await again.run()).student).toEqual(student);
      dataset.close();
    });
  });
});
