import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from '@jest/globals';
import { createAtoms, type Atoms } from '@mlffd/core';
import { pythonPeer } from '@mlffd/peers';
import type { PythonTeacherEvent, PythonTeacherOptions } from '../src/python/pythonOptions.ts';
import { PythonTeacher } from '../src/python/pythonTeacher.ts';

const peer = pythonPeer('reference');

/** Interpreter with ASE and tblite. */
export const PYTHON = peer.python ?? 'python3';

export const HAS_PYTHON: boolean = peer.skip === undefined;

/** Tests that need it. */
export const testPython = peer.skip === undefined ? test : test.skip;

/** Calculators and scripts of the tests. */
export const SCRIPTS: string = fileURLToPath(
  new URL('../../../tooling/python/teachers', import.meta.url),
);

export const WATER: Atoms = createAtoms({
  symbols: ['O', 'H', 'H'],
  positions: [0.01, 0, 0.12, 0, 0.76, -0.48, 0.02, -0.77, -0.47],
});

/** A harmonic structure that `faulty_calculator:Faulty` goes wrong with, by the fault of a number. */
export function helium(fault = 0): Atoms {
  return createAtoms({ symbols: ['He', 'H'], positions: [0, 0, 1, 0, 0, 2], charge: fault });
}

/** One that it answers; its energy is 2.5 eV. */
export const HYDROGEN: Atoms = createAtoms({ symbols: ['H', 'H'], positions: [0, 0, 1, 0, 0, 2] });

/** A teacher of tooling/python/teachers. */
export async function startTest(
  calculator: string,
  options: PythonTeacherOptions = {},
): Promise<{ teacher: PythonTeacher; events: PythonTeacherEvent[] }> {
  const events: PythonTeacherEvent[] = [];
  const teacher = await PythonTeacher.start({
    calculator,
    python: PYTHON,
    env: { PYTHONPATH: SCRIPTS },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { teacher, events };
}

/** Numbers of the processes that were started. */
export function pidsIn(events: readonly PythonTeacherEvent[]): number[] {
  return events.flatMap((event) => (event.type === 'worker-started' ? [event.pid] : []));
}

/** Whether a process still computes or waits; one that is only left to be reaped does not. */
export function isRunning(pid: number): boolean {
  if (process.platform === 'linux') {
    if (!existsSync(`/proc/${pid}/stat`)) return false;
    try {
      return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until something holds; the limit is only for a test that fails. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let k = 0; k < 400; k++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`still not so: ${what}`);
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it did not fail: ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
