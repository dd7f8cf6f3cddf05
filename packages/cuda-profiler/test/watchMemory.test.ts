import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { type Calculator, createAtoms, type Results } from '@mlffd/core';
import {
  type Collector,
  collectorOf,
  MEMORY_TRACKS,
  MemoryTrack,
  watchMemory,
} from '../src/index.ts';

const atoms = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3.8, 0, 0] });
/** What the issue asks for. */
const CALLS = 5000;
const SAMPLES = 100;

/** As with `node --expose-gc`. */
function forced(): Collector {
  setFlagsFromString('--expose-gc');
  return { kind: 'forced', ballast: 0, collect: runInNewContext('gc') as () => void };
}

function calculatorOf(calculate: () => Results | Promise<Results>): Calculator {
  return { name: 'leaky', properties: ['energy', 'forces'], calculate, dispose: () => undefined };
}

describe('watchMemory', () => {
  test('finds 1 kB of objects per call', async () => {
    const kept: number[][] = [];
    const leaky = calculatorOf(() => {
      // 125 numbers of 8 bytes.
      kept.push(Array.from({ length: 125 }, (_, k) => k + 0.5));
      return { energy: kept.length };
    });
    const { leaks, where, growth } = await watchMemory(leaky, atoms, {
      calls: CALLS,
      samples: SAMPLES,
      // Jest lets go of memory of its own, and not only once.
      collector: forced(),
    });
    expect(leaks).toBe(true);
    expect(where).toContain('heapUsed');
    expect(growth.heapUsed.slope).toBeGreaterThan(800);
    expect(growth.heapUsed.slope).toBeLessThan(1400);
  });

  test('finds 1 kB of buffers per call, also behind promises', async () => {
    const kept: Float64Array[] = [];
    const leaky = calculatorOf(async () => {
      kept.push(new Float64Array(128));
      return Promise.resolve({ energy: kept.length });
    });
    const { where, growth } = await watchMemory(leaky, atoms, { calls: CALLS, samples: SAMPLES });
    expect(where).toEqual(expect.arrayContaining(['external', 'arrayBuffers']));
    expect(growth.arrayBuffers.low).toBeLessThanOrEqual(1024);
    expect(growth.arrayBuffers.high).toBeGreaterThanOrEqual(1024);
  });

  test('finds nothing where a call only leaves garbage', async () => {
    const clean = calculatorOf(() => {
      const scratch = Array.from({ length: 125 }, (_, k) => k + 0.5);
      return { energy: scratch[3], forces: new Float64Array(300) };
    });
    const found = await watchMemory(clean, atoms, { calls: CALLS, samples: SAMPLES });
    expect({ leaks: found.leaks, where: found.where }).toEqual({ leaks: false, where: [] });
    expect(found.collection).toBe('provoked');
    expect(found.track.count).toBe(SAMPLES + 1);
    for (const name of MEMORY_TRACKS) expect(found.track.of(name)).toHaveLength(SAMPLES + 1);
  });

  test('uses the collector that it is given, once a sample and before the first', async () => {
    let collections = 0;
    const collect = (): void => {
      collections++;
    };
    const { collection } = await watchMemory(
      calculatorOf(() => ({})),
      atoms,
      {
        calls: 40,
        samples: 20,
        collector: { kind: 'forced', ballast: 0, collect },
      },
    );
    expect({ collection, collections }).toEqual({ collection: 'forced', collections: 28 });
  });

  test.each([{ samples: 10 }, { calls: 30 }])('refuses %j', async (options) => {
    const watching = watchMemory(
      calculatorOf(() => ({})),
      atoms,
      options,
    );
    await expect(watching).rejects.toMatchObject({ code: 'profiler/invalid-calls' });
  });
});

test('a track tells its own buffers from those of the collector, and takes no more than it has room for', () => {
  const collector = collectorOf();
  const track = new MemoryTrack(3);
  track.sample(0);
  const held = [new ArrayBuffer(collector.ballast), new ArrayBuffer(collector.ballast)];
  track.sample(1, collector.ballast);
  track.sample(2);
  track.sample(3);
  expect(held.map(({ byteLength }) => byteLength)).toEqual([2 ** 26, 2 ** 26]);
  const [before, without, plain] = track.of('arrayBuffers');
  // Other buffers of the test.
  expect(Math.abs(without - before)).toBeLessThan(2 ** 20);
  expect(plain - before).toBeGreaterThan(2 ** 26);
  expect([...track.calls]).toEqual([0, 1, 2]);
});
