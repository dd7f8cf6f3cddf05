import { performance } from 'node:perf_hooks';
import { type Calculator, createAtoms, median } from '@mlffd/core';
import { CallRecorder } from './callRecorder.ts';

/** Calls of one measurement, and measurements. */
const CALLS = 2000;
const REPEATS = 15;

/** What taking the time of a call costs; within the latency as it is measured, not taken off. */
export interface RecordingOverhead {
  /** us per call of a calculator that answers at once. */
  readonly synchronous: number;
  /** us per call of one that answers with a promise: one turn of the queue of promises more. */
  readonly promised: number;
}

/** Measures it on this machine now: calls of calculators that do nothing, with the recorder less without. */
export async function recordingOverhead(): Promise<RecordingOverhead> {
  const results = { energy: 0 };
  const nothing = { name: 'nothing', properties: ['energy'], dispose: () => undefined } as const;
  const atoms = createAtoms({ symbols: ['Ar'], positions: [0, 0, 0] });
  const free: Calculator = { ...nothing, calculate: () => results };
  const later: Calculator = { ...nothing, calculate: () => Promise.resolve(results) };
  const recorder = new CallRecorder({ capacity: CALLS });
  const [wrappedFree, wrappedLater] = [recorder.wrap(free), recorder.wrap(later)];
  const once = (calculator: Calculator): number => {
    const start = performance.now();
    for (let k = 0; k < CALLS; k++) void calculator.calculate(atoms, ['energy']);
    return (1000 * (performance.now() - start)) / CALLS;
  };
  const awaited = async (calculator: Calculator): Promise<number> => {
    const start = performance.now();
    for (let k = 0; k < CALLS; k++) await calculator.calculate(atoms, ['energy']);
    return (1000 * (performance.now() - start)) / CALLS;
  };
  const synchronous: number[] = [];
  const promised: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    synchronous.push(once(wrappedFree) - once(free));
    promised.push((await awaited(wrappedLater)) - (await awaited(later)));
  }
  await recorder.stop();
  return { synchronous: median(synchronous), promised: median(promised) };
}
