import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { DivergenceError, inMemory, Trainer } from '@mlffd/train';
import type { LabelledSet, LabelledStructure } from '@mlffd/train';
import { BaselineFit } from '../src/baseline.ts';
import { averageLoss, divergence } from '../src/divergence.ts';
import { CONFIG, fingerprint, inFolder, ofType, SPLIT, stopAt, STRUCTURES, train } from './runs.ts';

/** The structure with a wrong label, and the label, eV. */
const WRONG = 9;
const ENERGY = 1e6;
const LONG = { ...CONFIG, epochs: 6 };
/** Weights of a run with a robust loss hardly differ from those of a clean one: force MAE ratio. */
const HARDLY = 1.25;

function withWrongLabel(change: Partial<LabelledStructure> = { energy: ENERGY }): LabelledSet {
  return inMemory(STRUCTURES.map((s, k) => (k === WRONG ? { ...s, ...change } : s)));
}

describe('a label of 1e6 eV', () => {
  it('does not move the reference energies, and is named', async () => {
    const { result: clean } = await train({ epochs: 1 });
    const { events, result } = await train({ epochs: 1 }, { dataset: withWrongLabel() });
    const [warning] = ofType(events, 'warning');
    expect(warning).toMatchObject({ code: 'energy-outliers' });
    expect(warning.message).toMatch(new RegExp(`^1 energies .* structure ${WRONG} \\(1.25e\\+5`));
    for (const z of [6, 8]) {
      const difference = result.student.baseline.energies[z] - clean.student.baseline.energies[z];
      // One structure of 14 less: morse energies scatter by some tenths of an eV per atom.
      expect(Math.abs(difference)).toBeLessThan(0.5);
    }
  });

  it('is left out of the steps of a squared loss, and the run goes on as without it', async () => {
    const dataset = withWrongLabel();
    const { events, result, log } = await train(LONG, { dataset });
    expect(result.reason).toBe('completed');
    const outliers = ofType(events, 'outlier');
    expect(outliers.length).toBeGreaterThan(0);
    for (const event of outliers) {
      expect(event).toMatchObject({ structure: WRONG, term: 'energy' });
      expect(event.reason).toMatch(/times its mean/);
    }
    expect(log.filter((line) => 'outlier' in line)).toHaveLength(outliers.length);
    expect(ofType(events, 'rollback')).toEqual([]);
    const { result: clean } = await train(LONG);
    expect(result.bestMetric! / clean.bestMetric!).toBeLessThan(HARDLY);
  });

  it('resumes in the same bits', async () => {
    await inFolder(async (folder) => {
      const dataset = withWrongLabel();
      const { result } = await train(LONG, { dataset });
      const run = await stopAt(13, folder, LONG, { dataset });
      const rest = await (await Trainer.resume(run, { dataset, split: SPLIT })).run();
      expect(fingerprint(rest)).toEqual(fingerprint(result));
    });
  });

  it.each(['huber', 'l2', 'log-cosh'] as const)('is survived by %s', async (kind) => {
    const loss = { ...CONFIG.loss, kind };
    const { result } = await train({ ...LONG, loss }, { dataset: withWrongLabel() });
    const { result: clean } = await train({ ...LONG, loss });
    expect(result.reason).toBe('completed');
    expect(result.bestMetric! / clean.bestMetric!).toBeLessThan(HARDLY);
  });

  it('ends in an error that names it where nothing may be left out, and nothing is lost', async () => {
    await inFolder(async (folder) => {
      const run = join(folder, 'run');
      const inputs = { dataset: withWrongLabel(), split: SPLIT };
      const config = { ...LONG, guard: { ...LONG.guard, outliers: 0, rollbacks: 1 } };
      const trainer = await Trainer.create({ ...inputs, config, folder: run });
      const failure: unknown = await trainer.run().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(DivergenceError);
      expect((failure as DivergenceError).message).toContain(
        `structure ${WRONG} has the largest loss of its batch`,
      );
      const { reason, student, bestMetric } = await (await Trainer.resume(run, inputs)).run();
      expect(reason).toBe('diverged');
      expect(bestMetric).toBeGreaterThan(0);
      for (const values of student.parameters.values())
        expect(values.every((x) => Number.isFinite(x))).toBe(true);
    });
  });

  it('in forces is told as one of forces', async () => {
    const forces = Float64Array.from(STRUCTURES[WRONG].forces!);
    forces[4] = ENERGY;
    const loss = { energy: 1, forces: 100, kind: { forces: 'huber' } } as const;
    const { events, result } = await train(
      { ...LONG, loss },
      { dataset: withWrongLabel({ forces }) },
    );
    const [warning] = ofType(events, 'warning');
    expect(warning).toMatchObject({ code: 'force-outliers' });
    expect(warning.message).toMatch(new RegExp(`scale, .* structure ${WRONG} \\(`));
    const outliers = ofType(events, 'outlier');
    expect(outliers.length).toBeGreaterThan(0);
    for (const event of outliers) {
      expect(event).toMatchObject({ structure: WRONG, term: 'forces' });
    }
    const { result: clean } = await train({ ...LONG, loss });
    expect(result.bestMetric! / clean.bestMetric!).toBeLessThan(HARDLY);
    const ratio = result.student.baseline.scale / clean.student.baseline.scale;
    expect(Math.abs(ratio - 1)).toBeLessThan(0.2);
  });
});

describe('reference energies', () => {
  const water = (energy: number): LabelledStructure => ({
    atoms: createAtoms({ numbers: [8, 1, 1], positions: [0, 0, 0, 1, 0, 0, 0, 1, 0] }),
    energy,
  });

  it('keep energies that are only unusual, and leave out what cannot be', () => {
    const fit = new BaselineFit(10);
    [-30, -30.3, -29.7, -30, 0, 300].forEach((energy) => {
      fit.add(water(energy));
    });
    // 10 eV/atom off is a close contact, 110 eV/atom is another unit.
    expect(fit.solve(1e-8).outliers.map(({ structure }) => structure)).toEqual([5]);
  });
});

describe('the mean of the loss', () => {
  it('recovers quickly from a first batch with a wrong label', () => {
    let average = averageLoss(null, 1e10);
    average = averageLoss(average, 1);
    expect(average).toBe(100);
    expect(divergence({ loss: 1e10, gradientNorm: 1 }, average, 1000)).toMatch(/more than 1000/);
  });
});
