import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { neighborList } from '@mlffd/core';
import { StudentCalculator, zblEnergy } from '@mlffd/student';
import { evaluateStudent, inMemory, prepareTrainingData, Trainer } from '@mlffd/train';
import { parseTrainConfig } from '../src/configSchema.ts';
import { TINY_MODEL } from './morse.ts';
import { CONFIG, DATASET, inFolder, SPLIT, STRUCTURES } from './runs.ts';

/** Labels are stored in float32, eV/Angstrom. */
const STORED = 1e-5;
/** The same network twice in float32, relative. */
const SAME = 1e-4;

const MODEL = { ...TINY_MODEL, interactions: 1, zbl: true, isolatedAtoms: 'baseline' } as const;
const INPUT = { ...CONFIG, model: MODEL, epochs: 1 };

it('takes the repulsion of nuclei off the labels, not off the dataset', async () => {
  const forcesBefore = STRUCTURES.map(({ forces }) => forces!.slice());
  const data = await prepareTrainingData({
    dataset: DATASET,
    split: SPLIT,
    config: parseTrainConfig(INPUT),
    baseline: { energies: new Float64Array(100), scale: 1, elements: [6, 8] },
    onEvent: () => undefined,
    signal: undefined,
  });
  Array.from(SPLIT.train).forEach((index, k) => {
    const { atoms, energy, forces } = STRUCTURES[index];
    const zbl = zblEnergy(atoms, neighborList(atoms, MODEL.cutoff));
    const found = data.train.get(k);
    expect(found.energy).toBeCloseTo(energy! - zbl.energy, 9);
    forces!.forEach((f, c) => {
      expect(Math.abs(found.forces![c] - (f - zbl.forces[c]))).toBeLessThan(STORED);
    });
    expect(forces).toEqual(forcesBefore[index]);
  });
});

it('and the calculator adds it again: both sides measure the same error', async () => {
  await inFolder(async (folder) => {
    const trainer = await Trainer.create({
      dataset: inMemory(STRUCTURES),
      split: SPLIT,
      config: INPUT,
      folder: join(folder, 'run'),
    });
    const { student, metrics } = await trainer.run();
    expect(student.config).toMatchObject({ zbl: true, isolatedAtoms: 'baseline' });
    const calculator = await StudentCalculator.fromStudent(student);
    const indices = Array.from(SPLIT.validation);
    const own = await evaluateStudent(calculator, DATASET, { indices });
    await calculator.dispose();
    for (const name of ['force_mae_meV_A', 'energy_mae_meV_atom'] as const) {
      expect(Math.abs(own[name]! / metrics![name]! - 1)).toBeLessThan(SAME);
    }
  });
});
