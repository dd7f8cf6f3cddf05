import { expect, test } from '@jest/globals';
import { InvalidArgumentError, type Calculator } from '@mlffd/core';
import { driftAttribution, initialVelocities } from '../src/index.ts';
import { argonCrystal, smoothLennardJones } from './potentials.ts';

/** A twentieth of the forces comes one call late, which acts as negative friction. */
function late(inner: Calculator): Calculator {
  let last: Float64Array | undefined;
  return {
    ...inner,
    calculate: async (atoms, properties) => {
      const results = await inner.calculate(atoms, properties);
      const now = results.forces ?? new Float64Array();
      const forces = now.map((f, k) => 0.95 * f + 0.05 * (last?.[k] ?? f));
      last = now;
      return { ...results, forces };
    },
  };
}

const start = {
  atoms: argonCrystal(),
  velocities: initialVelocities(argonCrystal(), { temperature: 60, seed: 3 }),
};

test('the guilty variant is named, the innocent are not', async () => {
  const names: string[] = [];
  const drifts = await driftAttribution({
    ...start,
    duration: 3000,
    variants: [
      { name: 'as run', calculator: smoothLennardJones(), timestep: 5 },
      { name: 'no skin', calculator: smoothLennardJones({ skin: 0 }), timestep: 5 },
      { name: 'late forces', calculator: late(smoothLennardJones()), timestep: 5 },
    ],
    onEvent: (event) => void names.push(event.drift.name),
  });
  expect(drifts.map((drift) => drift.differs)).toEqual([false, false, true]);
  expect(names).toEqual(['as run', 'no skin', 'late forces']);
  // The list is exact at the cutoff whatever the skin: not one bit differs.
  expect({ ...drifts[1], name: '' }).toEqual({ ...drifts[0], name: '' });
});

test('no variants, no duration', async () => {
  await expect(driftAttribution({ ...start, duration: 10, variants: [] })).rejects.toBeInstanceOf(
    InvalidArgumentError,
  );
  await expect(driftAttribution({ ...start, duration: 0, variants: [] })).rejects.toThrow(
    /duration/,
  );
});
