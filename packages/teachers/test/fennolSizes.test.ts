import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { type Atoms, createAtoms, Rng } from '@mlffd/core';
import type { FennolTeacher } from '../src/python/fennolTeacher.ts';
import { modelPath, PATIENCE, startFennol, testFennol } from './fennolSupport.ts';
import { pidsIn } from './pythonSupport.ts';

/** What JAX says with JAX_LOG_COMPILES when it makes a program out of a function of ours. */
const COMPILED = /Finished XLA compilation of jit\((forces|stress)\)/;
const CALLS = 2000;
/** What the heap of an allocator may wander within, MB; a leak of a structure per call is 20 MB. */
const GROWTH = 15;

/** Up to 15 atoms, which have less than 128 neighbours. */
function chain(count: number, rng: Rng): Atoms {
  const positions: number[] = [];
  for (let i = 0; i < count; i++) {
    positions.push(1.3 * i + 0.1 * rng.normal(), 0.4 * (i % 2), 0.1 * rng.normal());
  }
  const numbers = Array.from({ length: count }, () => [1, 6, 7, 8][rng.integer(4)]);
  return createAtoms({ numbers, positions });
}

testFennol(
  'structures of changing size compile a model once and leave nothing behind',
  async () => {
    const { teacher, events } = await startFennol({
      model: modelPath('molecule'),
      env: { JAX_LOG_COMPILES: '1' },
    });
    try {
      const rng = new Rng(1, 'sizes');
      const first = chain(7, rng);
      const { energy } = await teacher.calculate(first, ['energy']);
      await ask(teacher, rng, CALLS / 4);
      const before = residentMemory(pidsIn(events)[0]);
      await ask(teacher, rng, (3 * CALLS) / 4);
      expect(residentMemory(pidsIn(events)[0]) - before).toBeLessThan(GROWTH);
      const programs = events
        .filter(({ type }) => type === 'log')
        .map((event) => ('line' in event ? event.line : ''));
      expect(programs.filter((line) => COMPILED.test(line))).toHaveLength(1);
      // Bit for bit, whatever came in between.
      expect((await teacher.calculate(first, ['energy'])).energy).toBe(energy);
    } finally {
      await teacher.dispose();
    }
  },
  PATIENCE,
);

async function ask(teacher: FennolTeacher, rng: Rng, calls: number): Promise<void> {
  for (let k = 0; k < calls; k++) {
    await teacher.calculate(chain(1 + rng.integer(15), rng), ['energy', 'forces']);
  }
}

/** MB; 0 where the system does not tell. */
function residentMemory(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
