import { rocksalt } from '@mlffd/data';
import { runMd, velocityVerlet } from '@mlffd/md';
import { initializeParameters, PRESETS, StudentCalculator } from '@mlffd/student';

const WARM_UP = 5000;
const STEPS = 10_000;
const MEGABYTE = 2 ** 20;

/**
 * Memory of 10,000 steps of dynamics with a student, second half less first half. Its weights are random and its scale small, so
 * that the atoms only drift: lists are rebuilt as in real dynamics, and nothing explodes.
 */
export async function run({ report }) {
  const config = PRESETS['ultra-tiny'];
  const atoms = rocksalt(['Na', 'Cl'], 5.7, { repeat: [2, 1, 1] });
  const energies = new Float64Array(100);
  const calculator = await StudentCalculator.fromStudent({
    config,
    parameters: initializeParameters(config, 1),
    baseline: { energies, scale: 0.001, elements: [11, 17] },
    provenance: {},
  });
  const halves = [[], []];
  await runMd({
    calculator,
    atoms,
    temperature: 300,
    seed: 1,
    integrator: velocityVerlet({ timestep: 1 }),
    steps: WARM_UP + STEPS,
    stride: 100,
    onFrame: ({ step }) => {
      if (step <= WARM_UP) return;
      halves[step <= WARM_UP + STEPS / 2 ? 0 : 1].push(process.memoryUsage.rss() / MEGABYTE);
    },
  });
  const [first, second] = halves.map((half) => half.reduce((sum, mb) => sum + mb, 0) / half.length);
  await calculator.dispose();
  report({ name: 'md/student-rss-growth-mb', value: second - first, unit: 'MB' });
}
