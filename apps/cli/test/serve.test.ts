import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, writeExtxyz } from '@mlffd/core';
import { initializeParameters, saveStudent, StudentCalculator } from '@mlffd/student';
import { IpiTeacher, type IpiTeacherOptions } from '@mlffd/teachers';
import { type Ended, mlffd } from './support/mlffd.ts';

const CONFIG = {
  features: 8,
  interactions: 1,
  radialBasis: { type: 'bessel', count: 4 },
  cutoff: 4,
  cutoffFunction: 'polynomial',
} as const;
/** float32 of numbers of order 10 after a way to Bohr and back, eV and eV/Angstrom. */
const FLOAT32 = 1e-5;
/** s */
const LONG = 60;

let folder: string;
let student: string;
let crystal: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-serve-'));
  student = join(folder, 'student');
  crystal = join(folder, 'crystal.xyz');
  const energies = new Float64Array(100);
  energies.set([-13.6], 1);
  await saveStudent(student, {
    config: CONFIG,
    parameters: initializeParameters(CONFIG, 1),
    baseline: { energies, scale: 1, elements: [1] },
    provenance: { note: 'random weights' },
  });
  writeFileSync(crystal, writeExtxyz([{ atoms: hydrogen(0) }]));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const freeName = (): string => `mlffd-cli-${randomBytes(6).toString('hex')}`;

/** Four atoms in a cell that is smaller than the cutoff. */
function hydrogen(k: number, isPeriodic = true): Atoms {
  return createAtoms({
    symbols: ['H', 'H', 'H', 'H'],
    positions: Array.from({ length: 12 }, (_, i) => 1.3 * Math.sin(3 * i + 1) + 0.05 * k + i / 9),
    ...(isPeriodic ? { cell: [3.2, 0.1, 0, 0.5, 3.4, 0, -0.4, 0.2, 3.6], pbc: true } : {}),
  });
}

/** Our own server drives the program; both must agree about everything on the wire. */
async function drive(
  options: IpiTeacherOptions,
  flags: readonly string[],
  structures: readonly Atoms[],
): Promise<Ended> {
  let started: (ended: Promise<Ended>) => void = () => undefined;
  const served = new Promise<Ended>((resolve) => (started = resolve));
  const teacher = await IpiTeacher.listen({
    ...{ drivers: 1, timeout: LONG, acceptTimeout: LONG },
    ...options,
    onEvent: (event) => {
      if (event.type !== 'listening') return;
      const { path, port } = event.address;
      const where = path === undefined ? ['--port', String(port)] : ['--unix', path];
      started(mlffd(['serve', student, '--template', crystal, ...where, ...flags]));
    },
  });
  const calculator = await StudentCalculator.load(student);
  const properties = ['energy', 'forces', 'stress'] as const;
  const answers = await Promise.all(
    structures.map((atoms) => teacher.calculate(atoms, properties)),
  );
  for (const [k, answer] of answers.entries()) {
    const exact = await calculator.calculate(structures[k], properties);
    expect(Math.abs(answer.energy! - exact.energy!)).toBeLessThan(FLOAT32);
    for (const name of ['forces', 'stress'] as const) {
      const difference = answer[name]!.map((x, i) => Math.abs(x - exact[name]![i]));
      expect(Math.max(...difference)).toBeLessThan(FLOAT32);
      expect(Math.max(...exact[name]!.map(Math.abs))).toBeGreaterThan(100 * FLOAT32);
    }
  }
  await teacher.dispose();
  await calculator.dispose();
  return served;
}

const many = Array.from({ length: 7 }, (_, k) => hydrogen(k));

test('a student behind our own server: Unix socket, batches', async () => {
  const { code, stdout, stderr } = await drive({ path: freeName(), batchSize: 3 }, [], many);
  expect(`${String(code)}${stdout}`).toBe('0');
  expect(stderr).toContain('4 atoms, periodic along a, b, c\n');
  expect(stderr).toContain('batches  of 3 structures\n');
  expect(stderr).toContain('done     the server said EXIT; 3 answers about 7 structures\n');
});

test('over TCP, asked for the status between, on ONNX Runtime', async () => {
  const flags = ['--backend', 'onnx', '--threads', '1', '--pbc', 'all'];
  const { code, stderr } = await drive({ port: 0, consolidated: false }, flags, many.slice(0, 3));
  expect(code).toBe(0);
  expect(stderr).toContain('done     the server said EXIT; 3 answers\n');
});

describe('wrong use', () => {
  const unix = ['--unix', 'mlffd-nobody'];

  test.each<[string, () => readonly string[], string, number]>([
    ['no address', () => [student, '-t', crystal], 'usage/address', 2],
    ['two addresses', () => [student, '-t', crystal, ...unix, '--port', '1'], 'usage/address', 2],
    ['axes', () => [student, '-t', crystal, ...unix, '--pbc', 'xy'], 'usage/pbc', 2],
    ['no template', () => [student, '-t', join(folder, 'none.xyz'), ...unix], 'fs/not-found', 1],
    ['a folder without a student', () => [folder, '-t', crystal, ...unix], 'usage/no-student', 2],
    [
      'a teacher with options of a student',
      () => ['emt', '-t', crystal, ...unix, '--threads', '2'],
      'usage/teacher-option',
      2,
    ],
    [
      'a teacher that does not know hydrogen',
      () => ['stillinger-weber', '-t', crystal, ...unix],
      'md/element',
      2,
    ],
    [
      'nobody there',
      () => [student, '-t', crystal, ...unix, '--wait', '0.05'],
      'md/ipi-connect',
      1,
    ],
  ])('%s', async (_, args, error, expected) => {
    const { code, stdout, stderr } = await mlffd(['serve', ...args()]);
    expect(stderr).toContain(`code: ${error}`);
    expect([code, stdout]).toEqual([expected, '']);
  });
});

test('is stopped while it waits', async () => {
  const controller = new AbortController();
  const args = ['serve', student, '-t', crystal, '-u', freeName()];
  const served = mlffd(args, controller.signal);
  setTimeout(() => {
    controller.abort();
  }, 50);
  const { code, stderr } = await served;
  expect(code).toBe(130);
  expect(stderr).toContain('stopped  after 0 answers\n');
});
