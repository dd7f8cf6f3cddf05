import { describe, expect, test } from '@jest/globals';
import { type Atoms, type Calculator, createAtoms, type Results } from '@mlffd/core';
import { CallRecorder, recordingOverhead } from '../src/index.ts';

const one = createAtoms({ symbols: ['Ar'], positions: [0, 0, 0] });
const two = createAtoms({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 3.8, 0, 0] });

/** Answers as told; has state of its own, as calculators have. */
class Told implements Calculator {
  readonly name = 'told';
  readonly properties = ['energy'] as const;
  readonly elements = [18];
  readonly cutoff = 5;
  readonly concurrency = 2;
  readonly answers: (() => Results | Promise<Results>)[] = [];
  #disposed = 0;
  #ahead = 3;

  get ahead(): number {
    return this.#ahead++;
  }

  get disposed(): number {
    return this.#disposed;
  }

  calculate(): Results | Promise<Results> {
    return (this.answers.shift() ?? ((): Results => ({ energy: this.#disposed })))();
  }

  uncertainty({ numbers }: Atoms): { energy: number; forces: Float64Array } {
    return { energy: this.#disposed, forces: new Float64Array(numbers.length) };
  }

  dispose(): void {
    this.#disposed++;
  }
}

describe('a recorded calculator', () => {
  test('is the same calculator to its caller', async () => {
    const told = new Told();
    const recorder = new CallRecorder();
    const recorded = recorder.wrap(told);
    const { name, properties, elements, cutoff, concurrency } = recorded;
    expect({ name, properties, elements, cutoff, concurrency }).toEqual({
      name: 'told',
      properties: ['energy'],
      elements: [18],
      cutoff: 5,
      concurrency: 2,
    });
    expect([recorded.ahead, recorded.ahead]).toEqual([3, 4]);
    expect(await recorded.uncertainty?.(two)).toMatchObject({ energy: 0 });
    // An answer that is there at once stays so.
    expect(recorded.calculate(one, ['energy'])).toEqual({ energy: 0 });
    await recorded.dispose();
    expect(told.disposed).toBe(1);
    const plain = recorder.wrap({
      name: 'plain',
      properties: [],
      calculate: () => ({}),
      dispose: () => undefined,
    });
    expect('cutoff' in plain || 'elements' in plain || 'uncertainty' in plain).toBe(false);
    expect(plain.ahead).toBe(0);
    await recorder.stop();
  });

  test('has its calls timed, those that overlap in the order in which they began', async () => {
    const told = new Told();
    const recorder = new CallRecorder();
    const recorded = recorder.wrap(told);
    const release: (() => void)[] = [];
    const later = (): Promise<Results> =>
      new Promise((resolve) => {
        release.push(() => {
          resolve({ energy: 1 });
        });
      });
    told.answers.push(later, later);
    const first = recorded.calculate(one, ['energy']);
    const second = recorded.calculate(two, ['energy']);
    release[1]();
    await second;
    release[0]();
    await first;
    const { starts, ends, atoms, lost } = await recorder.stop();
    expect([...atoms]).toEqual([1, 2]);
    expect(starts[0]).toBeLessThanOrEqual(starts[1]);
    expect(ends[0]).toBeGreaterThanOrEqual(ends[1]);
    expect(lost).toBe(0);
  });

  test('keeps the last calls where there is no room, and none that fail', async () => {
    const told = new Told();
    const recorder = new CallRecorder({ capacity: 5 });
    const recorded = recorder.wrap(told);
    told.answers.push(
      () => {
        throw new Error('no answer');
      },
      () => Promise.reject(new Error('no answer either')),
    );
    expect(() => recorded.calculate(one, ['energy'])).toThrow('no answer');
    await expect(recorded.calculate(one, ['energy'])).rejects.toThrow('no answer either');
    for (let k = 0; k < 10; k++) void recorded.calculate(k < 5 ? one : two, ['energy']);
    expect(recorder.count).toBe(10);
    expect(recorder.last).toBeGreaterThanOrEqual(0);
    const { starts, atoms, lost } = await recorder.stop();
    // Room is a power of two.
    expect([...atoms]).toEqual([1, 1, 1, 2, 2, 2, 2, 2]);
    expect(lost).toBe(2);
    expect([...starts]).toEqual([...starts].sort((a, b) => a - b));
  });
});

test('the cost of recording is measured', async () => {
  const { synchronous, promised } = await recordingOverhead();
  expect(Number.isFinite(synchronous) && Number.isFinite(promised)).toBe(true);
});
