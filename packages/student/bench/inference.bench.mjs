import { StudentCalculator } from '@mlffd/student';
import { CONFIGS, frames, least, median, studentOf, timeCalls } from './means.mjs';
import { schnetpackTimes } from './programs.mjs';
import { SYSTEMS } from './structures.mjs';

const SECONDS = 1.5;
const LEAST_CALLS = 8;
const WARM_UP = 10;

/** Times of whole calls in ms, by `config/structure`. */
async function measure(times, { threads, seconds }) {
  for (const { name, ...config } of CONFIGS) {
    const calculator = await StudentCalculator.fromStudent(studentOf(config), {
      threads,
      backend: 'onnx',
    });
    for (const [size, make] of SYSTEMS) {
      const structures = frames(make());
      const samples = (times[`${name}/${size}`] ??= []);
      await timeCalls(calculator, structures, { seconds: 0, least: WARM_UP });
      await timeCalls(calculator, structures, { seconds, least: LEAST_CALLS, samples });
    }
    await calculator.dispose();
  }
}

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
  const { schnetpack } = peers;
  const peer =
    schnetpack === undefined ? [] : schnetpackTimes(schnetpack, { configs: CONFIGS, ...how });
  if (peer.length > 0) await measure(times, how);
  for (const [key, samples] of Object.entries(times)) {
    report({ name: `${prefix}/${key}`, value: median(samples), unit: 'ms' });
    report({ name: `${prefix}/${key}/min`, value: least(samples), unit: 'ms' });
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
      value: min_ms / least(samples),
      unit: 'x',
    });
  }
}
