import { afterAll, describe, expect, test } from '@jest/globals';
import { AbortedError, createAtoms, dot, InvalidArgumentError, norm } from '@mlffd/core';
import { minimize, modeDisplacement, vibrations } from '@mlffd/md';
import { join } from 'node:path';
import { ammoniaModel, flatAmmonia, fromPositions } from '@mlffd/test-support/models';
import { labelStructures } from '../src/index.ts';
import { saddleFrames, saddleUnits } from '../src/sampling/saddleFrames.ts';
import type { SaddleEvent } from '../src/sampling/saddleFrames.ts';
import { saddleWalk } from '../src/sampling/saddleWalk.ts';
import { softestMode } from '../src/sampling/softestMode.ts';
import { later, MULLER_SCALE, mullerBrown } from './support/models.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

/** Forces below fmax = 0.001 at curvatures above 1 eV/A^2: energies off by fmax^2 / 2C at most. */
const ENERGY_TOLERANCE = 1e-5;
const fmax = 0.001;

const { calculator, atoms } = ammoniaModel();
const modes = await vibrations(calculator, atoms);
const umbrella = modeDisplacement(modes, 0);
/** Towards the flat molecule: the hydrogens go up. */
const up = umbrella.map((x) => x * Math.sign(umbrella[5]));

describe('walks to saddle points', () => {
  test('the flat ammonia, at its analytic energy', async () => {
    const walk = await saddleWalk(calculator, { atoms, direction: up }, { fmax });
    expect(walk.reason).toBe('saddle');
    const top = walk.points[walk.points.length - 1];
    expect(Math.abs(top.energy - flatAmmonia())).toBeLessThan(ENERGY_TOLERANCE);
    for (const h of [1, 2, 3]) {
      expect(Math.abs(top.atoms.positions[3 * h + 2] - top.atoms.positions[2])).toBeLessThan(1e-3);
    }
    expect(walk.mode.curvature).toBeLessThan(-1);
    expect(dot(walk.mode.direction, up)).toBeGreaterThan(0);
    expect(walk.calls).toBeLessThan(250);
    const longest = (k: number) =>
      Math.max(
        ...[0, 3, 6, 9].map((i) =>
          Math.hypot(
            ...[0, 1, 2].map(
              (c) =>
                walk.points[k].atoms.positions[i + c] - walk.points[k - 1].atoms.positions[i + c],
            ),
          ),
        ),
      );
    for (let k = 1; k < walk.points.length; k++) expect(longest(k)).toBeLessThan(0.1 + 1e-9);
  });

  test('the saddles of the surface of Mueller and Brown, one at each end of the softest mode', async () => {
    const surface = mullerBrown();
    const box = { cell: [20, 20, 20], pbc: true };
    const start = createAtoms({
      symbols: ['H', 'H'],
      positions: [0, 0, 0, -0.05, 0.467, 0],
      ...box,
    });
    const rest = await minimize(surface, start, { fmax });
    const { frequencies, vectors, masses } = await vibrations(surface, rest.atoms);
    expect(frequencies).toHaveLength(3);
    const found: number[] = [];
    for (const direction of [1, -1]) {
      const way = modeDisplacement({ vectors, masses } as typeof modes, 0).map(
        (x) => direction * x,
      );
      const from = { atoms: rest.atoms, direction: way };
      const walk = await saddleWalk(surface, from, { fmax, step: 0.05, minDistance: 0 });
      expect(walk.reason).toBe('saddle');
      found.push(walk.points[walk.points.length - 1].energy / MULLER_SCALE);
    }
    // Known to a part in 10,000: -40.66 and -72.25.
    const [high, low] = found.sort((a, b) => b - a);
    expect(Math.abs(high + 40.665)).toBeLessThan(0.01);
    expect(Math.abs(low + 72.249)).toBeLessThan(0.01);
  });

  test('guards end a walk, and keep the points before', async () => {
    const walks = await Promise.all(
      [
        { maxEnergy: 0.05 },
        { maxSteps: 3 },
        { maxDistance: 0.15 },
        { minDistance: 0.99 * (1.01 / 1.02) },
      ].map((limit) => saddleWalk(calculator, { atoms, direction: up }, limit)),
    );
    expect(walks.map(({ reason }) => reason)).toEqual([
      'too-high',
      'max-steps',
      'too-far',
      'close-contact',
    ]);
    for (const { points } of walks) expect(points[0].energy).toBeLessThan(1e-12);
    expect(Math.max(...walks[0].points.map(({ energy }) => energy))).toBeLessThanOrEqual(0.05);
    const wrong = umbrella.map(() => 1);
    await expect(saddleWalk(calculator, { atoms, direction: wrong })).rejects.toThrow(
      InvalidArgumentError,
    );
    await expect(saddleWalk(calculator, { atoms, direction: up }, { step: -1 })).rejects.toThrow(
      InvalidArgumentError,
    );
    await expect(
      saddleWalk(calculator, { atoms, direction: up }, { signal: AbortSignal.abort() }),
    ).rejects.toThrow(AbortedError);
  });
});

test('the softest mode needs far fewer products than dimensions', async () => {
  const size = 60;
  let products = 0;
  // Eigenvectors are the axes; the softest is the last but one.
  const curvatures = Float64Array.from({ length: size }, (_, k) => (k === size - 2 ? -3 : 1 + k));
  const product = (direction: Float64Array) => {
    products++;
    return Promise.resolve(direction.map((x, k) => curvatures[k] * x));
  };
  const start = new Float64Array(size).fill(1);
  const found = await softestMode(start, product, { products: 60, tolerance: 1e-3 });
  expect(found.curvature).toBeCloseTo(-3, 5);
  expect(Math.abs(found.direction[size - 2])).toBeCloseTo(1, 5);
  expect(norm(found.direction)).toBeCloseTo(1, 12);
  expect(found.residual).toBeLessThan(3.1e-3);
  expect(products).toBeLessThan(30);
});

describe('frames', () => {
  const parent = { id: 'NH3', atoms, group: 'ammonia' };
  const start = { parent, modes, mode: 0, direction: Math.sign(umbrella[5]) as 1 | -1 };

  test('up to the saddle and down to the other pyramid, evenly spaced, labelled', async () => {
    const frames = await saddleFrames(start, { calculator, spacing: 0.1 });
    expect(frames.reason).toBe('saddle');
    expect(Math.abs(frames.height - flatAmmonia())).toBeLessThan(1e-3);
    const sources = frames.structures.map(({ meta }) => meta.source);
    const top = sources.indexOf('saddle');
    expect(top).toBeGreaterThan(0);
    expect(sources.slice(0, top).every((source) => source === 'saddle-up')).toBe(true);
    expect(sources.slice(top + 1).every((source) => source === 'saddle-down')).toBe(true);
    const last = frames.structures[frames.structures.length - 1];
    // The nitrogen is on the other side of the hydrogens now.
    expect(atoms.positions[5] - atoms.positions[2]).toBeLessThan(-0.3);
    expect(last.atoms.positions[5] - last.atoms.positions[2]).toBeGreaterThan(0.25);
    for (const { meta, atoms: structure, known } of frames.structures) {
      expect(meta).toMatchObject({ group: 'ammonia', parent: 'NH3' });
      expect(known).toEqual({
        teacher: calculator.name,
        results: calculator.calculate(structure, ['energy', 'forces']),
      });
    }
    const ids = frames.structures.map(({ meta }) => meta.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await saddleFrames(start, { calculator, spacing: 0.1 })).toEqual(frames);
    const slow = await saddleFrames(start, { calculator: later(calculator), spacing: 0.1 });
    expect(slow).toEqual(frames);
    const upOnly = await saddleFrames(start, { calculator, descent: 0 });
    expect(upOnly.structures.at(-1)?.meta.source).toBe('saddle');
    expect(upOnly.calls).toBeLessThan(frames.calls);
  });

  test('units follow the softest modes both ways and are labelled once', async () => {
    const events: SaddleEvent[] = [];
    const make = () =>
      saddleUnits({
        calculator,
        parents: [parent],
        modes: 1,
        onEvent: (event) => {
          if (event.type === 'saddle') events.push(event);
        },
      });
    const target = join(folder, 'saddles');
    const summary = await labelStructures({ structures: make(), calculator, folder: target });
    expect(summary.failed).toEqual([]);
    expect(summary.computed).toBe(0);
    expect(summary.labelled).toBe(1 + events.reduce((sum, { frames }) => sum + frames, 0));
    // Pressed flat one way, the pyramid only gets steeper the other.
    expect(events.map(({ reason }) => reason).sort()).toEqual(['saddle', 'too-high']);
    expect(events.every(({ calls, height }) => calls > 0 && height > 0)).toBe(true);
    expect(await labelStructures({ structures: make(), calculator, folder: target })).toMatchObject(
      {
        labelled: summary.labelled,
      },
    );
    const [chosen] = saddleUnits({ calculator, parents: [parent], modes: [5, 99], relax: false });
    const [{ meta }] = await chosen.make(undefined);
    expect(meta.details?.mode).toBe(5);
    expect(() => saddleUnits({ calculator, parents: [parent], modes: 0 })).toThrow(
      InvalidArgumentError,
    );
    expect(() => saddleUnits({ calculator, parents: [parent], modes: [-1] })).toThrow(
      InvalidArgumentError,
    );
    await expect(Promise.resolve(chosen.make(AbortSignal.abort()))).rejects.toThrow(AbortedError);
  });

  test('a walk on which the calculator fails costs no other walk', async () => {
    // Cannot do flat molecules.
    const picky = fromPositions('picky', (positions, forces) => {
      const answer = calculator.calculate(
        createAtoms({ symbols: ['N', 'H', 'H', 'H'], positions }),
        [],
      );
      if (!('forces' in answer)) return NaN;
      forces.set(answer.forces);
      return positions[5] - positions[2] > -0.2 ? NaN : answer.energy!;
    });
    const events: string[] = [];
    const [unit] = saddleUnits({
      calculator: picky,
      parents: [parent],
      modes: 1,
      onEvent: (event) => {
        if (event.type !== 'hessian') events.push(event.type);
      },
    });
    const structures = await unit.make(undefined);
    expect(events.sort()).toEqual(['failed', 'saddle']);
    expect(structures.length).toBeGreaterThan(1);
    const [wrong] = saddleUnits({ calculator, parents: [parent], step: -1 });
    await expect(Promise.resolve(wrong.make(undefined))).rejects.toThrow(InvalidArgumentError);
  });
});
