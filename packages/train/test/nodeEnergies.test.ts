import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAtoms, neighborList, withPositions } from '@mlffd/core';
import { initializeParameters, StudentCalculator, zblEnergy } from '@mlffd/student';
import { LabelError, ResumeMismatchError, Trainer } from '@mlffd/train';
import { parseTrainConfig } from '../src/configSchema.ts';
import { inMemory } from '../src/labelled.ts';
import type { LabelledStructure } from '../src/labelled.ts';
import { prepareTrainingData } from '../src/trainingData.ts';
import type { TrainingData } from '../src/trainingData.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { withProducts } from './morseHessian.ts';
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

/** Sums of some ten float64 numbers of 20 eV, eV. */
const EXACT = 1e-10;
/** The same sums in another order, in float32, relative. */
const FLOAT32 = 1e-5;

/** Error of the energies of atoms with the term in the loss, over that without it. */
const LEARNED = 0.5;
/** The same of the energies of structures. */
const NO_CONFLICT = 1.3;
/** Of four steps each. */
const EPOCHS = 60;

const MODEL = { ...TINY_MODEL, interactions: 1 };
const WITH_TERM = { ...CONFIG, loss: { ...CONFIG.loss, nodeEnergies: 0.5 } };
/** Two of three structures have energies of their atoms. */
const NODES = inMemory(
  STRUCTURES.map((structure, k) => {
    const options = { periodic: k % 3 === 0, count: k % 5 === 0 ? 6 : 8 };
    return k % 3 === 1 ? structure : labelledStructure(k, { ...options, nodes: true });
  }),
);
const data = { dataset: NODES, split: SPLIT };

function prepare(
  structures: readonly LabelledStructure[],
  model: Record<string, unknown> = MODEL,
): Promise<TrainingData> {
  return prepareTrainingData({
    dataset: inMemory(structures),
    split: { train: structures.map((_, k) => k), validation: [] },
    config: parseTrainConfig({ model, steps: 1, loss: { forces: 0, nodeEnergies: 1 } }),
    baseline: undefined,
  });
}

/** Largest difference between the sum of the energies of atoms and the energy, both as trained on. */
function largestConflict({ train: set }: TrainingData): number {
  let largest = 0;
  for (let k = 0; k < set.length; k++) {
    const { energy, nodeEnergies } = set.get(k);
    if (energy === undefined || nodeEnergies === undefined) continue;
    largest = Math.max(largest, Math.abs(nodeEnergies.reduce((sum, e) => sum + e, 0) - energy));
  }
  return largest;
}

/** The structure with atoms of the first half of another element. */
function halved(structure: LabelledStructure): LabelledStructure {
  const { atoms } = structure;
  const numbers = atoms.numbers.map((_, i) => (2 * i < atoms.numbers.length ? 6 : 8));
  return { ...structure, atoms: createAtoms({ ...atoms, numbers }) };
}

describe('the choice of a teacher', () => {
  /** Energies of the atoms of two elements, of a teacher that deals out 4 eV from one to the other. */
  const salt = Array.from({ length: 6 }, (_, k): LabelledStructure => {
    const { atoms } = halved(labelledStructure(k));
    const energies = Float64Array.from(
      atoms.numbers,
      (z, i) => (z === 6 ? -11 : -19) + 0.1 * Math.sin(5 * k + i),
    );
    return { atoms, energy: energies.reduce((sum, e) => sum + e, 0), energies };
  });

  it('is not to be learned where amounts of elements never vary', async () => {
    const prepared = await prepare(salt);
    expect(largestConflict(prepared)).toBeLessThan(EXACT);
    for (let k = 0; k < salt.length; k++) {
      for (const energy of prepared.train.get(k).nodeEnergies!) {
        expect(Math.abs(energy)).toBeLessThan(0.3);
      }
    }
  });

  it('never sets the energies of atoms against those of structures', async () => {
    const nodes = Array.from({ length: 9 }, (_, k) => labelledStructure(k, { nodes: true }));
    // Compositions that determine both elements, and one in which only a part has the labels.
    expect(largestConflict(await prepare(nodes))).toBeLessThan(EXACT);
    const mixed = [...salt, labelledStructure(1), ...nodes.slice(2, 4)];
    expect(largestConflict(await prepare(mixed))).toBeLessThan(EXACT);
    const { train: set } = await prepare([...salt, labelledStructure(1)]);
    // Now the difference between the elements shows in the energies: it stays.
    const [first, last] = [set.get(0).nodeEnergies!, set.get(0).nodeEnergies!.slice(4)];
    expect(Math.abs(first[0] - last[0])).toBeGreaterThan(1);
  });
});

describe('labels', () => {
  const good = labelledStructure(4, { nodes: true });
  const energies = Float64Array.from(good.energies!);

  it.each([
    ['too few', energies.slice(1), /expected 8 energies of atoms, found 7/],
    ['NaN', energies.map((e, i) => (i === 2 ? NaN : e)), /finite energies of atoms/],
    ['of another zero', energies.map((e) => e + 1), /add up to the energy/],
  ])('that are %s name the structure', async (_, wrong, message) => {
    const refused = prepare([{ ...good, energies: wrong }]);
    await expect(refused).rejects.toThrow(LabelError);
    await expect(refused).rejects.toThrow(/structure 0: /);
    await expect(refused).rejects.toThrow(message);
  });

  it('are part of the hash of the data; data without them have the hash that they had', async () => {
    const { hash } = await prepare([good, labelledStructure(5)]);
    const moved = energies.slice();
    moved[0] += 1;
    moved[1] -= 1;
    const other = await prepare([{ ...good, energies: moved }, labelledStructure(5)]);
    expect(other.hash).not.toBe(hash);
  });

  it('lie beside products of the Hessian', async () => {
    const both = withProducts(good, 2);
    const { train: set } = await prepare([both, good]);
    const [first, second] = [set.get(0), set.get(1)];
    expect(first.nodeEnergies).toEqual(second.nodeEnergies);
    expect(first.hessianProducts!.products).toEqual(
      Float32Array.from(both.hessianProducts!.products),
    );
  });

  it('lose the repulsion of nuclei where the student adds it', async () => {
    // Closer than the sum of covalent radii, where the repulsion begins.
    const near = withPositions(
      good.atoms,
      good.atoms.positions.map((x) => 0.65 * x),
    );
    const structure = { atoms: near, energy: energies.reduce((a, b) => a + b), energies };
    const model = { ...MODEL, zbl: true, isolatedAtoms: 'baseline' };
    const [plain, zbl] = [await prepare([structure]), await prepare([structure], model)];
    expect(largestConflict(zbl)).toBeLessThan(EXACT);
    const list = neighborList(near, MODEL.cutoff);
    const repulsion = zblEnergy(near, list).energies;
    const of = (prepared: TrainingData): Float64Array => prepared.train.get(0).nodeEnergies!;
    const same = near.numbers.findIndex((z, i) => i > 0 && z === near.numbers[0]);
    const difference = (values: ArrayLike<number>): number => values[0] - values[same];
    expect(Math.abs(difference(repulsion))).toBeGreaterThan(1e-3);
    expect(difference(of(zbl))).toBeCloseTo(difference(of(plain)) - difference(repulsion), 9);
  });

  it('must be there where the loss has a weight for them, spelled right', async () => {
    await expect(prepare([labelledStructure(4)])).rejects.toThrow(/a weight for nodeEnergies/);
    expect(() => parseTrainConfig({ model: MODEL, steps: 1, loss: { nodeEnergy: 1 } })).toThrow(
      /did you mean "nodeEnergies"/,
    );
    const { loss } = parseTrainConfig({ model: MODEL, steps: 1 });
    expect(loss).not.toHaveProperty('nodeEnergies');
  });
});

describe('energies of atoms that are missing', () => {
  const config = parseTrainConfig({ model: MODEL, steps: 1, loss: { stress: 1, nodeEnergies: 1 } });
  const open = labelledStructure(1, { nodes: true });
  const crystal = labelledStructure(2, { periodic: true, nodes: true });
  const without = ({ atoms, energy, forces, stress }: LabelledStructure): LabelledStructure => ({
    atoms,
    energy,
    forces,
    stress,
  });
  const VARIANTS: Readonly<Record<string, LabelledStructure>> = {
    open,
    crystal,
    openWithout: without(open),
    crystalWithout: without(crystal),
    onlyNodes: { atoms: open.atoms, energies: open.energies },
    halfNodes: { atoms: open.atoms, energies: open.energies, weight: 0.5 },
    bare: { atoms: labelledStructure(3, { count: 5 }).atoms },
  };
  const FACTORS = { energy: 1, forces: 1, stress: 1, nodeEnergies: 1 };
  const WEIGHTS = { energy: 1, forces: 1, stress: 1, nodeEnergies: 0.25, factors: FACTORS };
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
    expect(loss).toEqual({ energy: 0, forces: 0, stress: 0, nodeEnergies: 0 });
  });

  it.each(['open', 'crystal'])('leave the step as it is without the term (%s)', async (name) => {
    const missing = await engine.gradientOf([[`${name}Without`]]);
    expect(missing.loss.nodeEnergies).toBe(0);
    const unweighted = await engine.gradientOf([[name]], {
      ...WEIGHTS,
      factors: { ...FACTORS, nodeEnergies: 0 },
    });
    expect(unweighted.gradient).toEqual(missing.gradient);
    expect(unweighted.loss.nodeEnergies).toBeGreaterThan(0);
    const { gradient } = await engine.gradientOf([[name]]);
    expect(gradient).not.toEqual(missing.gradient);
  });

  it('leave only the term that is there, times the weight of the structure', async () => {
    const only = await engine.gradientOf([['onlyNodes']]);
    const { loss } = await engine.gradientOf([['open']]);
    expect(only.loss).toEqual({ energy: 0, forces: 0, stress: 0, nodeEnergies: loss.nodeEnergies });
    const half = await engine.gradientOf([['halfNodes']]);
    expect(half.gradient).toEqual(only.gradient.map((value) => value / 2));
  });

  it('of one structure do not touch another in the same piece, nor atoms that fill up', async () => {
    const apart = await engine.gradientOf([['onlyNodes'], ['bare']]);
    const together = await engine.gradientOf([['onlyNodes', 'bare']]);
    const largest = Math.max(...apart.gradient.map(Math.abs));
    const error = Math.max(...apart.gradient.map((x, k) => Math.abs(x - together.gradient[k])));
    expect(error).toBeLessThan(FLOAT32 * largest);
  });
});

describe('a run with energies of atoms', () => {
  let whole: unknown;

  beforeAll(async () => {
    const { result, events, log } = await train(WITH_TERM, data);
    whole = fingerprint(result);
    for (const { point } of ofType(events, 'epoch')) {
      expect(point.nodeEnergyLoss).toBeGreaterThan(0);
      expect(point.validation!.node_energy_mae_meV).toBeGreaterThan(0);
    }
    expect(log.some(({ nodeEnergies }) => typeof nodeEnergies === 'number')).toBe(true);
  });

  it('ends in the same bits after a stop, on other numbers of workers', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(5, folder, { ...WITH_TERM, workers: 2 }, { dataset: NODES });
      const result = await (await Trainer.resume(run, { ...data, workers: 1 })).run();
      expect(fingerprint(result)).toEqual(whole);
    });
  });

  it('does not go on without them', async () => {
    await inFolder(async (folder) => {
      const run = await stopAt(1, folder, CONFIG, { dataset: NODES });
      const resumed = Trainer.resume(run, { dataset: DATASET, split: SPLIT });
      await expect(resumed).rejects.toThrow(ResumeMismatchError);
    });
  });

  it('is the run without them, bit for bit, in stages that give them no weight', async () => {
    const plain = await train({ epochs: 1 }, { dataset: DATASET, split: SPLIT });
    const stages = [{ until: 1, loss: { nodeEnergies: 0 } }];
    const staged = await train({ ...WITH_TERM, epochs: 1, stages }, data);
    const weights = ({ student }: typeof plain.result): unknown => [...student.parameters];
    expect(weights(staged.result)).toEqual(weights(plain.result));
    expect(plain.result.curve[0]).not.toHaveProperty('nodeEnergyLoss');
  });

  it('may end without the term', async () => {
    const stages = [{ until: 0.5 }, { loss: { nodeEnergies: 0 } }];
    const { events } = await train({ ...WITH_TERM, epochs: 2, stages }, data);
    const weights = ofType(events, 'stage').map(({ loss }) => loss.nodeEnergies);
    expect(weights.at(-1)).toBe(0);
  });
});

describe('energies of atoms are learned', () => {
  const learn = async (
    structures: readonly LabelledStructure[],
    nodeEnergies: number,
  ): Promise<{ energy: number; nodes: number }> => {
    const { result } = await train(
      {
        epochs: EPOCHS,
        batchSize: 8,
        loss: { energy: 1, forces: 10, ...(nodeEnergies > 0 ? { nodeEnergies } : {}) },
        optimizer: { learningRate: 1e-2 },
        schedule: { warmupSteps: 10 },
        ema: { decay: 0.98 },
        validation: { every: EPOCHS },
      },
      {
        dataset: inMemory(structures),
        split: {
          train: structures.slice(0, -12).map((_, k) => k),
          validation: Array.from({ length: 12 }, (_, k) => structures.length - 12 + k),
        },
      },
    );
    const metrics = result.metrics!;
    return { energy: metrics.energy_mae_meV_atom!, nodes: metrics.node_energy_mae_meV! };
  };

  it('from an analytic teacher, on structures that were never seen', async () => {
    const structures = Array.from({ length: 44 }, (_, k) => labelledStructure(k, { nodes: true }));
    const [off, on] = [await learn(structures, 0), await learn(structures, 5)];
    expect(on.nodes).toBeLessThan(LEARNED * off.nodes);
    expect(on.energy).toBeLessThan(NO_CONFLICT * off.energy);
  });

  it.each([
    ['compositions vary', labelledStructure],
    ['compositions never vary', (k: number) => halved(labelledStructure(k))],
  ])('from a student whose energies of elements are others: %s', async (_, make) => {
    const energies = new Float64Array(9);
    [energies[6], energies[8]] = [-3, 4];
    const teacher = await StudentCalculator.fromStudent({
      config: parseTrainConfig({ model: MODEL, steps: 1 }).model,
      parameters: initializeParameters(MODEL, 11),
      baseline: { energies, scale: 1, elements: [6, 8] },
      provenance: {},
    });
    const structures = await Promise.all(
      Array.from({ length: 44 }, async (_, k) => {
        const { atoms } = make(k);
        const {
          energy,
          energies: nodes,
          forces,
        } = await teacher.calculate(atoms, ['energy', 'energies', 'forces']);
        return { atoms, energy, energies: nodes, forces };
      }),
    );
    await teacher.dispose();
    const [off, on] = [await learn(structures, 0), await learn(structures, 5)];
    expect(on.nodes).toBeLessThan(LEARNED * off.nodes);
    expect(on.energy).toBeLessThan(NO_CONFLICT * off.energy);
  });
});
