// Figures of potentials in Python: CHGNet against its original, and times of a call.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAtoms, Rng } from '../../packages/core/dist/index.js';
import {
  ChgnetCalculator,
  PYTHON_PRESETS,
  PythonTeacher,
} from '../../packages/teachers/dist/index.js';
import { latencies } from './waters.mjs';

/** Prototypes: fractional positions, and the edges of the cell over its first one. */
const PROTOTYPES = {
  rocksalt: { at: ['A 0 0 0', 'A 0 .5 .5', 'A .5 0 .5', 'A .5 .5 0', 'B .5 0 0', 'B 0 .5 0', 'B 0 0 .5', 'B .5 .5 .5'] },
  zincblende: { at: ['A 0 0 0', 'A 0 .5 .5', 'A .5 0 .5', 'A .5 .5 0', 'B .25 .25 .25', 'B .25 .75 .75', 'B .75 .25 .75', 'B .75 .75 .25'] },
  fluorite: { at: ['A 0 0 0', 'A 0 .5 .5', 'A .5 0 .5', 'A .5 .5 0', 'B .25 .25 .25', 'B .25 .75 .75', 'B .75 .25 .75', 'B .75 .75 .25', 'B .75 .75 .75', 'B .75 .25 .25', 'B .25 .75 .25', 'B .25 .25 .75'] },
  caesium: { at: ['A 0 0 0', 'B .5 .5 .5'] },
  perovskite: { at: ['A 0 0 0', 'B .5 .5 .5', 'C .5 .5 0', 'C .5 0 .5', 'C 0 .5 .5'] },
  rutile: { at: ['A 0 0 0', 'A .5 .5 .5', 'B .305 .305 0', 'B .695 .695 0', 'B .195 .805 .5', 'B .805 .195 .5'], edges: [1, 1, 0.644] },
  fcc: { at: ['A 0 0 0', 'A 0 .5 .5', 'A .5 0 .5', 'A .5 .5 0'] },
  bcc: { at: ['A 0 0 0', 'A .5 .5 .5'] },
}; // prettier-ignore

/** Prototype, elements, edge in Angstrom. */
const CRYSTALS = [
  ['rocksalt', ['Na', 'Cl'], 5.64],
  ['rocksalt', ['Mg', 'O'], 4.21],
  ['rocksalt', ['Li', 'F'], 4.03],
  ['rocksalt', ['Ti', 'C'], 4.33],
  ['zincblende', ['Zn', 'S'], 5.41],
  ['zincblende', ['Ga', 'As'], 5.65],
  ['zincblende', ['Si', 'Si'], 5.43],
  ['fluorite', ['Ca', 'F'], 5.46],
  ['fluorite', ['Zr', 'O'], 5.09],
  ['caesium', ['Cs', 'Cl'], 4.12],
  ['caesium', ['Ni', 'Al'], 2.89],
  ['perovskite', ['Sr', 'Ti', 'O'], 3.91],
  ['perovskite', ['Ba', 'Zr', 'O'], 4.19],
  ['perovskite', ['K', 'Mg', 'F'], 3.99],
  ['rutile', ['Ti', 'O'], 4.59],
  ['rutile', ['Sn', 'O'], 4.74],
  ['fcc', ['Cu'], 3.61],
  ['fcc', ['Pt'], 3.92],
  ['bcc', ['Fe'], 2.87],
  ['bcc', ['W'], 3.16],
];

/** A crystal that is strained by some percent and rattled. */
function crystal([prototype, elements, edge], k) {
  const rng = new Rng(1, 'crystals', k);
  const { at, edges = [1, 1, 1] } = PROTOTYPES[prototype];
  const cell = Array.from({ length: 9 }, (_, i) => {
    const straight = i % 4 === 0 ? edges[i / 4] : 0;
    return edge * (straight + 0.02 * rng.normal());
  });
  const sites = at.map((text) => text.split(' '));
  const symbols = sites.map(([letter]) => elements['ABC'.indexOf(letter)]);
  const positions = sites.flatMap(([, ...fractions]) =>
    [0, 1, 2].map(
      (c) =>
        fractions.reduce((sum, f, a) => sum + Number(f) * cell[3 * a + c], 0) + 0.05 * rng.normal(),
    ),
  );
  return createAtoms({ symbols, positions, cell, pbc: true });
}

/**
 * Largest differences between `ChgnetCalculator` and the original in Python, as it is.
 *
 * @param options.python interpreter with chgnet
 * @returns energy in eV/atom, forces in eV/Angstrom, stress in eV/Angstrom^3, and how many structures
 */
export async function chgnetMaxDifference({ python }) {
  const own = await ChgnetCalculator.load();
  const original = await PythonTeacher.start({
    calculator: 'chgnet.model.dynamics:CHGNetCalculator',
    args: { use_device: 'cpu' },
    python,
  });
  const largest = { structures: 0, atoms: 0, energy: 0, forces: 0, stress: 0 };
  const apart = (a, b) => Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])));
  try {
    for (const [k, entry] of CRYSTALS.entries()) {
      const atoms = crystal(entry, k);
      const wanted = ['energy', 'forces', 'stress'];
      const a = await own.calculate(atoms, wanted);
      const b = await original.calculate(atoms, wanted);
      const count = atoms.numbers.length;
      largest.structures += 1;
      largest.atoms += count;
      largest.energy = Math.max(largest.energy, Math.abs(a.energy - b.energy) / count);
      largest.forces = Math.max(largest.forces, apart(a.forces, b.forces));
      largest.stress = Math.max(largest.stress, apart(a.stress, b.stress));
    }
  } finally {
    await original.dispose();
    await own.dispose();
  }
  return largest;
}

/**
 * Times of potentials in Python on one thread, by size. ANI-2x and MACE have weights that were never
 * trained, in networks of the size of ANI-2x and of MACE-MP-0 medium: times do not depend on them.
 *
 * @param options.root folder of the repository
 * @param options.torch interpreter with sevenn, chgnet and torchani; left out without
 * @param options.mace interpreter with mace-torch; left out without
 * @returns rows of name, ms by number of atoms, properties and the number of elements
 */
export async function pythonLatencies({ root, torch, mace }) {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-potentials-'));
  const scripts = join(root, 'tooling', 'python', 'potentials');
  const weights = async (python, script, ...args) => {
    const path = join(folder, `${script}.weights`);
    await promisify(execFile)(python, [join(scripts, script), path, ...args]);
    return path;
  };
  const rows = [];
  try {
    for (const { calculator, python, random } of [
      { calculator: 'sevenn.calculator:SevenNetCalculator', python: torch },
      { calculator: 'mlffd_calculators.chgnet:chgnet', python: torch },
      { calculator: 'mlffd_calculators.ani:ani2x', python: torch, random: ['random_ani.py'] },
      {
        calculator: 'mlffd_calculators.mace:mace_mp',
        python: mace,
        random: ['random_mace.py', 'medium'],
      },
    ]) {
      if (python === undefined) continue;
      const [preset] = Object.entries(PYTHON_PRESETS).find(
        ([, one]) => one.calculator === calculator,
      );
      const args = random === undefined ? {} : { weights: await weights(python, ...random) };
      const teacher = await PythonTeacher.start({ preset, python, args, threads: 1 });
      const times = await latencies(teacher).finally(() => teacher.dispose());
      const { properties, elements } = teacher;
      rows.push({ name: preset, times, properties, elements: elements?.length });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}
