import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CalculatorPool, createAtoms, Rng, ThreadCalculator } from '@mlffd/core';
import { labelStructures } from '@mlffd/data';
import { busyTeacher } from './busyTeacher.mjs';

const ATOMS = 21;
const STRUCTURES = 2000;
/** Work of the teacher per structure, ms. */
const WORK = 5;
/** Structures for the teacher that takes no time. */
const FREE_STRUCTURES = 20_000;

function makeStructures(count) {
  return Array.from({ length: count }, (_, k) => {
    const rng = new Rng(1, 'label-bench', k);
    return {
      atoms: createAtoms({
        numbers: new Int32Array(ATOMS).fill(8),
        positions: Float64Array.from({ length: 3 * ATOMS }, () => 3 * rng.normal()),
        cell: [10, 10, 10],
        pbc: true,
      }),
      meta: { id: `structure-${k}`, group: `parent-${k >> 4}`, source: 'rattle' },
    };
  });
}

/** Labels into a folder that is deleted; seconds of the run, and of the teacher. */
async function label(structures, calculator) {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-label-bench-'));
  let teacher = 0;
  const take = (results) => {
    teacher += results.energy / 1000;
    return results;
  };
  const timed = {
    name: calculator.name,
    properties: calculator.properties,
    concurrency: calculator.concurrency,
    get ahead() {
      return calculator.ahead;
    },
    calculate: (...call) => {
      const answer = calculator.calculate(...call);
      return answer instanceof Promise ? answer.then(take) : take(answer);
    },
    dispose() {},
  };
  const options = { structures, calculator: timed, folder: join(folder, 'labels') };
  try {
    const start = performance.now();
    await labelStructures(options);
    return { wall: (performance.now() - start) / 1000, teacher };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function threads(count) {
  const module = new URL('./busyTeacher.mjs', import.meta.url);
  const options = { module, factory: 'busyTeacher', args: [WORK] };
  const copies = Array.from({ length: count }, () => ThreadCalculator.start(options));
  return new CalculatorPool(await Promise.all(copies));
}

/** What labelling costs beside the teacher: in this thread, and with one and two teachers in threads of their own. */
export async function run({ report }) {
  const structures = makeStructures(STRUCTURES);
  // The first thousands of structures of a process cost more, until they run as compiled code.
  const warmUp = await label(structures, busyTeacher(0));
  await report({
    name: 'label/cold-ms',
    value: (1000 * warmUp.wall) / STRUCTURES,
    unit: 'ms per structure of the first 2000',
  });
  const inline = await label(structures, busyTeacher(WORK));
  const overhead = (name, { wall, teacher }, workers) =>
    report({ name, value: (wall * workers) / teacher - 1, unit: 'of the time of the teacher' });
  await overhead('label/overhead-5ms', inline, 1);
  for (const workers of [1, 2]) {
    const pool = await threads(workers);
    const times = await label(structures, pool);
    await pool.dispose();
    await overhead(`label/overhead-5ms-${workers}-threads`, times, workers);
  }
  const free = makeStructures(FREE_STRUCTURES);
  const { wall } = await label(free, busyTeacher(0));
  await report({ name: 'label/rate-free', value: FREE_STRUCTURES / wall, unit: '1/s' });
}
