// A long run at constant energy: drift of the energy, growth of the process's memory, the farthest bond.
// Needs --expose-gc.
import { theilSenSlope } from '../../packages/cuda-profiler/dist/index.js';
import { BondMonitor, nveSlope, runMd } from '../../packages/md/dist/index.js';

/** Samples of the memory, of which the first part fills caches and pools. */
const MEMORY_SAMPLES = 200;
const WARM_UP = 0.2;
const CONFIDENCE = 0.95;
const SERIES = ['rss', 'heapUsed', 'external', 'arrayBuffers'];

const growth = (steps, values, total) => {
  const { slope, low, high } = theilSenSlope(steps, values, CONFIDENCE);
  return { growth: slope * total, low: low * total, high: high * total };
};

/**
 * Many steps: growth of the process's memory over all of them, bytes, by Theil-Sen with its band,
 * garbage collected before each sample; drift of the energy, meV/atom/ps, with its band; the largest
 * stretch of a bond in any sample, Angstrom, unless there are none to watch; mean temperature, K.
 *
 * @param options.start frame that it goes on from
 * @param options.stride steps between two samples of the energy; default as rare as those of memory
 * @param options.bonds whether there are bonds that should hold; default true
 */
export async function longRun({ calculator, start, integrator, steps, stride, bonds = true }) {
  const memoryStride = Math.max(1, Math.floor(steps / MEMORY_SAMPLES));
  const every = stride ?? memoryStride;
  const monitor = bonds ? new BondMonitor(start.atoms) : undefined;
  // Reserved beforehand, so that the samples are no growth themselves.
  const columnsOf = (names, length) =>
    Object.fromEntries(names.map((name) => [name, new Float64Array(length)]));
  const energies = columnsOf(['time', 'total', 'temperature'], Math.floor(steps / every));
  const sizes = columnsOf(['step', ...SERIES], Math.floor(steps / memoryStride));
  let samples = 0;
  let taken = 0;
  let worst = 0;
  const { seconds, calculatorSeconds } = await runMd({
    atoms: start.atoms,
    velocities: start.velocities,
    calculator,
    integrator,
    steps,
    stride: every,
    initialFrame: false,
    onFrame: (frame) => {
      for (const name of Object.keys(energies)) energies[name][samples] = frame[name];
      samples += 1;
      if (monitor !== undefined) worst = Math.max(worst, monitor.worst(frame.atoms).deviation);
      if (frame.step < (taken + 1) * memoryStride) return;
      globalThis.gc();
      const memory = process.memoryUsage();
      sizes.step[taken] = frame.step;
      for (const name of SERIES) sizes[name][taken] = memory[name];
      taken += 1;
    },
  });
  const first = sizes.step.findIndex((step) => step >= WARM_UP * steps);
  const memory = {};
  for (const name of SERIES) {
    memory[name] = growth(sizes.step.slice(first, taken), sizes[name].slice(first, taken), steps);
  }
  const { slope, low, high, rms } = nveSlope({
    times: energies.time,
    energies: energies.total,
    atoms: start.atoms.numbers.length,
    confidence: CONFIDENCE,
  });
  const temperature = energies.temperature.reduce((sum, t) => sum + t, 0) / samples;
  return {
    steps,
    seconds,
    calculatorSeconds,
    memory,
    drift: { slope, low, high, rms },
    ...(bonds ? { worst } : {}),
    temperature,
  };
}
