import { describe, expect, test } from '@jest/globals';
import {
  AbortedError,
  type Atoms,
  type Calculator,
  CalculatorUnavailableError,
  InvalidArgumentError,
  InvalidAtomsError,
  PropertyNotAvailableError,
} from '@mlffd/core';
import { calculatorOf } from '@mlffd/test-support/models';
import { compareDimers, dimerCurve } from '../src/scans/dimers.ts';
import { later, smoothLennardJones } from './potentials.ts';

const [EPSILON, SIGMA] = [0.3, 1.2];
const MINIMUM = 2 ** (1 / 6) * SIGMA;
/** A parabola through three points h = 0.05 Angstrom apart is off by h^2 V''' / 6 V'' = 0.0065 Angstrom. */
const PLACE_TOLERANCE = 8e-3;
const DEPTH_TOLERANCE = 1e-3;

/** Two atoms with V(d) and V'(d). */
function pairOf(
  name: string,
  curve: (d: number) => readonly [number, number],
  cutoff?: number,
): Calculator {
  const calculator = calculatorOf(name, ({ positions: r }, forces) => {
    const [energy, slope] = curve(r[3] - r[0]);
    forces[3] = -slope;
    forces[0] = slope;
    return energy;
  });
  return cutoff === undefined ? calculator : { ...calculator, cutoff };
}

const lennardJones = (d: number): readonly [number, number] => {
  const s6 = (SIGMA / d) ** 6;
  return [4 * EPSILON * (s6 * s6 - s6), (4 * EPSILON * (6 * s6 - 12 * s6 * s6)) / d];
};

/** A gap of a Gaussian at d0. */
const bump = (
  d: number,
  [height, d0, width]: readonly [number, number, number],
): readonly [number, number] => {
  const value = height * Math.exp(-(((d - d0) / width) ** 2));
  return [value, (-2 * (d - d0) * value) / width ** 2];
};

describe('dimerCurve', () => {
  test('Lennard-Jones: one minimum, one flip, the depth', async () => {
    const calculator = pairOf('lj', lennardJones);
    const curve = await dimerCurve({ calculator, pair: ['O', 'H'] });
    expect(curve.x).toHaveLength(111);
    expect([curve.x[0], curve.x[110]]).toEqual([0.5, 6]);
    const { minima, forceFlips, failures, firstFailure, spikes, jump } = curve.features;
    expect(minima).toHaveLength(1);
    expect(Math.abs(minima[0].x - MINIMUM)).toBeLessThan(PLACE_TOLERANCE);
    // The tail at 6 Angstrom is the zero.
    const depth = -EPSILON - lennardJones(6)[0];
    expect(Math.abs(minima[0].energy - depth)).toBeLessThan(DEPTH_TOLERANCE);
    expect({ forceFlips, failures, firstFailure, spikes }).toEqual({
      forceFlips: 1,
      failures: 0,
      firstFailure: null,
      spikes: [],
    });
    // What Simpson's rule leaves of a wall of 10 eV.
    expect(jump?.relative).toBeLessThan(0.01);
    expect(curve.cutoff).toBeNull();
    expect(JSON.parse(JSON.stringify(curve))).toEqual(curve);
    const asynchronous = await dimerCurve({ calculator: later(calculator), pair: ['O', 'H'] });
    expect(asynchronous).toEqual(curve);
  });

  test('a cutoff is smooth, or jumps by what is cut off', async () => {
    const smooth = { ...smoothLennardJones({ cutoff: 6 }), cutoff: 6 };
    const soft = await dimerCurve({ calculator: smooth, pair: ['Ar', 'Ar'], from: 3 });
    expect(soft.x.at(-1)).toBe(6.5);
    expect(soft.cutoff?.energy).toBeLessThan(1e-9);
    expect(soft.cutoff?.force).toBeLessThan(1e-7);
    const sharp = pairOf('cut', (d) => (d < 2.5 ? lennardJones(d) : [0, 0]), 2.5);
    const hard = await dimerCurve({ calculator: sharp, pair: ['H', 'H'], points: 51 });
    const [energy, slope] = lennardJones(2.5);
    // A step of 2 mA beside a jump of 15 meV.
    expect(hard.cutoff?.energy).toBeCloseTo(-energy, 4);
    expect(hard.cutoff?.force).toBeCloseTo(slope, 3);
    expect(hard.features.jump?.x).toBeCloseTo(2.5, 1);
    expect(hard.features.jump?.energy).toBeGreaterThan(0.8 * Math.abs(energy));
    // The energy is continuous, the force is not: a kink.
    const kink = pairOf('kink', (d) => (d < 2 ? lennardJones(d) : [lennardJones(2)[0], 0]));
    const found = await dimerCurve({
      calculator: kink,
      pair: ['H', 'H'],
      from: 1,
      to: 4,
      points: 61,
      ceiling: 0.3,
    });
    expect(found.features.spikes).toHaveLength(1);
    expect(Math.abs(found.features.spikes[0] - 2)).toBeLessThan(0.06);
    expect(Math.abs((found.features.roughness?.x ?? 0) - 2)).toBeLessThan(0.11);
  });

  test('distances without an answer are counted', async () => {
    const broken: Calculator = {
      ...pairOf('broken', lennardJones),
      calculate(atoms: Atoms, properties) {
        const d = atoms.positions[3];
        if (d < 0.7) throw new InvalidAtomsError('test/too-close', `too close at ${d.toFixed(2)}`);
        const results = pairOf('lj', lennardJones).calculate(atoms, properties);
        return d < 0.9 ? { energy: NaN, forces: new Float64Array(6) } : results;
      },
    };
    const { energy, features } = await dimerCurve({ calculator: broken, pair: ['H', 'H'] });
    expect(features).toMatchObject({
      failures: 8,
      firstFailure: 'too close at 0.50',
      forceFlips: 1,
    });
    expect(energy.slice(0, 8)).toEqual(Array(8).fill(null));
    expect(energy[8]).not.toBeNull();
    expect(features.minima).toHaveLength(1);
    const never = { ...broken, calculate: () => ({ energy: NaN, forces: new Float64Array(6) }) };
    const nothing = await dimerCurve({ calculator: never, pair: ['H', 'H'] });
    expect(nothing.features).toMatchObject({
      failures: 111,
      minima: [],
      jump: null,
      roughness: null,
    });
  });

  test('what concerns every distance is thrown', async () => {
    const calculator = pairOf('lj', lennardJones);
    const pair = ['H', 'H'] as const;
    const gone = new CalculatorUnavailableError('test/gone', 'gone');
    const dead: Calculator = { ...calculator, calculate: () => Promise.reject(gone) };
    await expect(dimerCurve({ calculator: dead, pair })).rejects.toBe(gone);
    const blind: Calculator = { ...calculator, properties: ['energy'] };
    await expect(dimerCurve({ calculator: blind, pair })).rejects.toThrow(
      PropertyNotAvailableError,
    );
    const silent: Calculator = { ...calculator, calculate: () => ({ energy: 1 }) };
    await expect(dimerCurve({ calculator: silent, pair })).rejects.toMatchObject({
      code: 'md/missing-result',
    });
    for (const bad of [{ from: 0 }, { from: 7 }, { points: 4 }]) {
      await expect(dimerCurve({ calculator, pair, ...bad })).rejects.toThrow(InvalidArgumentError);
    }
    const controller = new AbortController();
    const stopping: Calculator = {
      ...calculator,
      calculate: (atoms, properties, options) => {
        expect(options?.signal).toBe(controller.signal);
        controller.abort();
        return calculator.calculate(atoms, properties);
      },
    };
    const { signal } = controller;
    await expect(dimerCurve({ calculator: stopping, pair, signal })).rejects.toThrow(AbortedError);
  });
});

describe('compareDimers', () => {
  test('every pair; the same potential differs by nothing', async () => {
    const calculator = pairOf('lj', lennardJones);
    const events: string[] = [];
    const found = await compareDimers({
      teacher: calculator,
      student: calculator,
      elements: ['H', 'O'],
      onEvent: ({ dimer }) => events.push(dimer.pair.join('-')),
    });
    expect(events).toEqual(['H-H', 'H-O', 'O-O']);
    for (const dimer of found) {
      expect(dimer).toMatchObject({
        energyRmse: 0,
        forceRmse: 0,
        repulsion: 1,
        minimumShift: 0,
        depthDifference: 0,
        spuriousMinima: [],
        collapse: false,
        extraFlips: 0,
      });
    }
  });

  test('a false minimum, and a shifted one', async () => {
    const hole = pairOf('hole', (d) => {
      const [a, b] = [lennardJones(d), bump(d, [-0.2, 3.5, 0.3])];
      return [a[0] + b[0], a[1] + b[1]];
    });
    const shifted = pairOf('shifted', (d) => lennardJones(d - 0.1));
    const options = { teacher: pairOf('lj', lennardJones), elements: ['H'] };
    const [first] = await compareDimers({ ...options, student: hole });
    expect(first.spuriousMinima).toHaveLength(1);
    expect(Math.abs(first.spuriousMinima[0].x - 3.5)).toBeLessThan(0.05);
    expect(first.extraFlips).toBe(2);
    const [second] = await compareDimers({ ...options, student: shifted });
    expect(Math.abs((second.minimumShift ?? 0) - 0.1)).toBeLessThan(2 * PLACE_TOLERANCE);
    expect(Math.abs(second.depthDifference ?? 1)).toBeLessThan(2 * DEPTH_TOLERANCE);
    expect(second.energyRmse).toBeGreaterThan(0.1);
  });

  test('atoms that fall into each other', async () => {
    const falling = pairOf('falling', (d) => [-1 / d, 1 / d ** 2]);
    const [dimer] = await compareDimers({
      teacher: pairOf('lj', lennardJones),
      student: falling,
      elements: ['H'],
      wall: 1,
    });
    expect(dimer).toMatchObject({
      collapse: true,
      repulsion: -1,
      minimumShift: null,
      extraFlips: -1,
    });
  });
});
