// The three systems: which teacher, which student, where dynamics start.
import { join } from 'node:path';
import { createAtoms } from '../../../packages/core/dist/index.js';
import { Dataset, packBox, rocksalt } from '../../../packages/data/dist/index.js';

const WATER = createAtoms({
  symbols: ['O', 'H', 'H'],
  positions: [0, 0, 0.119, 0, 0.763, -0.477, 0, -0.763, -0.477],
});

/** The first conformer of the dataset. */
async function firstStructure(data) {
  const dataset = await Dataset.open(join(data, 'dataset.h5'));
  try {
    return dataset.get(0).atoms;
  } finally {
    dataset.close();
  }
}

/**
 * Their `variant` is a student to compare with, `presets` are sizes to validate, their `key` is part of the names of figures, of the recipes and of the training configurations. */
export const SYSTEMS = [
  {
    key: 'molecule',
    title: 'alanine dipeptide',
    teacher: 'gfn2-xtb',
    teacherName: 'GFN2-xTB',
    preset: 'tiny',
    presets: ['ultra-tiny', 'tiny', 'original'],
    variant: {
      key: 'softening',
      folder: 'sharp',
      student: { normSoftening: 1e-4 },
      labels: ['1e-4 (schnetpack)', 'of the preset'],
    },
    temperature: 300,
    bonds: true,
    start: firstStructure,
  },
  {
    key: 'crystal',
    title: 'rock salt',
    teacher: 'chgnet',
    teacherName: 'CHGNet',
    preset: 'tiny',
    temperature: 600,
    bonds: false,
    start: () => rocksalt(['Na', 'Cl'], 5.69, { repeat: [2, 2, 2] }),
  },
  {
    key: 'water',
    title: 'liquid water',
    teacher: 'chgnet',
    teacherName: 'CHGNet',
    recipes: ['recipe', 'far.recipe'],
    maxForce: 30,
    preset: 'ultra-tiny',
    temperature: 300,
    bonds: true,
    start: () => packBox({ molecules: [{ atoms: WATER, count: 64 }], density: 1, seed: 5 }),
  },
];
