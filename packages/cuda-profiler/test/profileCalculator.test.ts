import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createAtoms, type Calculator, type Property } from '@mlffd/core';
import { profileCalculator } from '../src/index.ts';

const atoms = createAtoms({ symbols: ['He', 'He'], positions: [0, 0, 0, 3, 0, 0] });

/** A clock that only moves when told to, ms: what is measured does not depend on the machine. */
let clock: number;
beforeEach(() => {
  clock = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
});

function calculator(answer: (properties: readonly Property[]) => void): Calculator {
  return {
    name: 'busy',
    properties: ['energy', 'forces'],
    calculate: (_, properties) => {
      answer(properties);
      return { energy: 0 };
    },
    dispose: () => undefined,
  };
}

describe('profileCalculator', () => {
  test('leaves the warm-up out and measures what a call takes', async () => {
    let calls = 0;
    const slowStart = calculator(() => {
      clock += calls++ < 3 ? 20 : calls;
    });
    const {
      latency,
      samples,
      atoms: count,
    } = await profileCalculator(slowStart, atoms, {
      calls: 5,
      warmup: 3,
    });
    expect(calls).toBe(8);
    expect([...samples]).toEqual([4, 5, 6, 7, 8]);
    expect(count).toBe(2);
    expect(latency.p50).toBe(6);
  });

  test('waits for promises, and asks for the wanted properties', async () => {
    const asked: (readonly Property[])[] = [];
    const slow: Calculator = {
      ...calculator(() => undefined),
      calculate: async (_, properties) => {
        asked.push(properties);
        await Promise.resolve();
        clock += 5;
        return { energy: 0 };
      },
    };
    const { latency } = await profileCalculator(slow, atoms, {
      calls: 3,
      warmup: 0,
      properties: ['energy'],
    });
    expect(latency.min).toBe(5);
    expect(asked).toEqual([['energy'], ['energy'], ['energy']]);
  });

  test('does not count the preparation of a call', async () => {
    const quick = calculator(() => {
      clock += 2;
    });
    const { latency } = await profileCalculator(quick, atoms, {
      calls: 3,
      warmup: 0,
      beforeCall: () => {
        clock += 30;
      },
    });
    expect(latency.max).toBe(2);
  });

  test('stops on request', async () => {
    const controller = new AbortController();
    const stopping = calculator(() => {
      controller.abort();
    });
    const profile = profileCalculator(stopping, atoms, { calls: 9, signal: controller.signal });
    await expect(profile).rejects.toMatchObject({
      name: 'AbortedError',
      code: 'profiler/aborted',
      where: 'call 1 of 14',
    });
  });

  test.each([{ calls: 0 }, { calls: 2.5 }, { calls: 1, warmup: -1 }])(
    'refuses %j',
    async (options) => {
      const profile = profileCalculator(
        calculator(() => undefined),
        atoms,
        options,
      );
      await expect(profile).rejects.toMatchObject({ code: 'profiler/invalid-option' });
    },
  );
});
