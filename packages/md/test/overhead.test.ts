import { expect, test } from '@jest/globals';
import { langevin, mdOverhead } from '../src/index.ts';
import { argonCrystal } from './potentials.ts';

test('the overhead is measured for any integrator', async () => {
  const integrator = langevin({ timestep: 1, temperature: 300, friction: 0.01, seed: 0 });
  const { microsecondsPerStep, samples } = await mdOverhead({
    atoms: argonCrystal(),
    steps: 50,
    integrator,
    repeats: 3,
  });
  expect(samples).toHaveLength(3);
  expect(samples).toContain(microsecondsPerStep);
  expect(microsecondsPerStep).toBeGreaterThan(0);
});
