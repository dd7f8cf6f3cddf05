import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { AbortedError, FileSystemError, isMlffdError } from '@mlffd/core';
import { DivergenceError, inMemory, LabelError, TrainConfigError, Trainer } from '@mlffd/train';
import type { CreateTrainerOptions } from '@mlffd/train';
import { CONFIG, DATASET, inFolder, ofType, SPLIT, STRUCTURES, train } from './runs.ts';

const data = { dataset: DATASET, split: SPLIT };

describe('a run', () => {
  it('leaves config, log, curve and two checkpoints', async () => {
    await inFolder(async (folder) => {
      const trainer = await Trainer.create({
        ...data,
        config: CONFIG,
        folder: join(folder, 'run'),
      });
      const result = await trainer.run();
      const read = (name: string): unknown =>
        JSON.parse(readFileSync(join(folder, 'run', name), 'utf8'));
      expect(read('config.json')).toMatchObject({ config: { epochs: 3, batchSize: 4 } });
      expect(read('curve.json')).toEqual(JSON.parse(JSON.stringify(result.curve)));
      expect(result).toMatchObject({ steps: 12, epochs: 3, reason: 'completed' });
      expect(result.metrics).toEqual(
        result.curve.find((point) => point.validation?.force_mae_meV_A === result.bestMetric)
          ?.validation,
      );
    });
  });

  it('tells steps with rate and time left, epochs, checkpoints and the end', async () => {
    const { events } = await train({});
    const steps = ofType(events, 'step');
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, k) => k + 1));
    expect(steps.every(({ steps: all }) => all === 12)).toBe(true);
    expect(steps.at(-1)!.secondsLeft).toBe(0);
    expect(
      Math.min(...steps.map(({ structuresPerSecond }) => structuresPerSecond)),
    ).toBeGreaterThan(0);
    expect(ofType(events, 'epoch').map(({ point }) => point.step)).toEqual([4, 8, 12]);
    expect(ofType(events, 'checkpoint').map(({ step }) => step)).toEqual([4, 8, 12]);
    expect(ofType(events, 'prepare').map(({ set, done }) => [set, done])).toEqual([
      ['train', 14],
      ['validation', 6],
    ]);
    expect(events.at(-1)).toEqual({ type: 'done', reason: 'completed', step: 12 });
  });

  it('counts in steps if it is asked to, and validates at their end', async () => {
    const { result, events } = await train({ epochs: undefined, steps: 5 });
    expect(result.steps).toBe(5);
    expect(ofType(events, 'epoch').map(({ point }) => point.step)).toEqual([4, 5]);
  });

  it('stops early when the metric does not improve, and returns the best weights', async () => {
    const { result } = await train({
      epochs: 50,
      optimizer: { learningRate: 1e-30 },
      validation: { patience: 2 },
    });
    expect(result).toMatchObject({ reason: 'early-stopping', epochs: 3 });
  });

  it('goes on from the weights and the baseline of a student', async () => {
    const { result: first } = await train({});
    const { result: second } = await train(
      { optimizer: { learningRate: 1e-30, weightDecay: 0 }, epochs: 1 },
      { initial: first.student },
    );
    expect(second.student.parameters).toEqual(first.student.parameters);
    expect(second.student.baseline).toEqual(first.student.baseline);
    const other = { ...CONFIG.model, features: 4 };
    await expect(train({ model: other }, { initial: first.student })).rejects.toThrow(
      TrainConfigError,
    );
  });
});

describe('a signal to stop', () => {
  it('is heard while structures are prepared, and nothing is left behind', async () => {
    await inFolder(async (folder) => {
      const controller = new AbortController();
      const many = { length: 5000, get: (k: number) => STRUCTURES[k % STRUCTURES.length] };
      const creation = Trainer.create({
        dataset: many,
        split: { train: Array.from({ length: 5000 }, (_, k) => k), validation: [] },
        config: CONFIG,
        folder: join(folder, 'run'),
        signal: controller.signal,
      });
      setTimeout(() => {
        controller.abort();
      }, 1);
      await expect(creation).rejects.toThrow(AbortedError);
      expect(existsSync(join(folder, 'run'))).toBe(false);
    });
  });
});

describe('divergence', () => {
  it('goes back, lowers the learning rate and carries on', async () => {
    const { events, result } = await train({
      optimizer: { learningRate: 1e25 },
      guard: { every: 1, learningRate: 1e-28 },
    });
    const [rollback] = ofType(events, 'rollback');
    expect(rollback.learningRateScale).toBe(1e-28);
    expect(rollback.to).toBeLessThan(rollback.step);
    expect(result.reason).toBe('completed');
    expect(rollback.reason).toMatch(/first in embedding.weight/);
    expect(Number.isFinite(result.curve.at(-1)!.loss)).toBe(true);
    for (const values of result.student.parameters.values()) {
      expect(values.every((value) => Number.isFinite(value))).toBe(true);
    }
  });

  it('gives up after the allowed number of rollbacks', async () => {
    const config = {
      optimizer: { learningRate: 1e25 },
      guard: { every: 1, learningRate: 1, rollbacks: 2 },
    };
    await inFolder(async (folder) => {
      const run = join(folder, 'run');
      const create = { ...data, config: { ...CONFIG, ...config }, folder: run };
      const failed = (await Trainer.create(create)).run();
      await expect(failed).rejects.toThrow(DivergenceError);
      await expect(failed).rejects.toThrow(/structure \d+ has the largest loss of its batch/);
      // Nothing is lost: the best weights can still be had.
      const rest = await (await Trainer.resume(run, data)).run();
      expect(rest.reason).toBe('diverged');
      for (const values of rest.student.parameters.values()) {
        expect(values.every((value) => Number.isFinite(value))).toBe(true);
      }
    });
  });
});

describe('labels', () => {
  const change = (k: number, change: object): Partial<CreateTrainerOptions> => ({
    dataset: inMemory(STRUCTURES.map((s, i) => (i === k ? { ...s, ...change } : s))),
  });

  it.each([
    ['NaN energy', { energy: NaN }, /structure 2: expected a finite energy/],
    [
      'NaN force',
      { forces: new Float64Array(24).fill(NaN) },
      /structure 2: expected finite forces/,
    ],
    ['short forces', { forces: new Float64Array(3) }, /structure 2: expected 24 force components/],
    ['short stress', { stress: new Float64Array(3) }, /structure 2: expected 6 stress/],
    ['stress without a cell', { stress: new Float64Array(6) }, /periodic in 3 directions/],
  ])('refuses %s with the number of the structure', async (_, label, message) => {
    const refused = train({}, change(2, label));
    await expect(refused).rejects.toThrow(LabelError);
    await expect(refused).rejects.toThrow(message);
  });

  it('leaves out structures with forces beyond the limit, and counts them', async () => {
    const forces = new Float64Array(24).fill(100);
    const { events } = await train({ maxForce: 50, epochs: 1 }, change(2, { forces }));
    const [warning] = ofType(events, 'warning');
    expect(warning).toMatchObject({ code: 'force-outliers' });
    expect(warning.message).toMatch(/^1 structures/);
  });

  it('refuses elements that the model has not, and data without any label', async () => {
    const model = { ...CONFIG.model, maxAtomicNumber: 6 };
    await expect(train({ model })).rejects.toThrow(/atomic numbers up to 6/);
    const bare = inMemory(STRUCTURES.map(({ atoms }) => ({ atoms })));
    await expect(train({}, { dataset: bare })).rejects.toThrow(/no training structure has a label/);
  });

  it('warns of a default that open structures cannot meet, of a fixed composition and of an empty validation set', async () => {
    const dataset = inMemory(
      STRUCTURES.map(({ atoms, energy, forces }) => ({
        atoms: { ...atoms, numbers: atoms.numbers.map((_, k) => (k % 2 === 0 ? 6 : 8)) },
        energy,
        forces,
      })).filter(({ atoms }) => atoms.numbers.length === 8),
    );
    const { events, result } = await train(
      { epochs: 1 },
      { dataset, split: { train: [0, 1, 2, 3], validation: [] } },
    );
    expect(ofType(events, 'warning').map(({ code }) => code)).toEqual([
      'composition-rank-deficient',
      'label-missing',
      'no-validation',
    ]);
    expect(result.metrics).toBeNull();
    expect(result.bestMetric).toBeNull();
  });

  it.each([
    ['energy', STRUCTURES.map(({ atoms, forces, stress }) => ({ atoms, forces, stress }))],
    ['forces', STRUCTURES.map(({ atoms, energy, stress }) => ({ atoms, energy, stress }))],
    [
      'stress',
      STRUCTURES.filter(({ stress }) => stress !== undefined).map(({ atoms, energy, forces }) => ({
        atoms,
        energy,
        forces,
      })),
    ],
  ] as const)('refuses a weight for %s when nothing has that label', async (kind, structures) => {
    const split = { train: [0, 1, 2, 3], validation: [4, 5] };
    const refused = train({}, { dataset: inMemory(structures), split });
    await expect(refused).rejects.toThrow(LabelError);
    await expect(refused).rejects.toMatchObject({ code: 'train/label-kind-missing' });
    const stages = [{ until: 0.5, loss: { [kind]: 0 } }, {}];
    // Not in the first stage, but in the second.
    await expect(train({ stages }, { dataset: inMemory(structures), split })).rejects.toThrow(
      `the loss has a weight for ${kind}`,
    );
  });

  it('refuses elements that the student to go on from was never trained on', async () => {
    const carbon = inMemory(
      STRUCTURES.map(({ atoms, ...labels }) => ({
        atoms: { ...atoms, numbers: atoms.numbers.map(() => 6) },
        ...labels,
      })),
    );
    const { result } = await train({ epochs: 1 }, { dataset: carbon });
    const refused = train({ epochs: 1 }, { initial: result.student });
    await expect(refused).rejects.toThrow(LabelError);
    await expect(refused).rejects.toThrow('the student was never trained on O');
  });

  it('takes fixed reference energies', async () => {
    const { result } = await train({ epochs: 1, baseline: { energies: { C: -10, O: -20 } } });
    expect([6, 8].map((z) => result.student.baseline.energies[z])).toEqual([-10, -20]);
    await expect(train({ baseline: { energies: { U: 1 } } })).rejects.toThrow(TrainConfigError);
  });

  it('refuses a metric that validation has no labels for', async () => {
    const dataset = inMemory(
      STRUCTURES.map((s, k) => (k < 14 ? s : { atoms: s.atoms, energy: s.energy })),
    );
    await expect(train({}, { dataset })).rejects.toThrow(/force_mae_meV_A needs labels of forces/);
  });
});

describe('folders', () => {
  it('are never used twice', async () => {
    await inFolder(async (folder) => {
      const create = (): Promise<Trainer> => Trainer.create({ ...data, config: CONFIG, folder });
      await create();
      await expect(create()).rejects.toThrow(FileSystemError);
      await expect(create()).rejects.toThrow(/holds a training run already/);
    });
  });

  it('give typed errors when they cannot hold what they must', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'file');
      writeFileSync(file, '');
      await expect(
        Trainer.create({ ...data, config: CONFIG, folder: join(file, 'run') }),
      ).rejects.toThrow(FileSystemError);
      await expect(Trainer.resume(join(folder, 'none'), data)).rejects.toThrow(
        /holds no training run/,
      );
      const run = join(folder, 'run');
      const trainer = await Trainer.create({ ...data, config: CONFIG, folder: run });
      rmSync(join(run, 'checkpoints'), { recursive: true });
      writeFileSync(join(run, 'checkpoints'), 'in the way');
      const failure = await trainer.run().catch((error: unknown) => error);
      expect(isMlffdError(failure) && failure.name).toBe('FileSystemError');
      expect(existsSync(join(run, 'config.json'))).toBe(true);
      rmSync(join(run, 'checkpoints'));
      mkdirSync(join(run, 'checkpoints'));
      writeFileSync(join(run, 'config.json'), '{ broken');
      await expect(Trainer.resume(run, data)).rejects.toThrow(/is no JSON/);
    });
  });
});
