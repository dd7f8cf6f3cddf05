import { afterAll, describe, expect, test } from '@jest/globals';
import { AbortedError, createAtoms, InvalidArgumentError } from '@mlffd/core';
import { join } from 'node:path';
import { fromPositions } from '@mlffd/test-support/models';
import { fcc } from '../src/build/crystals.ts';
import { SamplingError } from '../src/errors.ts';
import { labelStructures } from '../src/index.ts';
import { rattle } from '../src/perturb.ts';
import { minimaUnits } from '../src/sampling/minimaUnits.ts';
import type { MinimumEvent } from '../src/sampling/minimaUnits.ts';
import { later } from './support/models.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const calculator = new PairPotential();
const crystal = fcc('Ar', 3.9, { repeat: [2, 1, 1] });
const parents = [1, 2].map((seed) => ({
  id: `Ar-${seed}`,
  atoms: rattle(crystal, { stdev: 0.25, seed }),
  group: 'Ar',
}));

const heights = (structures: readonly { known?: { results: { energy?: number } } }[]) => {
  const energies = structures.map(({ known }) => known!.results.energy!);
  return energies.map((energy) => energy - energies[energies.length - 1]);
};

describe('minima', () => {
  test('the minimum, and frames whose energy above it falls by the ratio', async () => {
    const events: MinimumEvent[] = [];
    const [unit] = minimaUnits({
      calculator,
      parents,
      relax: { fmax: 1e-3 },
      onEvent: (event) => events.push(event),
    });
    const structures = await unit.make(undefined);
    expect(structures.length).toBeGreaterThan(4);
    const [event] = events;
    expect(event).toMatchObject({ reason: 'converged', frames: structures.length });
    expect(structures.length).toBeLessThan(event.steps);
    const above = heights(structures);
    for (let k = 1; k < above.length - 1; k++) {
      expect(above[k]).toBeLessThanOrEqual(above[k - 1] / 2);
      expect(above[k]).toBeGreaterThanOrEqual(0.001 * crystal.numbers.length);
    }
    expect(structures[0].atoms.positions).toEqual(parents[0].atoms.positions);
    for (const [k, { atoms, meta, known }] of structures.entries()) {
      expect(meta).toMatchObject({ group: 'Ar', parent: 'Ar-1' });
      expect(meta.source).toBe(k === structures.length - 1 ? 'minimum' : 'relaxation');
      expect(known).toEqual({
        teacher: 'pair-1',
        results: calculator.calculate(atoms, ['energy', 'forces']),
      });
    }
    expect(Math.max(...structures.at(-1)!.known!.results.forces!)).toBeLessThan(1e-3);
    const [again] = minimaUnits({ calculator: later(calculator), parents, relax: { fmax: 1e-3 } });
    const relabelled = (await again.make(undefined)).map(({ atoms }) => atoms);
    expect(relabelled).toEqual(structures.map(({ atoms }) => atoms));
  });

  test('with the cell: stress goes into the labels', async () => {
    const [unit] = minimaUnits({
      calculator,
      parents,
      relax: { cell: true, fmax: 0.01, method: 'fire' },
      ratio: 0,
    });
    const structures = await unit.make(undefined);
    expect(structures).toHaveLength(2);
    const { stress } = structures[1].known!.results;
    expect(Math.max(...stress!.map(Math.abs))).toBeLessThan(5e-4);
    expect(structures[1].atoms.cell).not.toEqual(crystal.cell);
  });

  test('labelled without asking the teacher twice', async () => {
    const target = join(folder, 'minima');
    const make = () => minimaUnits({ calculator, parents });
    const teacher = new PairPotential();
    const summary = await labelStructures({
      structures: make(),
      calculator: teacher,
      folder: target,
    });
    expect(summary.reused).toBe(summary.labelled);
    expect(teacher.calls).toBe(0);
    const before = calculator.calls;
    await labelStructures({ structures: make(), calculator: teacher, folder: target });
    expect(calculator.calls).toBe(before);
  });

  test('one that does not arrive has frames, but no minimum', async () => {
    const [unit] = minimaUnits({ calculator, parents, relax: { maxSteps: 4 } });
    const structures = await unit.make(undefined);
    expect(structures.length).toBeGreaterThan(0);
    expect(structures.every(({ meta }) => meta.source === 'relaxation')).toBe(true);
  });

  test('frames with close contacts or huge forces are not taken', async () => {
    const close = {
      id: 'close',
      atoms: createAtoms({
        symbols: ['Ar', 'Ar'],
        positions: [0, 0, 0, 1.9, 0, 0],
        cell: [20, 20, 20],
        pbc: true,
      }),
    };
    const [unit] = minimaUnits({ calculator, parents: [close], minDistance: 1.1, maxForce: 5 });
    const structures = await unit.make(undefined);
    expect(structures.length).toBeGreaterThan(0);
    for (const { atoms, meta } of structures) {
      expect(atoms.positions[3] - atoms.positions[0]).toBeGreaterThan(1.1 * 2 * 1.06);
      expect(meta.details?.maxForce).toBeLessThanOrEqual(5);
    }
    const [none] = minimaUnits({ calculator, parents: [close], maxForce: 0 });
    await expect(Promise.resolve(none.make(undefined))).rejects.toThrow(SamplingError);
  });

  test('wrong options and signals', async () => {
    for (const bad of [{ ratio: 1 }, { ratio: -0.1 }, { resolution: 0 }]) {
      expect(() => minimaUnits({ calculator, parents, ...bad })).toThrow(InvalidArgumentError);
    }
    const [unit] = minimaUnits({ calculator, parents });
    await expect(Promise.resolve(unit.make(AbortSignal.abort()))).rejects.toThrow(AbortedError);
    const broken = fromPositions('broken', () => NaN);
    const [failing] = minimaUnits({ calculator: broken, parents });
    await expect(Promise.resolve(failing.make(undefined))).rejects.toMatchObject({
      code: 'md/non-finite',
    });
  });
});
