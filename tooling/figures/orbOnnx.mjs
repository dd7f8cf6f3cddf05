// The Orb-v2 architecture in this process against orb-models in Python: agreement and time.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnnxTeacher } from '../../packages/teachers/dist/index.js';
import { waters } from './waters.mjs';

/** Calls of a measurement by number of atoms. */
const CALLS = { 3: 100, 22: 30, 100: 10, 500: 4 };
/** Sizes of the periodic structures that are compared as well, atoms. */
const PERIODIC = [24, 100];
const SEED = 0;
/** Between the calls of a measurement, Angstrom; as tooling/python/orb/answers.py moves. */
const MOVE = 1e-3;

/** Open clusters or boxes. */
const box = (count, periodic) => waters(count, { periodic, rattle: 0.05 });

/** Output of a script of tooling/python/orb, on one thread. */
function script({ root, python }, [name, ...args], input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [join(root, 'tooling', 'python', 'orb', name), ...args], {
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    let output = '';
    let said = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (said += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${name}: ${said.trim().split('\n').at(-1)}`));
    });
    child.stdin.end(input);
  });
}

/** Least time of a call with energy and forces, ms; positions change each time. */
async function latency(teacher, atoms, calls) {
  const moved = { ...atoms, positions: atoms.positions.slice() };
  let least = Infinity;
  for (let k = 0; k <= calls; k++) {
    for (let c = 0; c < 3; c++) moved.positions[c] += MOVE;
    const start = performance.now();
    await teacher.calculate(moved, ['energy', 'forces']);
    // The first call reserves memory.
    if (k > 0) least = Math.min(least, performance.now() - start);
  }
  return least;
}

const difference = (a, b) => a.reduce((most, x, k) => Math.max(most, Math.abs(x - b[k])), 0);

/** Largest differences between both, eV per atom, eV/Angstrom, eV/Angstrom^3. */
async function compare(teacher, cases) {
  const most = { de: 0, df: 0, ds: 0 };
  for (const { atoms, answer } of cases) {
    const periodic = atoms.pbc[0];
    const properties = ['energy', 'forces', ...(periodic ? ['stress'] : [])];
    const found = await teacher.calculate(atoms, properties);
    const energy = Math.abs(found.energy - answer.energy) / atoms.numbers.length;
    most.de = Math.max(most.de, energy);
    most.df = Math.max(most.df, difference(found.forces, answer.forces));
    if (periodic) most.ds = Math.max(most.ds, difference(found.stress, answer.stress));
  }
  return most;
}

/**
 * Exports the whole architecture, 15 steps, with random weights.
 *
 * @param options.python interpreter of the environment `torch`
 * @param options.folder where its files go
 * @returns the potential for `OnnxTeacher` and its weights
 */
export async function exportOrb({ root, python, folder }) {
  const tools = { root, python };
  const weights = join(folder, 'weights.ckpt');
  const path = join(folder, 'orb.onnx');
  await script(tools, ['random_weights.py', 'orb-v2', String(SEED), weights]);
  const name = 'orb-v2-architecture-random-weights';
  await script(tools, ['export.py', '--weights', weights, '--name', name, path]);
  return { path, weights };
}

/**
 * Exports it and asks both the same.
 *
 * @param python interpreter of the environment `torch`
 * @returns flat figures: `orb_onnx_max_*` and `latency_ms_orb_{onnx,python}_{atoms}`
 */
export async function orbOnnx({ root, python }) {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-orb-'));
  const tools = { root, python };
  try {
    const { path, weights } = await exportOrb({ root, python, folder });
    const sizes = Object.keys(CALLS).map(Number);
    const structures = [
      ...sizes.map((count) => ({ atoms: box(count, false), repeats: CALLS[count] })),
      ...PERIODIC.map((count) => ({ atoms: box(count, true), repeats: 0 })),
    ];
    const question = structures.map(({ atoms, repeats }) => ({
      numbers: [...atoms.numbers],
      positions: [...atoms.positions],
      cell: [...atoms.cell],
      pbc: atoms.pbc,
      repeats,
    }));
    const asked = JSON.stringify(question);
    const answers = JSON.parse(await script(tools, ['answers.py', 'orb-v2', weights], asked));
    const teacher = await OnnxTeacher.load(path);
    const cases = structures.map(({ atoms }, k) => ({ atoms, answer: answers[k] }));
    const { de, df, ds } = await compare(teacher, cases);
    const figures = { orb_onnx_max_de_per_atom: de, orb_onnx_max_df: df, orb_onnx_max_ds: ds };
    for (const [k, size] of sizes.entries()) {
      const time = await latency(teacher, structures[k].atoms, CALLS[size]);
      figures[`latency_ms_orb_onnx_${size}`] = time;
      figures[`latency_ms_orb_python_${size}`] = answers[k].milliseconds;
    }
    await teacher.dispose();
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
