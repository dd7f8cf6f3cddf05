import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect } from '@jest/globals';
import { type Atoms, createAtoms, writeExtxyz } from '@mlffd/core';
import type { IpiAddress } from '@mlffd/core/ipi';
import { Emt } from '../src/emt/emt.ts';
import type { IpiTeacherOptions } from '../src/ipi/ipiOptions.ts';
import { IpiTeacher } from '../src/ipi/ipiTeacher.ts';
import { largestDifference } from './fixtures.ts';
import { alloy, ASE_DRIVER, freeName } from './ipiSupport.ts';
import { PYTHON, testPython } from './pythonSupport.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'ipi-ase-'));
// Both are float64 with the same constants; units, turns and the order of sums cost some 1e-13.
const SAME = 1e-11;
const START_SECONDS = 60;

const CLUSTER = createAtoms({
  symbols: ['Ni', 'Al', 'Pt'],
  positions: [0, 0, 0, 2.5, 0.2, 0.1, 1.1, 2.3, -0.2],
});

const exits: Promise<unknown[]>[] = [];

afterEach(async () => {
  const codes = await Promise.all(exits.splice(0));
  // Every driver was told to exit, and none had a complaint.
  expect(codes.every(([code]) => code === 0)).toBe(true);
});

afterAll(() => {
  rmSync(FOLDER, { recursive: true });
});

/** A real ASE driver for the atoms; connects when the teacher listens. */
function startDriver(atoms: Atoms, address: IpiAddress): void {
  const file = join(FOLDER, `${exits.length}.extxyz`);
  writeFileSync(file, writeExtxyz([{ atoms }]));
  const where =
    address.path === undefined
      ? [address.host, String(address.port)]
      : ['unix', address.path.replace('/tmp/ipi_', '')];
  const child = spawn(PYTHON, [ASE_DRIVER, file, ...where], {
    env: { ...process.env, OMP_NUM_THREADS: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  exits.push(once(child, 'exit'));
}

async function withAse(atoms: Atoms, options: IpiTeacherOptions, drivers = 1): Promise<IpiTeacher> {
  return IpiTeacher.listen({
    name: 'ase-emt',
    timeout: START_SECONDS,
    acceptTimeout: START_SECONDS,
    drivers,
    template: atoms,
    onEvent: (event) => {
      if (event.type !== 'listening') return;
      for (let k = 0; k < drivers; k++) startDriver(atoms, event.address);
    },
    ...options,
  });
}

async function expectEmt(teacher: IpiTeacher, structures: readonly Atoms[]): Promise<void> {
  const emt = new Emt();
  const answers = await Promise.all(
    structures.map((atoms) => teacher.calculate(atoms, ['energy', 'forces', 'stress'])),
  );
  for (const [k, { energy, forces, stress }] of answers.entries()) {
    const exact = emt.calculate(structures[k], ['energy', 'forces', 'stress']);
    expect(Math.abs(energy! - exact.energy!)).toBeLessThan(SAME);
    expect(largestDifference(forces!, exact.forces!)).toBeLessThan(SAME);
    expect(largestDifference(stress!, exact.stress!)).toBeLessThan(SAME);
    // The comparison is of something: these structures are strained and moved.
    expect(Math.max(...stress!.map(Math.abs))).toBeGreaterThan(1e-3);
  }
}

const STRUCTURES = Array.from({ length: 10 }, (_, seed) => alloy(seed));

testPython('ASE over a Unix socket gives what EMT gives', async () => {
  const teacher = await withAse(STRUCTURES[0], { path: freeName('ase') });
  await expectEmt(teacher, STRUCTURES);
  await teacher.dispose();
});

testPython('two of ASE over TCP share the work, asked for the status between', async () => {
  const teacher = await withAse(STRUCTURES[0], { port: 0, consolidated: false }, 2);
  expect(teacher.concurrency).toBe(2);
  await expectEmt(teacher, STRUCTURES);
  await teacher.dispose();
});

testPython('cells as they are, and a cluster without one', async () => {
  const crystal = await withAse(STRUCTURES[0], { port: 0, cellFrame: false });
  await expectEmt(crystal, STRUCTURES.slice(0, 2));
  await crystal.dispose();
  const cluster = await withAse(CLUSTER, { port: 0 });
  const { energy, forces } = await cluster.calculate(CLUSTER, ['energy', 'forces']);
  const exact = new Emt().calculate(CLUSTER, ['energy', 'forces']);
  expect(Math.abs(energy! - exact.energy!)).toBeLessThan(SAME);
  expect(largestDifference(forces!, exact.forces!)).toBeLessThan(SAME);
  await cluster.dispose();
});
