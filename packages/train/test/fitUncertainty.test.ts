import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  AbortedError,
  type Atoms,
  createAtoms,
  InvalidArgumentError,
  withPositions,
} from '@mlffd/core';
import {
  type Student,
  StudentCalculator,
  StudentCommittee,
  type Uncertainty,
} from '@mlffd/student';
import { inMemory, Trainer } from '@mlffd/train';
import { calibrate } from '../src/uncertainty/calibrate.ts';
import { type Coverage, coverage } from '../src/uncertainty/coverage.ts';
import { fitUncertainty } from '../src/uncertainty/fitUncertainty.ts';
import type { UncertaintyEvent } from '../src/uncertainty/uncertaintyEvent.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { inFolder } from './runs.ts';

/**
 * Errors of a student this small are no normal distribution, and 60 structures to calibrate with leave
 * the factors uncertain by what their worst one says: right within a factor of two.
 */
const CALIBRATED = 2;
/** Rank correlation with the size of the error; of a sigma that says nothing it is 0 +- 0.03 (forces). */
const INFORMATIVE = 0.2;
/** Outside of the training set, uncertainties are so many times larger. */
const GROWTH = 2;

const structures = Array.from({ length: 340 }, (_, k) => labelledStructure(k));
const dataset = inMemory(structures);
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, k) => from + k);
const sides = { train: range(0, 160), validation: range(160, 240) };
const test = range(240, 340);

async function train(seed: number, count = 160): Promise<Student> {
  return inFolder(async (folder) => {
    const trainer = await Trainer.create({
      dataset,
      split: { ...sides, train: sides.train.slice(0, count) },
      folder: join(folder, 'run'),
      config: {
        model: { ...TINY_MODEL, features: 16 },
        epochs: 12,
        batchSize: 8,
        loss: { energy: 10 },
        optimizer: { learningRate: 5e-3 },
        schedule: { type: 'cosine', warmupSteps: 10 },
        ema: { decay: 0.98 },
        seed,
      },
    });
    return (await trainer.run()).student;
  });
}

let student: Student;
let uncertainty: Uncertainty;
let measured: Coverage;
const events: UncertaintyEvent[] = [];

/** Uncertainties of a student with an uncertainty. */
async function uncertaintiesOf(of: Student, atoms: readonly Atoms[]): Promise<number[][]> {
  const calculator = await StudentCalculator.fromStudent(of);
  const found: number[][] = [];
  for (const one of atoms) {
    const { energy, forces } = await calculator.uncertainty(one);
    found.push([energy, ...forces]);
  }
  await calculator.dispose();
  return found;
}

beforeAll(async () => {
  student = await train(0);
  uncertainty = await fitUncertainty(student, dataset, {
    ...sides,
    onEvent: (event) => events.push(event),
  });
  const calculator = await StudentCalculator.fromStudent({ ...student, uncertainty });
  measured = await coverage(calculator, dataset, { indices: test });
  await calculator.dispose();
});

describe('the uncertainty of a trained student', () => {
  it('is as large as the errors on structures that nothing was fitted to', () => {
    for (const figures of [measured.energy!, measured.forces!]) {
      expect(figures.rmsZ).toBeGreaterThan(1 / CALIBRATED);
      expect(figures.rmsZ).toBeLessThan(CALIBRATED);
    }
    const within = measured.forces!.points[20].observed;
    expect(within).toBeGreaterThan(0.8);
  });

  it('is larger where errors are', () => {
    expect(measured.forces!.spearman).toBeGreaterThan(INFORMATIVE);
  });

  it('grows when bonds become longer or shorter than any that were trained on', async () => {
    const seen = test.slice(0, 20).map((k) => structures[k].atoms);
    const strained = (factor: number): Atoms[] =>
      seen.map((atoms) =>
        withPositions(
          atoms,
          atoms.positions.map((x) => factor * x),
        ),
      );
    const of = { ...student, uncertainty };
    const mean = async (atoms: Atoms[]): Promise<{ energy: number; forces: number }> => {
      const found = await uncertaintiesOf(of, atoms);
      const meanOf = (values: number[]): number =>
        values.reduce((sum, x) => sum + x / values.length, 0);
      return {
        energy: meanOf(found.map(([energy]) => energy)),
        forces: meanOf(found.flatMap(([, ...forces]) => forces)),
      };
    };
    const [before, shorter, longer] = [
      await mean(strained(1)),
      await mean(strained(0.8)),
      await mean(strained(1.3)),
    ];
    expect(shorter.energy / before.energy).toBeGreaterThan(GROWTH);
    expect(shorter.forces / before.forces).toBeGreaterThan(GROWTH);
    // Atoms that leave the range of the potential have neither forces nor errors of forces.
    expect(longer.energy / before.energy).toBeGreaterThan(GROWTH);
  });

  it('says where it comes from and tells how far it is', () => {
    expect(uncertainty.count).toBe(16);
    expect(uncertainty.heads).toHaveLength(16 * 8);
    expect(uncertainty.provenance).toMatchObject({
      trainingStructures: 160,
      validationStructures: 80,
      seed: 0,
    });
    const ends = events.filter(({ done, total }) => done === total);
    expect(ends.map(({ phase, total }) => `${phase} ${total}`)).toEqual([
      'train 160',
      'validation 80',
      'calibrate 80',
    ]);
  });
});

describe('fitUncertainty', () => {
  const few = { train: range(0, 30), validation: range(160, 180), heads: 4 };

  it('gives the same for the same, and other heads for another seed', async () => {
    const [one, same, other] = [
      await fitUncertainty(student, dataset, few),
      await fitUncertainty(student, dataset, few),
      await fitUncertainty(student, dataset, { ...few, seed: 1 }),
    ];
    expect(same).toEqual(one);
    expect(other.heads).not.toEqual(one.heads);
  });

  it.each([{ isolatedAtoms: 'baseline' as const }, { zbl: true }])(
    'works with %j',
    async (more) => {
      const own = { ...student, config: { ...student.config, ...more } };
      const found = await fitUncertainty(own, dataset, few);
      const atom = createAtoms({ symbols: ['C'], positions: [[0, 0, 0]] });
      const [alone, cluster] = await uncertaintiesOf({ ...own, uncertainty: found }, [
        atom,
        structures[0].atoms,
      ]);
      expect(cluster.every((sigma) => sigma > 0)).toBe(true);
      expect(alone[1]).toBe(0);
      // Float32 leaves something of a difference of equal numbers.
      if ('isolatedAtoms' in more) expect(alone[0]).toBeLessThan(1e-4 * cluster[0]);
      else expect(alone[0]).toBeGreaterThan(1e-4 * cluster[0]);
    },
  );

  it('takes what labels there are', async () => {
    const energies = inMemory(structures.map(({ atoms, energy }) => ({ atoms, energy })));
    const forces = inMemory(structures.map(({ atoms, forces: own }) => ({ atoms, forces: own })));
    const [one, two] = [
      await fitUncertainty(student, energies, few),
      await fitUncertainty(student, forces, few),
    ];
    for (const { energyFactor, forceFactor } of [one, two]) {
      expect(energyFactor).toBe(forceFactor);
      expect(energyFactor).toBeGreaterThan(0);
    }
    expect(one.heads).not.toEqual(two.heads);
  });

  it('refuses sets without labels, and a single head', async () => {
    const bare = inMemory(structures.map(({ atoms }) => ({ atoms })));
    const onlyTrain = inMemory(structures.map((one, k) => (k < 160 ? one : { atoms: one.atoms })));
    for (const [set, where] of [
      [bare, 'training set'],
      [onlyTrain, 'validation set'],
    ] as const) {
      await expect(fitUncertainty(student, set, few)).rejects.toMatchObject({
        code: 'train/no-labels',
        where,
      });
    }
    await expect(fitUncertainty(student, dataset, { ...few, heads: 1 })).rejects.toThrow(
      InvalidArgumentError,
    );
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const fit = fitUncertainty(student, dataset, {
      ...few,
      signal: controller.signal,
      onEvent: ({ done }) => {
        if (done === 3) controller.abort();
      },
    });
    await expect(fit).rejects.toThrow(AbortedError);
  });
});

describe('a committee of students', () => {
  it('is calibrated and measured as one student is', async () => {
    const members = [];
    for (const seed of [1, 2])
      members.push(await StudentCalculator.fromStudent(await train(seed, 60)));
    const committee = new StudentCommittee(members);
    const factors = await calibrate(committee, dataset, { indices: sides.validation });
    const found = await coverage(committee.calibrated(factors), dataset, { indices: test });
    await committee.dispose();
    expect(found.forces!.rmsZ).toBeGreaterThan(1 / CALIBRATED);
    expect(found.forces!.rmsZ).toBeLessThan(CALIBRATED);
    expect(found.forces!.spearman).toBeGreaterThan(INFORMATIVE);
  });
});
