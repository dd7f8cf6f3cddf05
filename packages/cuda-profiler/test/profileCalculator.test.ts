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
    expect(profile).toMatchObject({ calculator: 'recorder', atoms: 2, warmup: 7 });
    expect(profile.samples).toHaveLength(30);
    expect(profile.latency.count).toBe(30);
    expect(profile.latency.max).toBe(Math.max(...profile.samples));
    expect(profile.firstCall).toBeGreaterThanOrEqual(0);
    expect(Object.keys(profile.memory)).toEqual(['rss', 'heapUsed', 'external']);
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

  test('passes errors of the calculator on', async () => {
    const calculator = new Recorder(() => {
      throw new Error('no parameters');
    });
    await expect(profileCalculator(calculator, atoms)).rejects.toThrow('no parameters');
  });

  test.each([{ calls: 2 }, { calls: 3.5 }, { warmup: -1 }])('refuses %j', async (options) => {
    await expect(profileCalculator(new Recorder(), atoms, options)).rejects.toMatchObject({
      code: 'profiler/invalid-calls',
    });
  });
});
