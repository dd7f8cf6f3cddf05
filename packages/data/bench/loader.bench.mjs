import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neighborList, Rng } from '@mlffd/core';
import { Dataset, BatchLoader, rocksalt, rattle, writeDataset } from '@mlffd/data';
import { aspirin } from '../../student/bench/structures.mjs';

/** A training step, ms: the consumer keeps its core busy and looks at no event meanwhile. */
const STEP = 25;
/** Structures in a batch. */
const BATCH = 16;
/** Steps that are measured, after those that fill the caches of the threads. */
const STEPS = 300;
const WARM_UP = 40;
/** Thermal displacements, Angstrom. */
const RATTLE = 0.08;

const SETS = [
  // 21 atoms, 15 neighbours each.
  { name: 'molecules', prefix: 'loader', count: 12_000, cutoff: 5, parent: () => aspirin() },
  // 64 atoms, 58 neighbours each.
  {
    name: 'crystals',
    prefix: 'loader/crystals',
    count: 10_000,
    cutoff: 5,
    parent: () => rocksalt(['Mg', 'O'], 4.21, { repeat: [2, 2, 2] }),
  },
];

function* structures({ count, parent }) {
  const atoms = parent();
  for (let k = 0; k < count; k++) {
    yield {
      atoms: rattle(atoms, { stdev: RATTLE, seed: k }),
      meta: { id: `s${k}`, group: `g${k}`, source: 'rattle' },
      energy: k,
      forces: new Float64Array(atoms.positions.length).fill(k),
    };
  }
}

function busy(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Part of the time that a consumer waits, at a busy step of `step` ms. */
async function waitFraction(dataset, { cutoff, workers, step }) {
  const indices = Int32Array.from({ length: dataset.length }, (_, k) => k);
  const loader = await BatchLoader.open(dataset, indices, {
    cutoff,
    batchSize: BATCH,
    seed: 1,
    epochs: Infinity,
    workers,
  });
  let start = 0;
  let waited = 0;
  let edges = 0;
  for (let k = 0; k < WARM_UP + STEPS; k++) {
    if (k === WARM_UP) {
      start = performance.now();
      waited = loader.waited;
    }
    const { value } = await loader.next();
    edges = value.counts.edges;
    busy(step);
  }
  const seconds = (performance.now() - start) / 1000;
  const fraction = (loader.waited - waited) / 1000 / seconds;
  await loader.close();
  return { fraction, batchesPerSecond: STEPS / seconds, edges };
}

/** What the same costs without threads: reading and neighbours of one batch, ms. */
function inline(dataset, cutoff) {
  const order = new Rng(1, 'inline').shuffle(
    Int32Array.from({ length: dataset.length }, (_, k) => k),
  );
  const start = performance.now();
  const batches = 60;
  for (let k = 0; k < batches * BATCH; k++) neighborList(dataset.get(order[k]).atoms, cutoff);
  return (performance.now() - start) / batches;
}

export async function run({ report }) {
  const folder = mkdtempSync(join(tmpdir(), 'loader-bench-'));
  try {
    for (const set of SETS) {
      const path = join(folder, `${set.name}.h5`);
      await writeDataset(path, structures(set), {
        teacher: 'none',
        properties: ['energy', 'forces'],
      });
      const dataset = await Dataset.open(path);
      const { cutoff } = set;
      report({
        name: `${set.prefix}/inline-ms`,
        value: inline(dataset, cutoff),
        unit: 'ms/batch',
      });
      for (const workers of [1, 2]) {
        const prefix = workers === 1 ? set.prefix : `${set.prefix}/${workers}-workers`;
        const stepped = await waitFraction(dataset, { cutoff, workers, step: STEP });
        const free = await waitFraction(dataset, { cutoff, workers, step: 0 });
        report({ name: `${prefix}/wait-fraction`, value: stepped.fraction, unit: '1' });
        report({ name: `${prefix}/batches-per-s`, value: free.batchesPerSecond, unit: '1/s' });
        if (workers === 1) {
          report({ name: `${prefix}/edges-per-batch`, value: free.edges, unit: '1' });
        }
      }
      dataset.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
