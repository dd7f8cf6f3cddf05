import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { TeamError } from '../src/fused/errors.ts';
import { startNodeThread } from '../src/fused/nodeThreads.ts';
import type { PartThread, StartThread } from '../src/fused/partThread.ts';
import { FusedStudent } from './fusedStructures.ts';
import { randomStudent, water } from './systems.ts';

const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error instanceof TeamError ? error.code : error;
  }
};

/** A thread with this text, in place of that which computes. */
const startText =
  (text: string): StartThread =>
  (_, listener) => {
    const worker = new Worker(text, { eval: true });
    worker.once('message', listener.ready);
    worker.once('error', listener.ended);
    worker.once('exit', listener.ended);
    return {
      end: async () => {
        await worker.terminate();
      },
    };
  };

test('a thread that has been ended is noticed at the next call', async () => {
  const fused = new FusedStudent(randomStudent(), 3);
  const threads: PartThread[] = [];
  const team = await fused.team({
    startThread: (task, listener) => {
      const thread = startNodeThread(task, listener);
      threads.push(thread);
      return thread;
    },
  });
  const structure = fused.place(water());
  const run = (): number => team.run(fused.image.address, structure.struct.address);
  expect(run()).toBe(0);
  await threads[1].end();
  expect(codeOf(run)).toBe('student/team-lost');
  expect(codeOf(run)).toBe('student/team-lost');
  await team.dispose();
});

test.each([true, false])('a thread that never answers is given up (sleep: %s)', async (sleep) => {
  const fused = new FusedStudent(randomStudent(), 2);
  // Reports that it is ready, and then does nothing.
  const text = `require('node:worker_threads').parentPort.postMessage('ready'); setInterval(() => {}, 1000)`;
  const team = await fused.team({ startThread: startText(text), sleep, patience: 0.2 });
  const structure = fused.place(water());
  const run = (): number => team.run(fused.image.address, structure.struct.address);
  expect(codeOf(run)).toBe('student/team-lost');
  expect(codeOf(run)).toBe('student/team-lost');
  await team.dispose();
});

test('a trap in the part of another thread ends the call at once', async () => {
  const fused = new FusedStudent(randomStudent(), 2);
  const team = await fused.team();
  const structure = fused.place(water());
  // Its pairs are where there is no memory.
  structure.parts[1].setWord('forces', 0xffff_fff0);
  expect(codeOf(() => team.run(fused.image.address, structure.struct.address))).toBe(
    'student/team-lost',
  );
  await team.dispose();
});

test('a trap in the own part ends the team', async () => {
  const fused = new FusedStudent(randomStudent(), 2);
  const team = await fused.team();
  const structure = fused.place(water());
  structure.parts[0].setWord('forces', 0xffff_fff0);
  expect(codeOf(() => team.run(fused.image.address, structure.struct.address))).toBe(
    'student/team-lost',
  );
  await team.dispose();
});

test('threads that do not start are reported', async () => {
  const fused = new FusedStudent(randomStudent(), 2);
  const start = (text: string, startTimeout = 60): Promise<unknown> =>
    fused.team({ startThread: startText(text), startTimeout });
  await expect(start('throw new Error("no room")')).rejects.toMatchObject({
    code: 'student/team-start',
    found: 'no room',
  });
  await expect(start('setInterval(() => {}, 1000)', 0.1)).rejects.toMatchObject({
    code: 'student/team-start',
  });
  await expect(
    fused.team({
      startThread: () => {
        throw new RangeError('none to be had');
      },
    }),
  ).rejects.toMatchObject({ code: 'student/team-start', found: 'none to be had' });
});

test('dispose ends all threads, and nothing can be computed after it', async () => {
  const fused = new FusedStudent(randomStudent(), 3);
  const ended: unknown[] = [];
  const team = await fused.team({
    startThread: (task, { ready, ended: end }) =>
      startNodeThread(task, {
        ready,
        ended: (cause) => {
          ended.push(cause);
          end(cause);
        },
      }),
  });
  const structure = fused.place(water());
  expect(team.run(fused.image.address, structure.struct.address)).toBe(0);
  await team.dispose();
  await team.dispose();
  expect(ended).toHaveLength(2);
  expect(codeOf(() => team.run(fused.image.address, structure.struct.address))).toBe(
    'student/team-disposed',
  );
});

test('a program ends though it has not disposed its team', () => {
  const file = (name: string): string => new URL(`../${name}`, import.meta.url).href;
  const text = `
    import { readFileSync } from 'node:fs';
    import { startNodeThread } from '${file('dist/fused/nodeThreads.js')}';
    import { KernelTeam } from '${file('dist/fused/team.js')}';
    const bytes = readFileSync(new URL('${file('wasm/simd-threads.wasm')}'));
    const kernels = { kind: 'simd', shared: true, module: new WebAssembly.Module(bytes) };
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true });
    await KernelTeam.start({ kernels, memory, sync: 65536, threads: 3, startThread: startNodeThread });
    console.log('started');`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', text], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: 30_000,
  });
  expect(out.trim()).toBe('started');
});
