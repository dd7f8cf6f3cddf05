// Labels into the folder of argv[2] and compacts it; dies with SIGKILL at the point named by argv[3].
// Prints what came of it. Runs the built package.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const [, , folder, point = 'never', pause = '0'] = process.argv;
const log = fs.openSync(`${folder}.calls`, 'a');

const die = () => {
  process.kill(process.pid, 'SIGKILL');
};

/** Where to die: before or after a call of node:fs on the file, or in the middle of a write. */
const POINTS = {
  'before the manifest': { when: 'before', call: 'renameSync', file: /manifest\.json/ },
  'in a shard': { when: 'within', call: 'writeSync', file: /shard-\d+\.h5\.tmp/ },
  'before a shard is flushed': { when: 'before', call: 'fsyncSync', file: /shard-\d+\.h5\.tmp/ },
  'before a shard has its name': { when: 'before', call: 'renameSync', file: /shard-\d+/ },
  'between shard and journal': { when: 'after', call: 'renameSync', file: /shard-\d+/ },
  'in the journal': { when: 'within', call: 'writeSync', file: /journal/ },
  'after the journal': { when: 'after', call: 'fsyncSync', file: /journal/ },
  'in the compaction': { when: 'within', call: 'writeSync', file: /all\.h5\.tmp/ },
  'before the dataset has its name': { when: 'before', call: 'renameSync', file: /all\.h5/ },
  'after the dataset has its name': { when: 'after', call: 'renameSync', file: /all\.h5/ },
};

const files = new Map();
const spec = POINTS[point];
if (spec !== undefined) {
  const { openSync } = fs;
  fs.openSync = (path, ...rest) => {
    const fd = openSync(path, ...rest);
    files.set(fd, String(path));
    return fd;
  };
  const original = fs[spec.call];
  fs[spec.call] = (...args) => {
    const file = typeof args[0] === 'number' ? files.get(args[0]) : String(args[0]);
    if (!spec.file.test(file ?? '')) return original(...args);
    if (spec.when === 'before') die();
    if (spec.when === 'within') {
      const [fd, bytes, offset = 0, length = bytes.length - offset, position = null] = args;
      original(fd, bytes, offset, Math.ceil(length / 2), position);
      die();
    }
    const result = original(...args);
    die();
    return result;
  };
  syncBuiltinESMExports();
}

const { createAtoms, Rng } = await import('@mlffd/core');
// Without the rest of the package, which takes its time to load.
const { labelStructures } = await import('../../dist/label/labelStructures.js');
const { compactShards } = await import('../../dist/store/compact.js');

let calls = 0;
const calculator = {
  name: 'child',
  properties: ['energy', 'forces'],
  async calculate({ numbers, positions }) {
    fs.writeSync(log, 'call\n');
    if (point === 'while computing' && ++calls === 10) die();
    if (pause !== '0') await sleep(Number(pause));
    if (numbers.length === 9) throw new RangeError('nine atoms are too many');
    const energy = positions.reduce((sum, x) => sum + 0.5 * x * x, 0);
    return { energy, forces: positions.map((x) => -x) };
  },
  dispose() {},
};

const structures = Array.from({ length: 40 }, (_, k) => {
  const rng = new Rng(1, 'structure', k);
  const n = 2 + rng.integer(8);
  return {
    atoms: createAtoms({
      numbers: new Int32Array(n).fill(8),
      positions: Float64Array.from({ length: 3 * n }, () => rng.normal()),
    }),
    meta: { id: `s${k}`, group: `g${k}`, source: 'child' },
  };
});

process.stdout.write('ready\n');
const summary = await labelStructures({
  structures,
  calculator,
  folder,
  shardSize: 4,
  concurrency: 2,
  order: 'size',
  minSuccess: 0.5,
});
const { hash } = await compactShards(folder, `${folder}/all.h5`);
process.stdout.write(JSON.stringify({ summary, hash }));
