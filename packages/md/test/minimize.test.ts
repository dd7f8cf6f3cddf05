import { describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  createAtoms,
  InvalidArgumentError,
  PropertyNotAvailableError,
} from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import fc from 'fast-check';
import { calculatorOf } from '@mlffd/test-support/models';
import { fire, lbfgs, MdError, minimize } from '../src/index.ts';
import type { MinimizeEvent, MinimizeFrame } from '../src/index.ts';
import { argonCluster, later, openLennardJones, springs } from './potentials.ts';

const argon = openLennardJones();

/** LJ cluster of 13 in reduced units: -44.326801 epsilon (Cambridge Cluster Database). */
const ICOSAHEDRON = -44.326801;

function shaken(atoms: Atoms, amplitude: number): Atoms {
  const positions = atoms.positions.map((x, k) => x + amplitude * Math.sin(7.3 * k + 1));
  return createAtoms({ numbers: atoms.numbers, positions });
}

describe.each(['fire', 'lbfgs'] as const)('%s', (method) => {
  test('finds the icosahedron of 13 argon atoms', async () => {
    const result = await minimize(argon, shaken(argonCluster(), 0.2), {
      method,
      fmax: 1e-5,
      maxSteps: 2000,
    });
    expect(result.reason).toBe('converged');
    expect(result.maxForce).toBeLessThan(1e-5);
    // The table gives six decimals.
    expect(Math.abs(result.energy / 0.0104 - ICOSAHEDRON)).toBeLessThan(2e-6);
  });

  test('an asynchronous calculator takes the same way', async () => {
    const start = shaken(argonCluster(), 0.1);
    const options = { method, maxSteps: 30, fmax: 1e-9 };
    const [now, then] = [
      await minimize(argon, start, options),
      await minimize(later(argon), start, options),
    ];
    expect(then).toEqual(now);
    expect(start).toEqual(shaken(argonCluster(), 0.1));
  });

  test('no step is longer than allowed, and the end is never above the start', async () => {
    const amplitude = fc.double({ min: 0.05, max: 0.9, noNaN: true });
    const longest = fc.double({ min: 0.01, max: 0.3, noNaN: true });
    await fc.assert(
      fc.asyncProperty(amplitude, longest, async (a, maxStep) => {
        const frames: MinimizeFrame[] = [];
        const result = await minimize(argon, shaken(argonCluster(), a), {
          method,
          maxStep,
          maxSteps: 40,
          maxRise: 100,
          onFrame: (frame) => void frames.push(frame),
        });
        for (let k = 1; result.rollbacks === 0 && k < frames.length; k++) {
          const [p, q] = [frames[k - 1].atoms.positions, frames[k].atoms.positions];
          for (let i = 0; i < p.length; i += 3) {
            const d = Math.hypot(q[i] - p[i], q[i + 1] - p[i + 1], q[i + 2] - p[i + 2]);
            expect(d).toBeLessThanOrEqual(maxStep * (1 + 1e-12));
          }
        }
        expect(result.energy).toBeLessThanOrEqual(frames[0].energy);
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  test('a hole in the potential: back to the lowest point, shorter steps, then the truth', async () => {
    // A wall of NaN at x = 1, and downhill goes there.
    const cliff = calculatorOf('cliff', ({ positions }, forces) => {
      forces[0] = 1;
      return positions[0] > 1 ? NaN : -positions[0];
    });
    const atoms = createAtoms({ symbols: ['Ar'], positions: [0, 0, 0] });
    const events: MinimizeEvent[] = [];
    const frames: MinimizeFrame[] = [];
    const result = await minimize(cliff, atoms, {
      method,
      onEvent: (event) => events.push(event),
      onFrame: (frame) => void frames.push(frame),
    });
    expect(result).toMatchObject({ converged: false, reason: 'diverged', rollbacks: 10 });
    expect(result.atoms.positions[0]).toBeGreaterThan(0.9);
    expect(result.atoms.positions[0]).toBeLessThanOrEqual(1);
    expect(frames.every(({ energy }) => Number.isFinite(energy))).toBe(true);
    expect(events.filter(({ type }) => type === 'rollback')).toHaveLength(10);
    expect(events[events.length - 1]).toMatchObject({ type: 'end', reason: 'diverged' });
  });

  test('atoms that fall into each other are stopped', async () => {
    const attraction = calculatorOf('glue', ({ positions }, forces) => {
      const d = positions[3] - positions[0];
      forces[0] = 1 / (d * d);
      forces[3] = -1 / (d * d);
      return -1 / d;
    });
    const atoms = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 2, 0, 0] });
    const result = await minimize(attraction, atoms, { method, minDistance: 0.8, maxRise: 100 });
    expect(result.reason).toBe('diverged');
    expect(result.atoms.positions[3] - result.atoms.positions[0]).toBeGreaterThanOrEqual(0.8);
    const close = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 0.5, 0, 0] });
    await expect(minimize(attraction, close, { minDistance: 0.8 })).rejects.toMatchObject({
      code: 'md/close-contact',
    });
  });

  test('a step that climbs too high is taken back', async () => {
    // Stiffer than the method expects: the first full step overshoots.
    const stiff = springs(Float64Array.of(0, 0, 0), 2000);
    const atoms = createAtoms({ symbols: ['Ar'], positions: [0.01, 0, 0] });
    const result = await minimize(stiff, atoms, { method, maxRise: 0.05, fmax: 1e-3 });
    expect(result.rollbacks).toBeGreaterThan(0);
    expect(result.energy).toBeLessThanOrEqual(0.5 * 2000 * 0.01 ** 2);
  });
});

test('a saddle direction is not remembered: L-BFGS stays downhill', () => {
  const descent = lbfgs(3);
  const out = new Float64Array(3);
  descent.step(Float64Array.of(0, 0, 0), Float64Array.of(1, 0, 0), out);
  // The force grew along the step: negative curvature.
  descent.step(Float64Array.of(0.1, 0, 0), Float64Array.of(2, 0, 0), out);
  expect(out[0]).toBeCloseTo(2 / 70, 12);
});

test('the oldest step is forgotten when the memory is full', () => {
  const descent = lbfgs(3, { memory: 2 });
  const x = Float64Array.of(3, -2, 1);
  const out = new Float64Array(3);
  for (let k = 0; k < 60; k++) {
    const forces = Float64Array.of(-x[0], -10 * x[1], -50 * x[2]);
    descent.step(x, forces, out);
    for (let c = 0; c < 3; c++) x[c] += out[c];
  }
  expect(Math.hypot(...x)).toBeLessThan(1e-6);
});

test('a minimum is left alone; without steps the start comes back', async () => {
  const atoms = createAtoms({ symbols: ['Ar'], positions: [0, 0, 0] });
  const calculator = springs(Float64Array.of(0, 0, 0), 5);
  expect(await minimize(calculator, atoms)).toMatchObject({ steps: 0, reason: 'converged' });
  const moved = createAtoms({ symbols: ['Ar'], positions: [1, 0, 0] });
  const result = await minimize(calculator, moved, { maxSteps: 0 });
  expect(result).toMatchObject({ steps: 0, reason: 'max-steps', energy: 2.5 });
});

test('stops when asked to', async () => {
  const controller = new AbortController();
  const frames: MinimizeFrame[] = [];
  const run = minimize(argon, shaken(argonCluster(), 0.3), {
    fmax: 1e-9,
    signal: controller.signal,
    onFrame: (frame) => {
      frames.push(frame);
      if (frames.length === 4) controller.abort();
    },
  });
  await expect(run).rejects.toThrow(AbortedError);
  expect(frames).toHaveLength(4);
});

test('what cannot be minimised is refused', async () => {
  const atoms = argonCluster();
  for (const bad of [{ fmax: 0 }, { maxSteps: -1 }, { maxStep: -1 }, { maxRise: NaN }]) {
    await expect(minimize(argon, atoms, bad)).rejects.toThrow(InvalidArgumentError);
  }
  await expect(minimize(argon, atoms, { cell: true })).rejects.toThrow(InvalidArgumentError);
  const crystal = createAtoms({
    symbols: ['Ar'],
    positions: [0, 0, 0],
    cell: [5, 5, 5],
    pbc: true,
  });
  await expect(minimize(argon, crystal, { cell: true })).rejects.toThrow(PropertyNotAvailableError);
  expect(() => fire(3, { maxStep: 0 })).toThrow(InvalidArgumentError);
  expect(() => lbfgs(3, { memory: 0 })).toThrow(InvalidArgumentError);
  const broken = calculatorOf('nan', () => NaN);
  await expect(minimize(broken, atoms)).rejects.toThrow(MdError);
  const silent = { ...argon, calculate: () => ({ energy: 1 }) };
  await expect(minimize(silent, atoms)).rejects.toMatchObject({ code: 'md/missing-result' });
});
