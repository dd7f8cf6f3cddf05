import { afterEach, expect } from '@jest/globals';
import { BOHR, HARTREE } from '@mlffd/core';
import { Emt } from '../src/emt/emt.ts';
import type { IpiTeacherOptions } from '../src/ipi/ipiOptions.ts';
import { IpiTeacher } from '../src/ipi/ipiTeacher.ts';
import { largestDifference } from './fixtures.ts';
import { alloy, EMT_PES, freeName, IPI_DRIVER } from './ipiSupport.ts';
import { PYTHON, testPython } from './pythonSupport.ts';

// i-PI converts with its own constants: 1 eV is 0.036749326 Hartree there, 9.6e-8 from CODATA 2014.
const CONSTANTS = 1e-6;
// Without a conversion there are only sums of float64.
const ROUNDING = 1e-12;

const teachers: IpiTeacher[] = [];

afterEach(async () => {
  await Promise.all(teachers.splice(0).map(async (teacher) => teacher.dispose()));
});

async function start(
  words: readonly string[],
  options: IpiTeacherOptions = {},
): Promise<IpiTeacher> {
  const teacher = await IpiTeacher.listen({
    command: [PYTHON, IPI_DRIVER, ...words],
    timeout: 60,
    acceptTimeout: 60,
    ...options,
  });
  teachers.push(teacher);
  return teacher;
}

const UNIX = ['-u', '-a', '{address}'];
const TCP = ['-a', '{host}', '-p', '{port}'];
const STRUCTURES = Array.from({ length: 6 }, (_, seed) => alloy(seed));

testPython('EMT behind i-pi-py_driver', async () => {
  const emt = new Emt();
  const words = ['-m', 'custom', '-P', EMT_PES, '-o', 'template={structure}'];
  const teacher = await start([...UNIX, ...words], { path: freeName('py') });
  const ask = ['energy', 'forces', 'stress'] as const;
  for (const atoms of STRUCTURES) {
    const { energy, forces, stress } = await teacher.calculate(atoms, ask);
    const exact = emt.calculate(atoms, ask);
    expect(Math.abs(energy! - exact.energy!)).toBeLessThan(CONSTANTS);
    expect(largestDifference(forces!, exact.forces!)).toBeLessThan(CONSTANTS);
    expect(largestDifference(stress!, exact.stress!)).toBeLessThan(CONSTANTS);
    expect(Math.max(...forces!.map(Math.abs))).toBeGreaterThan(0.1);
  }
});

testPython('harmonic wells, over TCP one by one, over a Unix socket in batches', async () => {
  const k = 0.3;
  for (const [where, batchSize] of [
    [TCP, 1],
    [UNIX, 4],
  ] as const) {
    const teacher = await start(['-m', 'harmonic', '-o', String(k), ...where], {
      batchSize,
      stress: false,
      ...(where === TCP ? { port: 0 } : {}),
    });
    const answers = await Promise.all(
      STRUCTURES.map(async (atoms) => teacher.calculate(atoms, ['energy', 'forces'])),
    );
    for (const [index, { energy, forces }] of answers.entries()) {
      const { positions } = STRUCTURES[index];
      const stiffness = (k * HARTREE) / BOHR ** 2;
      const exact = 0.5 * stiffness * positions.reduce((sum, x) => sum + x * x, 0);
      expect(Math.abs(energy! / exact - 1)).toBeLessThan(ROUNDING);
      const expected = positions.map((x) => -stiffness * x);
      expect(largestDifference(forces!, expected)).toBeLessThan(100 * ROUNDING);
    }
    expect(teacher.concurrency).toBe(batchSize);
  }
});
