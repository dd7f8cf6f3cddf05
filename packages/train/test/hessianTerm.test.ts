import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { neighborList, withPositions } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { zblEnergy } from '@mlffd/student';
import { LabelError, ResumeMismatchError, Trainer } from '@mlffd/train';
import { parseTrainConfig } from '../src/configSchema.ts';
import { hessianDirection, NO_TURN } from '../src/hessianTurn.ts';
import { inMemory } from '../src/labelled.ts';
import type { LabelledStructure } from '../src/labelled.ts';
import { prepareTrainingData } from '../src/trainingData.ts';
import type { TrainingData } from '../src/trainingData.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { morseProducts, moved, withProducts } from './morseHessian.ts';
import {
  CONFIG,
  DATASET,
  fingerprint,
  inFolder,
  ofType,
  SPLIT,
  stopAt,
  STRUCTURES,
  train,
} from './runs.ts';
import { variantEngine, type VariantEngine } from './variantEngine.ts';

/** Labels are stored in float32, relative to products of some ten eV/Angstrom^2. */
const STORED = 1e-5;

/** Error of products with the term in the loss, over that without it: 0.4 is found. */
const LEARNED = 0.6;
/** Of one step each. */
const EPOCHS = 150;

const MODEL = { ...TINY_MODEL, interactions: 1 };
const WITH_TERM = {
  ...CONFIG,
  loss: { ...CONFIG.loss, hessian: 0.5 },
  hessian: { share: 0.5 },
};
/** Two of three structures have products, along two directions each. */
const PRODUCTS = inMemory(
  STRUCTURES.map((structure, k) => (k % 3 === 1 ? structure : withProducts(structure, 2, k))),
);
const data = { dataset: PRODUCTS, split: SPLIT };

describe('turns', () => {
  const EPOCHS = 40;
  const turnsOf = (structure: number, count: number, share: number): number[] =>
    Array.from({ length: EPOCHS }, (_, epoch) =>
      hessianDirection({ seed: 3, epoch, share }, structure, count),
    );

  it.each([1, 0.5, 0.25, 0.1])(
    'come equally often to each structure and direction: %d',
    (share) => {
      for (let structure = 0; structure < 20; structure++) {
        const directions = turnsOf(structure, 2, share).filter((k) => k !== NO_TURN);
        expect(Math.abs(directions.length - share * EPOCHS)).toBeLessThanOrEqual(1);
        const second = directions.filter((k) => k === 1).length;
        expect(Math.abs(directions.length - 2 * second)).toBeLessThanOrEqual(1);
      }
    },
  );

  it('spread over the epochs, and depend on the seed', () => {
    const inEpoch = (epoch: number, seed = 3): number[] =>
      Array.from({ length: 400 }, (_, k) => hessianDirection({ seed, epoch, share: 0.25 }, k, 1));
    for (let epoch = 0; epoch < 4; epoch++) {
      const count = inEpoch(epoch).filter((k) => k !== NO_TURN).length;
      // Five standard deviations of a binomial distribution.
      expect(Math.abs(count - 100)).toBeLessThan(45);
    }
    expect(inEpoch(0, 4)).not.toEqual(inEpoch(0));
    expect(inEpoch(1)).not.toEqual(inEpoch(0));
  });

  it('never come to a structure without products', () => {
    expect(new Set(turnsOf(1, 0, 1))).toEqual(new Set([NO_TURN]));
  });
});

describe('products that are missing', () => {
  const config = parseTrainConfig({ model: MODEL, steps: 1, loss: { stress: 1, hessian: 1 } });
  const open = labelledStructure(1);
  const crystal = labelledStructure(2, { periodic: true });
  const VARIANTS: Readonly<Record<string, LabelledStructure>> = {
    open,
    openWith: withProducts(open, 1),
    onlyProducts: { atoms: open.atoms, hessianProducts: withProducts(open, 1).hessianProducts },
    halfProducts: {
      atoms: open.atoms,
      hessianProducts: withProducts(open, 1).hessianProducts,
      weight: 0.5,
    },
    crystal,
    crystalWith: withProducts(crystal, 1),
    bare: { atoms: labelledStructure(3, { count: 5 }).atoms },
  };
  const FACTORS = { energy: 1, forces: 1, stress: 1, hessian: 1 };
  const PLAIN = { energy: 1, forces: 1, stress: 1, factors: FACTORS };
  const WEIGHTS = {
    ...PLAIN,
    hessian: { weight: 0.5, turn: { seed: 0, epoch: 0, share: 1 } },
  };
  let engine: VariantEngine;

  beforeAll(async () => {
    engine = await variantEngine(config, VARIANTS, WEIGHTS);
  });

  afterAll(async () => {
    await engine.close();
  });

  it('have exactly no influence: a structure without labels adds zeros', async () => {
    const { gradient, loss } = await engine.gradientOf([['bare']]);
    expect(gradient.every((value) => value === 0)).toBe(true);
    expect(loss).toEqual({ energy: 0, forces: 0, stress: 0, hessian: 0 });
  });

  it.each(['open', 'crystal'])('leave the step as it is without the term (%s)', async (name) => {
    const { loss: all, gradient } = await engine.gradientOf([[name]]);
    const { loss, gradient: plain } = await engine.gradientOf([[name]], PLAIN);
    expect(gradient).toEqual(plain);
    expect(all).toEqual({ ...loss, hessian: 0 });
    expect(loss.hessian).toBeUndefined();
  });

  it('leave only the term that is there', async () => {
    const only = await engine.gradientOf([['onlyProducts']]);
    const { loss } = await engine.gradientOf([['openWith']]);
    expect(loss.hessian).toBeGreaterThan(0);
    expect(only.loss).toEqual({ energy: 0, forces: 0, stress: 0, hessian: loss.hessian });
    const half = await engine.gradientOf([['halfProducts']]);
    expect(half.gradient).toEqual(only.gradient.map((value) => value / 2));
  });

  it('of one structure do not touch another in the same piece', async () => {
    // The sizes of both are filled up in one piece, and the sums are in another order.
    const apart = await engine.gradientOf([['onlyProducts'], ['bare']]);
    const together = await engine.gradientOf([['onlyProducts', 'bare']]);
    const largest = Math.max(...apart.gradient.map(Math.abs));
    const error = Math.max(...apart.gradient.map((x, k) => Math.abs(x - together.gradient[k])));
    expect(error).toBeLessThan(STORED * largest);
  });
});

describe('labels', () => {
  const prepare = (structure: LabelledStructure, zbl = false): Promise<TrainingData> =>
    prepareTrainingData({
      dataset: inMemory([structure]),
      split: { train: [0], validation: [] },
      config: parseTrainConfig({
        model: { ...MODEL, ...(zbl ? { zbl, isolatedAtoms: 'baseline' } : {}) },
        steps: 1,
        loss: { hessian: 1 },
      }),
      baseline: undefined,
    });
  const good = withProducts(labelledStructure(4), 2);
  const { directions, products } = good.hessianProducts!;
  const products2 = (atoms: Atoms) => ({ hessianProducts: morseProducts(atoms, 2, 1) });
  const nan = Float64Array.from(products).fill(NaN, 7, 8);

  it.each([
    ['too few directions', { directions: directions.slice(1), products: products.slice(1) }],
    ['no directions', { directions: new Float64Array(0), products: new Float64Array(0) }],
    ['too few products', { directions, products: products.slice(24) }],
    ['NaN in products', { directions, products: nan }],
    ['NaN in directions', { directions: nan, products }],
  ])('of a wrong kind name the structure: %s', async (_, hessianProducts) => {
    const refused = prepare({ ...good, hessianProducts });
    await expect(refused).rejects.toThrow(LabelError);
    await expect(refused).rejects.toThrow(/structure 0: expected .*Hessian/);
  });

  it('are what training reads, and part of the hash of the data', async () => {
    const { train: set, hash } = await prepare(good);
    const found = set.get(0).hessianProducts!;
    expect(found.count).toBe(2);
    expect(found.directions).toEqual(Float32Array.from(directions));
    expect(found.products).toEqual(Float32Array.from(products));
    const other = await prepare({
      ...good,
      hessianProducts: { directions, products: products.map((x, k) => (k === 5 ? x + 1 : x)) },
    });
    expect(other.hash).not.toBe(hash);
  });

  it('lose the repulsion of nuclei where the student adds it', async () => {
    const { atoms } = labelledStructure(4);
    // Closer than the sum of covalent radii, where the repulsion begins.
    const near = withPositions(
      atoms,
      atoms.positions.map((x) => 0.65 * x),
    );
    const structure = { atoms: near, energy: 0, forces: atoms.positions, ...products2(near) };
    const { train: set } = await prepare(structure, true);
    const found = set.get(0).hessianProducts!.products;
    const { directions: v, products: labels } = structure.hessianProducts;
    const size = near.positions.length;
    const forces = (step: number): Float64Array => {
      const there = moved(near, v.subarray(size), step);
      return zblEnergy(there, neighborList(there, MODEL.cutoff)).forces;
    };
    // Another displacement than that of the code under test.
    const [above, below] = [forces(5e-6), forces(-5e-6)];
    let largest = 0;
    for (let k = 0; k < size; k++) {
      const repulsion = -(above[k] - below[k]) / 1e-5;
      largest = Math.max(largest, Math.abs(repulsion));
      const wanted = labels[size + k] - repulsion;
      expect(Math.abs(found[size + k] - wanted)).toBeLessThan(
        STORED * Math.max(1, Math.abs(wanted)),
      );
    }
    expect(largest).toBeGreaterThan(1);
  });

  it('must be there, and not alone, where the loss has a weight for them', async () => {
    const without = labelledStructure(4);
    await expect(prepare(without)).rejects.toThrow(/a weight for hessian/);
    expect(() =>
      parseTrainConfig({ model: MODEL, steps: 1, loss: { energy: 0, forces: 0, hessian: 1 } }),
    ).toThrow(/products of the Hessian alone/);
  });
});

describe('a run with the Hessian term', () => {
  let whole: unknown;

  beforeAll(async () => {
    const { result, events, log } = await train(WITH_TERM, data);
    whole = fingerprint(result);
    for (const { point } of ofType(events, 'epoch')) {
      expect(point.hessianLoss).toBeGreaterThan(0);
      expect(point.validation!.hessian_product_mae_eV_A2).toBeGreaterThan(0);
    }
    expect(log.some(({ hessian }) => typeof hessian === 'number' && hessian > 0)).toBe(true);
  });

  it('ends in the same bits after a stop, on other numbers of workers', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(5, folder, { ...WITH_TERM, workers: 2 }, { dataset: PRODUCTS });
      const result = await (await Trainer.resume(run, { ...data, workers: 1 })).run();
      expect(fingerprint(result)).toEqual(whole);
    });
  });

  it('does not go on with other products', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(1, folder, WITH_TERM, { dataset: PRODUCTS });
      const resumed = Trainer.resume(run, { dataset: DATASET, split: SPLIT });
      // Without any, the loss has nothing to compare.
      await expect(resumed).rejects.toThrow(LabelError);
      const others = inMemory(
        STRUCTURES.map((structure, k) => (k % 3 === 1 ? structure : withProducts(structure, 2, 1))),
      );
      await expect(Trainer.resume(run, { dataset: others, split: SPLIT })).rejects.toThrow(
        ResumeMismatchError,
      );
    });
  });

  it('is the run without it, bit for bit, in stages that give it no weight', async () => {
    const plain = await train({ epochs: 1 }, data);
    const stages = [{ until: 1, loss: { hessian: 0 } }];
    const staged = await train({ ...WITH_TERM, epochs: 1, stages }, data);
    const weights = ({ student }: typeof plain.result): unknown => [...student.parameters];
    expect(weights(staged.result)).toEqual(weights(plain.result));
    expect(staged.result.curve[0]).not.toHaveProperty('hessianLoss');
  });
});

it('second derivatives of structures that were never seen are learned better with the term', async () => {
  const known = Array.from({ length: 10 }, (_, k) => withProducts(labelledStructure(k), 4, k));
  const errorOf = async (hessian: number): Promise<number> => {
    const { result } = await train(
      {
        epochs: EPOCHS,
        loss: { hessian },
        hessian: { share: 1 },
        optimizer: { learningRate: 1e-2 },
        schedule: { warmupSteps: 5 },
        ema: { decay: 0.98 },
        validation: { every: EPOCHS },
      },
      {
        dataset: inMemory(known),
        split: { train: [0, 1, 2, 3], validation: [4, 5, 6, 7, 8, 9] },
      },
    );
    return result.metrics!.hessian_product_mae_eV_A2!;
  };
  const withTerm = await errorOf(50);
  // Nothing but the validation metric comes of a weight this small.
  const without = await errorOf(1e-9);
  expect(withTerm).toBeLessThan(LEARNED * without);
});
