import { expect, test } from '@jest/globals';
import { type Calculator, createAtoms, neighborList } from '@mlffd/core';
import { profileCalculator } from '../src/index.ts';

test('the example of the README runs', async () => {
  const calculator: Calculator = {
    name: 'pairs',
    properties: ['energy'],
    calculate: (structure) => ({ energy: neighborList(structure, 5).count }),
    dispose: () => undefined,
  };
  const atoms = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3.8, 0, 0] });
  const { latency, memory } = await profileCalculator(calculator, atoms, {
    calls: 500,
    warmup: 50,
  });
  expect(latency.count).toBe(500);
  expect(latency.p50).toBeLessThanOrEqual(latency.p99);
  expect(memory.rss.low).toBeLessThanOrEqual(memory.rss.high);
});
