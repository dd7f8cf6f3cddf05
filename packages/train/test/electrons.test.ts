import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Dataset, writeDataset } from '@mlffd/data';
import { initializeParameters, StudentCalculator } from '@mlffd/student';
import { evaluateStudent, inMemory, LabelError, prepareTrainingData, Trainer } from '@mlffd/train';
import type {
  LabelledSet,
  LabelledStructure,
  TrainConfigInput,
  TrainEvent,
  TrainingData,
} from '@mlffd/train';
import { parseTrainConfig } from '../src/configSchema.ts';
import { ION_CONFIG, ION_SET, ION_SPLIT, IONS, STATES } from './charged.ts';
import { fingerprint, inFolder, ofType, train } from './runs.ts';

/** The same network twice in float32, relative. */
const SAME = 1e-4;

async function prepare(
  dataset: LabelledSet,
  model: Partial<TrainConfigInput['model']>,
  events: TrainEvent[] = [],
): Promise<TrainingData> {
  return prepareTrainingData({
    dataset,
    split: ION_SPLIT,
    config: parseTrainConfig({ ...ION_CONFIG, model: { ...ION_CONFIG.model, ...model } }),
    baseline: undefined,
    onEvent: (event) => events.push(event),
    signal: undefined,
  });
}

/** The structures with other atoms, by number. */
function changed(change: (atoms: LabelledStructure['atoms'], k: number) => object): LabelledSet {
  return inMemory(
    IONS.map((structure, k) => ({
      ...structure,
      atoms: { ...structure.atoms, ...change(structure.atoms, k) },
    })),
  );
}

const bare = changed(() => ({ charge: undefined, spin: undefined }));
const codes = (events: readonly TrainEvent[]): string[] =>
  ofType(events, 'warning')
    .map(({ code }) => code)
    .filter((code) => /charge|spin/.test(code));

describe('prepared structures', () => {
  it('carry charge and spin, zero where there is none', async () => {
    const { train: set } = await prepare(ION_SET, {});
    ION_SPLIT.train.forEach((index, k) => {
      const { charge, spin } = IONS[index].atoms;
      expect(set.get(k)).toMatchObject({ charge, spin });
    });
    expect((await prepare(bare, {})).train.get(0)).toMatchObject({ charge: 0, spin: 0 });
  });

  it('change the hash of the data only where the student knows what changed', async () => {
    const off = { charge: false, spin: false };
    const hashes = await Promise.all([
      prepare(ION_SET, {}),
      prepare(bare, {}),
      prepare(ION_SET, { spin: false }),
      prepare(ION_SET, off),
    ]);
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(4);
    expect((await prepare(bare, off)).hash).toBe(hashes[3].hash);
    // Neutral is neutral, whether it is said or not.
    const said = await prepare(
      changed(() => ({ charge: 0, spin: 0 })),
      {},
    );
    expect(said.hash).toBe(hashes[1].hash);
  });

  it.each([
    [{ charge: 0.5 }, 'structure 4, charge'],
    [{ charge: NaN }, 'structure 4, charge'],
    [{ spin: 1.5 }, 'structure 4, spin'],
    [{ spin: -1 }, 'structure 4, spin'],
  ])('are refused with %o, by number', async (values, where) => {
    const wrong = changed((_, k) => (k === 4 ? values : {}));
    const error: unknown = await prepare(wrong, {}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LabelError);
    expect(error).toMatchObject({ where, found: String(Object.values(values)[0]) });
  });
});

describe('a warning', () => {
  it('says that no structure has a charge or a spin although the student knows them', async () => {
    const events: TrainEvent[] = [];
    await prepare(bare, {}, events);
    expect(codes(events)).toEqual(['charge-missing', 'spin-missing']);
    expect(ofType(events, 'warning')[0].message).toContain('check the key "charge"');
  });

  it('says that charges or spins differ although the student does not know them', async () => {
    const events: TrainEvent[] = [];
    await prepare(ION_SET, { charge: false, spin: false }, events);
    expect(codes(events)).toEqual(['charge-ignored', 'spin-ignored']);
    expect(ofType(events, 'warning')[0].message).toContain('(-1, 1)');
  });

  it('is not given where all is well', async () => {
    const events: TrainEvent[] = [];
    await prepare(ION_SET, {}, events);
    const constant = changed(() => ({ charge: 1, spin: 1 }));
    await prepare(constant, { charge: false, spin: false }, events);
    expect(codes(events)).toEqual([]);
  });
});

describe('training on ions', () => {
  it('ends in the same bits with workers and streamed', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'set.h5');
      const labelled = IONS.map(({ atoms, energy = 0, forces, stress }, k) => ({
        atoms,
        meta: { id: `s${k}`, group: `s${k}`, source: 'test' },
        energy,
        forces: Float64Array.from(forces!),
        ...(stress === undefined ? {} : { stress: Float64Array.from(stress) }),
      }));
      await writeDataset(path, labelled, { teacher: 'morse' });
      const dataset = await Dataset.open(path);
      const inputs = { dataset, split: ION_SPLIT };
      const expected = fingerprint((await train(ION_CONFIG, inputs)).result);
      for (const how of [{ workers: 2 }, { stream: true, workers: 2 }]) {
        const { result } = await train({ ...ION_CONFIG, ...how }, inputs);
        expect(fingerprint(result)).toEqual(expected);
      }
      dataset.close();
    });
  });

  // Geometries twice, with forces that differ by a factor of 3: half the forces is the least error
  // that a student can have that does not know which of the two it is.
  it('tells two charge states apart, only with the option', async () => {
    const long: TrainConfigInput = {
      ...ION_CONFIG,
      loss: { stress: 0 },
      epochs: 40,
      batchSize: 3,
      optimizer: { learningRate: 1e-2 },
      ema: { decay: 0.9 },
      validation: { every: 20 },
    };
    const inputs = { dataset: STATES, split: ION_SPLIT };
    const { result } = await train(long, inputs);
    const plain = { ...ION_CONFIG.model, charge: false };
    const { result: blind } = await train({ ...long, model: plain }, inputs);
    const [found, floor] = [result, blind].map(({ metrics }) => metrics!.force_mae_meV_A!);
    expect(found).toBeLessThan(0.4 * floor);

    // The trainer's own predictions are those of a calculator.
    const calculator = await StudentCalculator.fromStudent(result.student);
    const own = await evaluateStudent(calculator, STATES, { indices: ION_SPLIT.validation });
    await calculator.dispose();
    for (const name of ['force_mae_meV_A', 'energy_mae_meV_atom'] as const) {
      expect(Math.abs(own[name]! / result.metrics![name]! - 1)).toBeLessThan(SAME);
    }
  });

  it.each([
    ['without the option', { charge: false }],
    ['with another softening', { normSoftening: 0.1 }],
  ])('refuses to go on from a student %s', async (_, change) => {
    const model = { ...ION_CONFIG.model, ...change };
    const initial = {
      config: model,
      parameters: initializeParameters(model, 1),
      baseline: { energies: new Float64Array(9), scale: 1, elements: [6, 8] },
      provenance: {},
    };
    await inFolder(async (folder) => {
      const trainer = Trainer.create({
        dataset: ION_SET,
        split: ION_SPLIT,
        config: ION_CONFIG,
        folder: join(folder, 'run'),
        initial,
      });
      await expect(trainer).rejects.toMatchObject({ code: 'train/initial-model' });
    });
  });
});
