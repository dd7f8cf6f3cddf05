import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { neighborList } from '@mlffd/core';
import { StudentCalculator, zblEnergy } from '@mlffd/student';
import { evaluateStudent, inMemory, prepareTrainingData, Trainer } from '@mlffd/train';
import { parseTrainConfig } from '../src/configSchema.ts';
import { TINY_MODEL } from './morse.ts';
import { CONFIG, inFolder, SPLIT, STRUCTURES } from './runs.ts';

/** Labels are stored in float32, eV/Angstrom. */
const STORED = 1e-5;
/** Of all lengths. */
const SQUEEZE = 0.6;
/** The same network twice in float32, relative. */
const SAME = 1e-4;

const MODEL = { ...TINY_MODEL, interactions: 1, zbl: true, zblReach: 0.9 } as const;
const INPUT = { ...CONFIG, model: MODEL, epochs: 1 };
/** Structures whose atoms are near enough to repel. */
const NEAR = STRUCTURES.map((structure) => {
  const { atoms } = structure;
  const [positions, cell] = [atoms.positions, atoms.cell].map((values) =>
    values.map((x) => SQUEEZE * x),
  );
  return { ...structure, atoms: { ...atoms, positions, cell } };
});

it('takes the repulsion of nuclei off the labels, not off the dataset', async () => {
  const forcesBefore = NEAR.map(({ forces }) => forces!.slice());
  const data = await prepareTrainingData({
    dataset: inMemory(NEAR),
    split: SPLIT,
    config: parseTrainConfig(INPUT),
    baseline: { energies: new Float64Array(100), scale: 1, elements: [6, 8] },
    onEvent: () => undefined,
    signal: undefined,
  });
  let shorter = 0;
  Array.from(SPLIT.train).forEach((index, k) => {
    const { atoms, energy, forces } = NEAR[index];
    const zbl = zblEnergy(atoms, neighborList(atoms, MODEL.cutoff), { reach: MODEL.zblReach });
    if (zbl.energy !== zblEnergy(atoms, neighborList(atoms, MODEL.cutoff)).energy) shorter += 1;
    const found = data.train.get(k);
    expect(found.energy).toBeCloseTo(energy! - zbl.energy, 9);
    forces!.forEach((f, c) => {
      expect(Math.abs(found.forces![c] - (f - zbl.forces[c]))).toBeLessThan(STORED);
    });
    expect(forces).toEqual(forcesBefore[index]);
  });
  // Otherwise the reach was not tested.
  expect(shorter).toBeGreaterThan(0);
});

it('and the calculator adds it again: both sides measure the same error', async () => {
  await inFolder(async (folder) => {
    const trainer = await Trainer.create({
      dataset: inMemory(NEAR),
      split: SPLIT,
      config: INPUT,
      folder: join(folder, 'run'),
    });
    const { student, metrics } = await trainer.run();
    expect(student.config).toMatchObject({ zbl: true, zblReach: 0.9 });
    const calculator = await StudentCalculator.fromStudent(student);
    const indices = Array.from(SPLIT.validation);
    const own = await evaluateStudent(calculator, inMemory(NEAR), { indices });
    await calculator.dispose();
    for (const name of ['force_mae_meV_A', 'energy_mae_meV_atom'] as const) {
      expect(Math.abs(own[name]! / metrics![name]! - 1)).toBeLessThan(SAME);
    }
  });
});
