import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PRESETS } from '@mlffd/student';
import { CONFIGS, plain } from './means.mjs';
import { ask, schnetpackTimes } from './programs.mjs';
import { SYSTEMS } from './structures.mjs';

const CONTEST = fileURLToPath(new URL('./contest.mjs', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Of every contender in every comparison, all rounds together. */
const SECONDS = 1.5;
/** Contenders take turns so often, so that what slows the machine for a while slows all of them. */
const ROUNDS = 5;
const PRESET_NAMES = ['ultra-tiny', 'tiny'];
const THREADS = 2;
/** Atoms of the structure that threads share. */
const SHARED = '500';
/** Atoms of the comparison with Orb. */
const ORB_ATOMS = 22;

const presets = PRESET_NAMES.map((name) => ({ name, ...PRESETS[name] }));

const contender = (name, backend, options = {}) => ({ name, student: { backend, ...options } });

/** Both back ends on every structure. */
const sizes = (backend) =>
  [...CONFIGS, ...presets].flatMap(({ name, ...config }) =>
    SYSTEMS.map(([size, make]) => ({
      key: `${name}/${size}`,
      config,
      atoms: plain(make()),
      contenders: [contender('onnx', 'onnx'), contender('fused', backend)],
    })),
  );

/** One thread against several. */
const threads = (backend) =>
  [...CONFIGS, ...presets].map(({ name, ...config }) => ({
    key: `${name}/${SHARED}`,
    config,
    atoms: plain(new Map(SYSTEMS).get(SHARED)()),
    contenders: [
      contender('one', backend, { threads: 1 }),
      contender('several', backend, { threads: THREADS }),
    ],
  }));

/** Runs a contest on the last cores of the machine. */
const contest = (comparisons, { seconds, rounds, cores, execArgv }) =>
  ask(process.execPath, [...execArgv, CONTEST], {
    request: { comparisons, seconds, rounds },
    cores,
  });

/** The student `tiny` and Orb-v2's architecture with random weights, one core each. */
async function againstOrb(backend, python, how) {
  const { exportOrb } = await import('../../../tooling/figures/orbOnnx.mjs');
  const { waters } = await import('../../../tooling/figures/waters.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-fused-orb-'));
  try {
    const { path } = await exportOrb({ root: ROOT, python, folder });
    const { name, ...config } = presets.find((preset) => preset.name === 'tiny');
    const comparison = {
      key: `${name}/${ORB_ATOMS}`,
      config,
      atoms: plain(waters(ORB_ATOMS, { periodic: false, rattle: 0.05 })),
      contenders: [{ name: 'orb', teacher: path }, contender('fused', backend)],
    };
    return contest([comparison], how).comparisons;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Times of schnetpack by key: the smaller ones of two runs. */
function bestOf(runs) {
  const best = new Map();
  for (const { config, structure, median_ms, min_ms } of runs.flat()) {
    const key = `${config}/${structure}`;
    const known = best.get(key) ?? { median: Infinity, min: Infinity };
    best.set(key, {
      median: Math.min(known.median, median_ms),
      min: Math.min(known.min, min_ms),
    });
  }
  return best;
}

/**
 * The fused back end on one core: milliseconds of a whole call (list, network, sums), how many times
 * longer ONNX Runtime takes in the same process, schnetpack (its model alone, on the same core,
 * before and after; the smaller time counts) and Orb-v2's architecture, and what two threads give.
 *
 * @param options.peers interpreters with `schnetpack` and `torch`; what lacks one is left out
 * @param options.seconds of each contender in each comparison
 * @param options.backend in the place of `fused`, for a trial
 * @param options.execArgv options of Node for the processes that measure
 */
export async function run({
  report,
  peers = {},
  seconds = SECONDS,
  rounds = ROUNDS,
  backend = 'fused',
  execArgv = process.execArgv,
}) {
  const one = { seconds, rounds, cores: 1, execArgv };
  const peer = () =>
    peers.schnetpack === undefined
      ? []
      : schnetpackTimes(peers.schnetpack, { configs: CONFIGS, threads: 1, seconds, cores: 1 });
  const before = peer();
  const { comparisons, relaxedSimd, node } = contest(sizes(backend), one);
  const schnetpack = bestOf([before, peer()]);
  console.error(`fused: Node ${node}, ${relaxedSimd ? 'with' : 'without'} relaxed SIMD`);
  report({ name: 'fused/relaxed-simd', value: Number(relaxedSimd), unit: '1 = yes' });
  const ratio = (name, ours, theirs) => {
    report({ name, value: theirs.median / ours.median, unit: 'x' });
    report({ name: `${name}/min`, value: theirs.min / ours.min, unit: 'x' });
  };
  const time = (name, { median, min }) => {
    report({ name, value: median, unit: 'ms' });
    report({ name: `${name}/min`, value: min, unit: 'ms' });
  };
  for (const { key, times } of comparisons) {
    const name = `fused/${key}`;
    time(name, times.fused);
    report({ name: `${name}/onnx-ms`, value: times.onnx.median, unit: 'ms' });
    ratio(`${name}/vs-onnx`, times.fused, times.onnx);
    const other = schnetpack.get(key);
    if (other === undefined) continue;
    report({ name: `${name}/schnetpack-ms`, value: other.median, unit: 'ms' });
    ratio(`${name}/vs-schnetpack`, times.fused, other);
  }
  if (schnetpack.size === 0) console.error('fused: no Python with schnetpack, not compared');

  for (const { key, times } of contest(threads(backend), { ...one, cores: THREADS }).comparisons) {
    const name = `fused/${key}/${THREADS}-threads`;
    time(name, times.several);
    ratio(`${name}/vs-1-thread`, times.several, times.one);
  }

  if (peers.torch === undefined) {
    console.error('fused: no Python environment torch, not compared with Orb');
    return;
  }
  for (const { key, times } of await againstOrb(backend, peers.torch, one)) {
    const name = `fused/${key}`;
    time(name, times.fused);
    report({ name: `${name}/orb-ms`, value: times.orb.median, unit: 'ms' });
    ratio(`${name}/vs-orb`, times.fused, times.orb);
  }
}
