import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Rng, withPositions } from '@mlffd/core';
import { initializeParameters, StudentCalculator } from '@mlffd/student';
import { SYSTEMS } from './structures.mjs';

const SCRIPT = fileURLToPath(
  new URL('../../../tooling/python/schnetpack/bench.py', import.meta.url),
);
const SIZES = [
  [32, 2, 10],
  [64, 2, 20],
  [128, 3, 20],
];
const SECONDS = 1.5;
const LEAST_CALLS = 8;
const WARM_UP = 10;
/** Structures that a call is timed on in turn, displaced so that no two are the same. */
const FRAMES = 8;
/** Angstrom. */
const DISPLACEMENT = 0.02;

const configs = SIZES.map(([features, interactions, count]) => ({
  name: `${features}x${interactions}`,
  features,
  interactions,
  radialBasis: { type: 'bessel', count },
  cutoff: 5,
  cutoffFunction: 'cosine',
}));

const frames = (atoms) =>
  Array.from({ length: FRAMES }, (_, k) => {
    const rng = new Rng(k, 'frames');
    return withPositions(
      atoms,
      atoms.positions.map((x) => x + DISPLACEMENT * (2 * rng.uniform() - 1)),
    );
  });

/** Times of whole calls (list, network, sums) in ms, by `config/structure`. */
async function measure(times, { threads, seconds }) {
  for (const { name, ...config } of configs) {
    const student = {
      config,
      parameters: initializeParameters(config, 1),
      baseline: { energies: new Float64Array(100), scale: 1, elements: [1, 6, 7, 8] },
      provenance: {},
    };
    const calculator = await StudentCalculator.fromStudent(student, { threads });
    for (const [size, make] of SYSTEMS) {
      const structures = frames(make());
      const samples = (times[`${name}/${size}`] ??= []);
      for (let k = 0; k < WARM_UP; k++) {
        await calculator.calculate(structures[k % FRAMES], ['energy', 'forces']);
      }
      const start = performance.now();
      for (let k = 0; performance.now() - start < 1e3 * seconds || k < LEAST_CALLS; k++) {
        const begin = performance.now();
        await calculator.calculate(structures[k % FRAMES], ['energy', 'forces']);
        samples.push(performance.now() - begin);
      }
    }
    await calculator.dispose();
  }
}

/** The same structures for Python. */
const toJson = (name, { numbers, positions, cell, pbc }) => ({
  name,
  numbers: [...numbers],
  positions: [...positions],
  cell: [...cell],
  pbc: [...pbc],
});

function measurePeer(python, { threads, seconds }) {
  const request = {
    structures: SYSTEMS.map(([size, make]) => toJson(size, frames(make())[0])),
    configs,
    seconds,
    threads,
  };
  const { status, stdout, stderr, error } = spawnSync(python, [SCRIPT], {
    input: JSON.stringify(request),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return JSON.parse(stdout).inference;
  throw new Error(`${python} ${SCRIPT} failed: ${stderr || error}`);
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/**
 * Energy and forces on `threads` threads, by default one: milliseconds per call, and with
 * `peers.schnetpack` (path of a Python that has it) how many times longer schnetpack takes on the
 * same structures. schnetpack's time is its model alone, ours the whole call; ours is measured before
 * and after it.
 */
export async function run({ report, peers = {}, threads = 1, seconds = SECONDS }) {
  const times = {};
  const how = { threads, seconds };
  const prefix = threads === 1 ? 'onnx' : `onnx/${threads}-threads`;
  await measure(times, how);
  const peer = peers.schnetpack === undefined ? [] : measurePeer(peers.schnetpack, how);
  if (peer.length > 0) await measure(times, how);
  for (const [key, samples] of Object.entries(times)) {
    report({ name: `${prefix}/${key}`, value: median(samples), unit: 'ms' });
    report({ name: `${prefix}/${key}/min`, value: Math.min(...samples), unit: 'ms' });
  }
  for (const { config, structure, median_ms, min_ms } of peer) {
    const key = `${config}/${structure}`;
    const samples = times[key];
    report({
      name: `${prefix}/${key}/vs-schnetpack`,
      value: median_ms / median(samples),
      unit: 'x',
    });
    report({
      name: `${prefix}/${key}/vs-schnetpack/min`,
      value: min_ms / Math.min(...samples),
      unit: 'x',
    });
  }
}
