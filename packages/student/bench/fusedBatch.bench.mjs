import { FusedCalculator } from '../dist/fused/fusedCalculator.js';
import { nodeKernels } from '../dist/fused/nodeKernels.js';
import { CONFIGS, frames, least, median, studentOf } from './means.mjs';
import { SYSTEMS } from './structures.mjs';

/** Of each of the two ways, all rounds together. */
const SECONDS = 1.5;
/** The two take turns so often, so that what slows the machine for a while slows both. */
const ROUNDS = 10;
/** Of a batch. */
const STRUCTURES = 32;
const LEAST_CALLS = 2;
const WARM_UP = { seconds: 0.2, least: 5 };
const SIZES = ['3', '21'];
const PROPERTIES = ['energy', 'forces'];

/** Runs `work` again and again, and adds its times per structure, ms, to `samples`. */
function time(work, { seconds, least: calls, samples = [] }) {
  const end = performance.now() + 1e3 * seconds;
  for (let k = 0; k < calls || performance.now() < end; k++) {
    const begin = performance.now();
    work();
    samples.push((performance.now() - begin) / STRUCTURES);
  }
}

/**
 * Energy and forces of many small structures by the fused back end, one thread: milliseconds per
 * structure when they are computed as a batch, and how many times longer one call each takes.
 */
export async function run({ report, seconds = SECONDS, rounds = ROUNDS }) {
  for (const { name, ...config } of CONFIGS) {
    const calculator = FusedCalculator.fromStudent(studentOf(config), { kernels: nodeKernels() });
    for (const [size, make] of SYSTEMS.filter(([key]) => SIZES.includes(key))) {
      const some = frames(make());
      const structures = Array.from({ length: STRUCTURES }, (_, k) => some[k % some.length]);
      const single = () => structures.map((atoms) => calculator.calculate(atoms, PROPERTIES));
      const batch = () => calculator.calculateBatch(structures, PROPERTIES);
      const times = { single: [], batch: [] };
      time(single, WARM_UP);
      time(batch, WARM_UP);
      for (let round = 0; round < rounds; round++) {
        const slice = { seconds: seconds / rounds, least: LEAST_CALLS };
        time(single, { ...slice, samples: times.single });
        time(batch, { ...slice, samples: times.batch });
      }
      const key = `fused/batch/${name}/${size}`;
      report({ name: key, value: median(times.batch), unit: 'ms' });
      report({ name: `${key}/min`, value: least(times.batch), unit: 'ms' });
      const ratio = (of) => of(times.single) / of(times.batch);
      report({ name: `${key}/vs-single`, value: ratio(median), unit: 'x' });
      report({ name: `${key}/vs-single/min`, value: ratio(least), unit: 'x' });
    }
    await calculator.dispose();
  }
}
