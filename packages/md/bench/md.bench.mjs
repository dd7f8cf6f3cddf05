import { createAtoms } from '@mlffd/core';
import { freeCalculator, mdOverhead, runMd, velocityVerlet } from '@mlffd/md';

const ATOMS = 100;
const STEPS = 10_000;
const WARM_UP = 5_000;

/** Argon on a cubic grid: with a free calculator only the number of atoms matters. */
function grid(count) {
  const edge = Math.ceil(Math.cbrt(count));
  return createAtoms({
    numbers: new Int32Array(count).fill(18),
    positions: Array.from({ length: count }, (_, k) => [
      4 * (k % edge),
      4 * (Math.floor(k / edge) % edge),
      4 * Math.floor(k / edge ** 2),
    ]),
  });
}

/** Mean resident memory of the second half of the run less that of the first, MB. */
async function rssGrowth(atoms) {
  const halves = [
    { sum: 0, count: 0 },
    { sum: 0, count: 0 },
  ];
  await runMd({
    calculator: freeCalculator(atoms),
    atoms,
    temperature: 300,
    seed: 0,
    integrator: velocityVerlet({ timestep: 1 }),
    steps: WARM_UP + STEPS,
    stride: 100,
    onFrame: ({ step }) => {
      if (step <= WARM_UP) return;
      const half = halves[step <= WARM_UP + STEPS / 2 ? 0 : 1];
      half.sum += process.memoryUsage.rss() / 2 ** 20;
      half.count += 1;
    },
  });
  return halves[1].sum / halves[1].count - halves[0].sum / halves[0].count;
}

export async function run({ report }) {
  const atoms = grid(ATOMS);
  const { microsecondsPerStep } = await mdOverhead({ atoms, steps: STEPS });
  report({ name: 'md/overhead/100', value: microsecondsPerStep, unit: 'us/step' });
  report({ name: 'md/rss-growth-mb', value: await rssGrowth(atoms), unit: 'MB' });
}
