// Figures of FeNNol as a teacher, with random parameters: whether answers are its own, and what they cost.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAtoms } from '../../packages/core/dist/index.js';
import { FennolTeacher } from '../../packages/teachers/dist/python/fennolTeacher.js';
import { leastTime, SIZES, waters } from './waters.mjs';

const run = promisify(execFile);
const KINDS = ['molecule', 'crystal', 'charged', 'angular'];

/** What a script of tooling/python/fennol prints, with one thread. */
async function script({ root, python }, name, ...args) {
  const path = join(root, 'tooling', 'python', 'fennol', name);
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  const { stdout } = await run(python, [path, ...args], { env, maxBuffer: 2 ** 24 });
  return stdout;
}

async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'mlffd-fennol-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const largest = (found, expected, scale = 1) =>
  expected.reduce((worst, x, k) => Math.max(worst, Math.abs(found[k] - x) / scale), 0);

/**
 * Largest differences between FennolTeacher and FENNIXCalculator, asked directly, with the same files
 * on molecules, crystals, single atoms and ions.
 */
export async function fennolMaxDifference({ root, python, precision = 'float64' }) {
  return inFolder(async (folder) => {
    await script({ root, python }, 'reference.py', folder, precision, ...KINDS);
    const { structures, answers } = JSON.parse(await readFile(join(folder, 'answers.json')));
    const worst = { energy_eV_atom: 0, forces_eV_A: 0, stress: 0 };
    for (const kind of KINDS) {
      const model = join(folder, `${kind}.fnx`);
      const teacher = await FennolTeacher.start({ model, precision, python });
      for (const answer of answers.filter(({ model: name }) => name === kind)) {
        const atoms = createAtoms(structures[answer.structure]);
        const wanted = ['energy', 'forces', ...(answer.stress === undefined ? [] : ['stress'])];
        const { energy, forces, stress } = await teacher.calculate(atoms, wanted);
        const found = {
          energy_eV_atom: largest([energy], [answer.energy], atoms.numbers.length),
          forces_eV_A: largest(forces, answer.forces.flat()),
          stress: largest(stress ?? [], answer.stress ?? []),
        };
        for (const name of Object.keys(worst)) worst[name] = Math.max(worst[name], found[name]);
      }
      await teacher.dispose();
    }
    return { ...worst, structures: answers.length };
  });
}

/** Atoms as JSON can hold them. */
const lists = ({ numbers, positions, cell, pbc }) => ({
  numbers: [...numbers],
  positions: [...positions],
  cell: [...cell],
  pbc,
});

/**
 * Least ms of a call by the number of atoms, one core: of the teacher, and of FENNIXCalculator in Python
 * without a process in between. PaiNN of 128 features, three layers and 5 Angstrom; water in a periodic box.
 */
export async function latencies({ root, python }) {
  return inFolder(async (folder) => {
    const model = join(folder, 'wide.fnx');
    await script({ root, python }, 'make_model.py', 'wide', model);
    const structures = SIZES.map((count) => waters(count, { filler: 2 }));
    const list = join(folder, 'structures.json');
    await writeFile(list, JSON.stringify(structures.map(lists)));
    const alone = JSON.parse(await script({ root, python }, 'latency.py', model, list));
    const teacher = await FennolTeacher.start({ model, python });
    const times = {};
    const direct = {};
    for (const [k, structure] of structures.entries()) {
      times[SIZES[k]] = await leastTime(teacher, structure, { seconds: 10 });
      direct[SIZES[k]] = alone[k];
    }
    await teacher.dispose();
    return { times, direct };
  });
}
