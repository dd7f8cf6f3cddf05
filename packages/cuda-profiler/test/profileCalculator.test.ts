import { describe, expect, test } from '@jest/globals';
import { type Atoms, type Calculator, createAtoms, type Results } from '@mlffd/core';
import { profileCalculator, type ProfileEvent } from '../src/index.ts';

const atoms = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3.8, 0, 0] });

/** Notes what it is asked. */
class Recorder implements Calculator {
  readonly name = 'recorder';
  readonly properties = ['energy', 'forces'] as const;
  readonly seen: number[] = [];
  readonly asked: (readonly string[])[] = [];
  readonly #answer: (results: Results) => Results | Promise<Results>;

  constructor(answer: (results: Results) => Results | Promise<Results> = (results) => results) {
    this.#answer = answer;
  }

  calculate(structure: Atoms, properties: readonly string[]): Results | Promise<Results> {
    this.seen.push(structure.positions[3]);
    this.asked.push(properties);
    return this.#answer({ energy: 0, forces: new Float64Array(6) });
  }

  dispose(): void {
    this.seen.length = 0;
  }
}

describe('profileCalculator', () => {
  test('makes the calls, drops the warm-up and describes the rest', async () => {
    const calculator = new Recorder();
    const profile = await profileCalculator(calculator, atoms, { calls: 30, warmup: 7 });
    expect(calculator.seen).toHaveLength(37);
    expect(new Set(calculator.asked.flat())).toEqual(new Set(['energy', 'forces']));
    expect(profile).toMatchObject({ calculator: 'recorder', atoms: 2, warmup: { calls: 7 } });
    expect(profile.samples).toHaveLength(30);
    expect(profile.latency.count).toBe(30);
    expect(profile.latency.max).toBe(Math.max(...profile.samples));
    expect(profile.firstCall).toBeGreaterThanOrEqual(0);
    expect(profile).toMatchObject({ memory: null, allocation: null, energy: null });
    expect(Object.keys(profile.peaks)).toEqual(['warm-up', 'calls']);
    expect(profile.phases.map(({ name, calls }) => [name, calls])).toEqual([
      ['warm-up', 7],
      ['calls', 30],
    ]);
  });

  test('never asks for the same positions twice, and leaves the structure alone', async () => {
    const calculator = new Recorder();
    await profileCalculator(calculator, atoms, { calls: 20, warmup: 0, displacement: 0.01 });
    expect(new Set(calculator.seen).size).toBe(20);
    expect(calculator.seen.every((x) => Math.abs(x - 3.8) <= 0.01)).toBe(true);
    expect(atoms.positions[3]).toBe(3.8);
  });

  test('waits for promises', async () => {
    let open = 0;
    let most = 0;
    const calculator = new Recorder(async (results) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return results;
    });
    await profileCalculator(calculator, atoms, { calls: 5, warmup: 1, properties: ['energy'] });
    expect(most).toBe(1);
    expect(calculator.asked).toEqual(new Array(6).fill(['energy']));
  });

  test('tells its progress and stops when asked to', async () => {
    const events: ProfileEvent[] = [];
    const stop = new AbortController();
    const running = profileCalculator(new Recorder(), atoms, {
      calls: 1000,
      warmup: 0,
      signal: stop.signal,
      onEvent: (event) => {
        events.push(event);
        if (event.done === 100) stop.abort();
      },
    });
    await expect(running).rejects.toMatchObject({
      code: 'profiler/aborted',
      message: 'stopped after 150 of 1000 calls',
    });
    expect(events.map(({ done }) => done)).toEqual([0, 50, 100]);
  });

  test('finds the warm-up by itself, and stops in time', async () => {
    let calls = 0;
    const calculator = new Recorder(async (results) => {
      // Waits are far above what the machine does beside.
      const wait = ++calls <= 3 ? 100 : 5;
      await new Promise((resolve) => setTimeout(resolve, wait));
      return results;
    });
    const profile = await profileCalculator(calculator, atoms, {
      calls: 10_000,
      warmup: 'auto',
      seconds: 0.6,
    });
    expect(profile.warmup.calls).toBeGreaterThanOrEqual(3);
    expect(profile.firstCall).toBeGreaterThan(50);
    expect(profile.samples).toHaveLength(profile.calls);
    expect(calls).toBeLessThan(200);
  });

  test('watches memory in calls of their own', async () => {
    const calculator = new Recorder((results) => ({ ...results, forces: new Float64Array(2000) }));
    const events: number[] = [];
    const { memory, allocation, peaks } = await profileCalculator(calculator, atoms, {
      calls: 20,
      warmup: 0,
      memoryCalls: 60,
      onEvent: ({ done }) => events.push(done),
    });
    expect(memory).toMatchObject({ calls: 60, samples: 21 });
    // Forces of 16 kB.
    expect(allocation?.external).toBeGreaterThan(15_000);
    expect(allocation?.external).toBeLessThan(20_000);
    expect(peaks.memory).toBeGreaterThan(1e6);
    expect(events.at(-1)).toBe(80);
  });

  test('knows the energy of a call where power can be read', async () => {
    const readings = [10, undefined, 30, 30];
    const { energy } = await profileCalculator(new Recorder(), atoms, {
      calls: 10,
      power: () => readings.shift(),
    });
    // Idle first; the run is too short for more than one reading, which fails.
    expect(energy).toBeNull();
    const steady = await profileCalculator(new Recorder(), atoms, { calls: 10, power: () => 30 });
    expect(steady.energy).toMatchObject({ power: 30, idlePower: 30, abovePerCall: 0 });
    expect(steady.energy?.perCall).toBeCloseTo(3 * (steady.energy?.seconds ?? 0), 12);
  });

  test('passes errors of the calculator on', async () => {
    const calculator = new Recorder(() => {
      throw new Error('no parameters');
    });
    await expect(profileCalculator(calculator, atoms)).rejects.toThrow('no parameters');
  });

  test.each([{ calls: 2 }, { calls: 3.5 }, { warmup: -1 }, { memoryCalls: 5 }])(
    'refuses %j',
    async (options) => {
      await expect(profileCalculator(new Recorder(), atoms, options)).rejects.toMatchObject({
        code: 'profiler/invalid-calls',
      });
    },
  );
});
