// SevenNet-0 exported to ONNX, in this process, against the original in Python: differences and times.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAtoms, Rng } from '../../packages/core/dist/index.js';
import { PythonTeacher } from '../../packages/teachers/dist/index.js';
import { OnnxTeacher } from '../../packages/teachers/dist/onnx/onnxTeacher.js';

const MODEL = '7net-0';
/** Calls of one size end after so many seconds, but not before the second. */
const SECONDS = 10;
const CALLS = 40;
const LEAST_CALLS = 2;

/** Largest difference of two lists of numbers; NaN if any is. */
const apart = (a, b) => Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])));

const hasStress = ({ cell, pbc }) => pbc.every(Boolean) && cell.some((x) => x !== 0);

/** Largest differences: energy eV/atom, forces eV/Angstrom, stress eV/Angstrom^3. */
async function differences(own, original, cases) {
  const largest = { structures: cases.length, energy: 0, forces: 0, stress: 0 };
  for (const structure of cases) {
    const atoms = createAtoms(structure);
    const wanted = ['energy', 'forces', ...(hasStress(structure) ? ['stress'] : [])];
    const a = await own.calculate(atoms, wanted);
    const b = await original.calculate(atoms, wanted);
    const energy = Math.abs(a.energy - b.energy) / atoms.numbers.length;
    largest.energy = Math.max(largest.energy, energy);
    largest.forces = Math.max(largest.forces, apart(a.forces, b.forces));
    if (a.stress !== undefined) {
      largest.stress = Math.max(largest.stress, apart(a.stress, b.stress));
    }
  }
  return largest;
}

/**
 * Least and median times of a call with energy and forces, ms. All positions change each time, and
 * the teachers take turns, so that other work on the machine disturbs both alike.
 */
async function latencies(teachers, atoms) {
  const rng = new Rng(1, 'rattle', atoms.numbers.length);
  const times = teachers.map(() => []);
  const started = performance.now();
  for (let k = -1; k < CALLS; k++) {
    const positions = atoms.positions.map((x) => x + 0.01 * rng.normal());
    for (const [t, teacher] of teachers.entries()) {
      const start = performance.now();
      await teacher.calculate({ ...atoms, positions }, ['energy', 'forces']);
      // The first call of a size allocates.
      if (k >= 0) times[t].push(performance.now() - start);
    }
    if (k + 1 >= LEAST_CALLS && performance.now() - started > 1000 * SECONDS) break;
  }
  return times.map((list) => {
    list.sort((a, b) => a - b);
    return { least: list[0], median: list[Math.floor(list.length / 2)], calls: list.length };
  });
}

/**
 * Exports SevenNet-0 with the weights in its package, and compares the file with
 * `SevenNetCalculator` on the structures of tooling/python/sevennet/structures.py, both on one thread.
 *
 * @param options.python interpreter with sevenn and onnx
 * @returns largest differences, and per size `{ atoms, onnx, original }` with times in ms
 */
export async function sevennetOnnx({ root, python }) {
  const scripts = join(root, 'tooling', 'python', 'sevennet');
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-sevennet-'));
  const script = (name, ...args) =>
    execFileSync(python, [join(scripts, name), ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
    });
  const teachers = [];
  try {
    const file = join(folder, 'sevennet-0.onnx');
    script('export.py', '--model', MODEL, file);
    const { cases, timed } = JSON.parse(script('structures.py'));
    const own = await OnnxTeacher.load(file);
    teachers.push(own);
    const original = await PythonTeacher.start({
      calculator: 'sevenn.calculator:SevenNetCalculator',
      args: { model: MODEL, device: 'cpu' },
      python,
      threads: 1,
    });
    teachers.push(original);
    const largest = await differences(own, original, cases);
    const latency = [];
    for (const structure of timed) {
      const atoms = createAtoms(structure);
      const [onnx, reference] = await latencies(teachers, atoms);
      latency.push({ atoms: atoms.numbers.length, onnx, original: reference });
    }
    return { model: own.name, ...largest, latency };
  } finally {
    for (const teacher of teachers) await teacher.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}
