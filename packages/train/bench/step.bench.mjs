import { spawnSync } from 'node:child_process';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAtoms, Rng } from '@mlffd/core';
import { initializeParameters, parameterSpecs } from '@mlffd/student';
import {
  createEngine,
  inMemory,
  layoutParameters,
  gradientPieces,
  packParameters,
  parseTrainConfig,
  prepareTrainingData,
} from '@mlffd/train';
import { aspirin } from '../../student/bench/structures.mjs';

const STRUCTURES = 16;
/** Thermal displacements, Angstrom: structures as in a trajectory at room temperature. */
const RATTLE = 0.05;
const SECONDS = 4;
const WARM_UP = 3;
const ROUNDS = 2;

const SIZES = [
  ['32x2', { features: 32, interactions: 2, count: 10 }],
  ['64x2', { features: 64, interactions: 2, count: 20 }],
  ['128x3', { features: 128, interactions: 3, count: 20 }],
];

/** 16 rattled molecules of aspirin, 21 atoms each. */
function batch() {
  const { numbers, positions } = aspirin();
  return Array.from({ length: STRUCTURES }, (_, k) => {
    const rng = new Rng(k, 'rattle');
    return createAtoms({ numbers, positions: positions.map((x) => x + RATTLE * rng.normal()) });
  });
}

const modelOf = ({ features, interactions, count }) => ({
  features,
  interactions,
  radialBasis: { type: 'bessel', count },
  cutoff: 5,
  cutoffFunction: 'cosine',
});

/** Fastest of many steps, ms: gradient of energy and force loss, edge layout included, no optimiser. */
async function measure(size, workers, seconds) {
  const structures = batch().map((atoms) => ({
    atoms,
    energy: 0,
    forces: new Float64Array(3 * atoms.numbers.length),
  }));
  const config = parseTrainConfig({
    model: modelOf(size),
    steps: 1,
    batchSize: STRUCTURES,
    workers,
    validation: { metric: 'energy_mae_meV_atom' },
  });
  const data = await prepareTrainingData({
    dataset: inMemory(structures),
    split: { train: structures.map((_, k) => k), validation: [] },
    config,
    baseline: { energies: new Float64Array(100), scale: 1, elements: [1, 6, 8] },
  });
  const layout = layoutParameters(parameterSpecs(config.model));
  const parameters = new Float32Array(new SharedArrayBuffer(4 * layout.length));
  packParameters(layout, initializeParameters(config.model, 0), parameters);
  const engine = await createEngine({ config, data, layout, parameters });
  const all = Int32Array.from(structures.keys());
  const pieces = gradientPieces(all, data.train.columns, config.microBatchEdges);
  const weights = {
    energy: 1 / STRUCTURES,
    forces: 1 / (STRUCTURES * 63),
    stress: 0,
    factors: config.loss,
  };
  try {
    for (let k = 0; k < WARM_UP; k++) await engine.gradient(pieces, weights);
    let fastest = Infinity;
    const end = performance.now() + 1000 * seconds;
    while (performance.now() < end) {
      const start = performance.now();
      await engine.gradient(pieces, weights);
      fastest = Math.min(fastest, performance.now() - start);
    }
    return fastest;
  } finally {
    await engine.close();
  }
}

/** Fastest step of schnetpack by size, ms: forward, forces, loss, backward. */
function schnetpack(python, threads, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'step-bench-'));
  const script = fileURLToPath(
    new URL('../../../tooling/python/schnetpack/bench.py', import.meta.url),
  );
  const request = join(folder, 'request.json');
  const train = batch().map(({ numbers, positions }) => ({
    name: 'aspirin',
    numbers: [...numbers],
    positions: [...positions],
  }));
  const configs = SIZES.map(([name, size]) => ({ name, ...modelOf(size) }));
  writeFileSync(request, JSON.stringify({ structures: [], configs, train, seconds, threads }));
  const { stdout, stderr, status } = spawnSync(python, [script, request], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  if (status !== 0) throw new Error(`schnetpack failed: ${stderr}`);
  return new Map(JSON.parse(stdout).train.map(({ config, min_ms }) => [config, min_ms]));
}

/** Workers of ours and threads of torch: the ending of a name, and how many. */
const CORES = [
  ['', 1],
  ['/2-workers', 2],
];

/** Both sides are measured twice in turn, as other programs may slow one of them for a while. */
export async function run({ report, peers, seconds = SECONDS }) {
  const ours = new Map();
  const theirs = new Map();
  const keep = (times, name, ms) => times.set(name, Math.min(ms, times.get(name) ?? Infinity));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [suffix, cores] of CORES) {
      if (peers.schnetpack !== undefined) {
        const found = schnetpack(peers.schnetpack, cores, seconds);
        found.forEach((ms, name) => keep(theirs, `${name}${suffix}`, ms));
      }
      for (const [name, size] of SIZES) {
        keep(ours, `${name}${suffix}`, await measure(size, cores, seconds));
      }
    }
  }
  for (const [name, ms] of ours) {
    report({ name: `step/${name}/ms`, value: ms, unit: 'ms' });
    const reference = theirs.get(name);
    if (reference === undefined) continue;
    report({ name: `step/${name}/schnetpack-ms`, value: reference, unit: 'ms' });
    report({ name: `step/${name}/vs-schnetpack`, value: reference / ms, unit: 'x' });
  }
}
