// Leaks of 1 kB per call, and runs without any, each in a process of its own.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { remembered } from '../measured.mjs';
import { digits } from '../table.mjs';
import { BACKENDS } from './students.mjs';

const child = fileURLToPath(new URL('leakChild.mjs', import.meta.url));
const execute = promisify(execFile);
/** Calls of a run: the goal is to find a leak within them. */
const CALLS = 5000;
const TRIAL_CALLS = 400;
/** Runs of each kind, back end and collector: clean ones, and ones with a leak. */
const CLEAN = 5;
const LEAKING = 3;
const LEAKS = ['objects', 'buffers'];
const WAYS = [
  { name: 'forced', execArgv: ['--expose-gc'] },
  { name: 'provoked', execArgv: [] },
];
/** A clean run that cannot see a leak of so many bytes per call says nothing. */
const LEAK_BYTES = 1000;

async function runOf(backend, kind, { execArgv, calls }) {
  const args = [...execArgv, child, backend, kind, String(calls)];
  const { stdout } = await execute(process.execPath, args);
  return JSON.parse(stdout);
}

/** Runs of one kind, or those of an earlier time. */
function runsOf(count, backend, kind, { name, folder, ...how }) {
  return remembered(join(folder, `${backend}-${kind}-${name}.json`), async () => {
    const runs = [];
    for (let k = 0; k < count; k++) runs.push(await runOf(backend, kind, how));
    return runs;
  });
}

const most = (values) => Math.max(...values);
const range = (values) => {
  const [low, high] = [Math.min(...values), most(values)].map((value) => digits(value));
  return low === high ? low : `${low} to ${high}`;
};
const slopes = (runs, track) => range(runs.map(({ growth }) => growth[track].slope));
const calledLeaks = (runs) => runs.filter(({ leaks }) => leaks).length;

/** A row for runs of one kind. */
function rowOf(runs) {
  const [{ backend, kind, collection }] = runs;
  const found = runs.map((one) => one.found ?? Infinity);
  return [
    kind === 'nothing' ? 'nothing' : `1 kB of ${kind}`,
    backend,
    collection,
    `${calledLeaks(runs)} of ${runs.length}`,
    kind === 'nothing' ? '' : digits(most(found)),
    ...['heapUsed', 'arrayBuffers'].map((track) => slopes(runs, track)),
    range(runs.map(({ resolution }) => resolution.heapUsed)),
  ];
}

/**
 * `leak_found_calls`: calls from which on every longer run finds a leak of 1 kB per call, the worst of all runs
 * with objects and buffers, both back ends, both ways to collect. `false_leaks`: clean runs that were called leaks.
 *
 * @param options.folder where runs are kept, and taken from where they are there
 */
export async function leaks({ folder, trial = false }) {
  const calls = trial ? TRIAL_CALLS : CALLS;
  const place = join(folder, 'leaks');
  mkdirSync(place, { recursive: true });
  const [leaking, clean] = [[], []];
  const rows = [];
  for (const { name, execArgv } of WAYS) {
    const how = { name, folder: place, execArgv, calls };
    for (const backend of BACKENDS) {
      console.log(`leaks: ${backend}, collector ${name}`);
      for (const kind of LEAKS) {
        const runs = await runsOf(trial ? 1 : LEAKING, backend, kind, how);
        leaking.push(...runs);
        rows.push(rowOf(runs));
      }
      const runs = await runsOf(trial ? 1 : CLEAN, backend, 'nothing', how);
      clean.push(...runs);
      rows.push(rowOf(runs));
    }
  }
  return {
    figures: {
      leak_found_calls: most(leaking.map(({ found }) => found ?? Infinity)),
      leak_first_look_calls: leaking[0].firstLook,
      leak_runs: leaking.length,
      leak_runs_found: calledLeaks(leaking),
      false_leaks: calledLeaks(clean),
      false_leak_looks: clean.reduce((sum, { alarms }) => sum + alarms, 0),
      clean_looks: clean.reduce((sum, { looks }) => sum + looks, 0),
      clean_runs: clean.length,
      clean_runs_blind: clean.filter(({ resolution }) => resolution.heapUsed >= LEAK_BYTES).length,
    },
    calls,
    table: {
      columns: [
        ...['a call keeps', 'back end', 'collector', 'called a leak', 'found for good after calls'],
        ...[
          'heap, bytes per call',
          'array buffers, bytes per call',
          'heap: would show, bytes per call',
        ],
      ],
      rows,
    },
  };
}
