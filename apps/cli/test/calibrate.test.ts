import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAtoms, Rng } from '@mlffd/core';
import { Dataset, saveSplit, splitByGroup, writeDataset } from '@mlffd/data';
import { initializeParameters, loadStudent, saveStudent, StudentCalculator } from '@mlffd/student';
import { Command } from 'commander';
import { registerCalibrateCommand } from '../src/commands/calibrate/register.ts';

const config = {
  features: 8,
  interactions: 1,
  radialBasis: { type: 'bessel', count: 5 },
  cutoff: 4,
  cutoffFunction: 'polynomial',
  maxAtomicNumber: 8,
} as const;

let folder: string;
let student: string;
let data: string;
let split: string;

/** Runs the command as the program does; what it printed. */
async function calibrate(
  args: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  const stdout = new PassThrough();
  let text = '';
  stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const program = new Command('mlffd').exitOverride();
  registerCalibrateCommand(program, { stdout, stderr: new PassThrough(), signal });
  await program.parseAsync(['calibrate', student, '--data', data, ...args], { from: 'user' });
  return text;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-calibrate-'));
  student = join(folder, 'student');
  data = join(folder, 'labels.h5');
  split = join(folder, 'split.json');
  const energies = new Float64Array(9);
  energies.set([-20], 8);
  const made = {
    config,
    parameters: initializeParameters(config, 1),
    baseline: { energies, scale: 0.5, elements: [8] },
    provenance: {},
  };
  await saveStudent(student, made, { card: '# Mine\n' });
  // Labels are those of the student and errors of a known size.
  const calculator = await StudentCalculator.fromStudent(made);
  const labelled = [];
  for (let k = 0; k < 60; k++) {
    const rng = new Rng(k, 'structure');
    const atoms = createAtoms({
      numbers: [8, 8, 8],
      positions: [0, 1.2, 2.5].map((x) => [x + 0.2 * rng.normal(), 0.3 * rng.normal(), 0]),
    });
    const { energy, forces } = await calculator.calculate(atoms, ['energy', 'forces']);
    labelled.push({
      atoms,
      energy: energy! + 0.01 * rng.normal(),
      forces: forces!.map((f) => f + 0.02 * rng.normal()),
      meta: { id: `s${String(k)}`, group: `g${String(k)}`, source: 'random' },
    });
  }
  await calculator.dispose();
  await writeDataset(data, labelled, { teacher: 'student with errors' });
  const dataset = await Dataset.open(data);
  const fractions = { train: 0.4, validation: 0.3, test: 0.3 };
  saveSplit(split, splitByGroup(dataset, { seed: 1, fractions }), dataset);
  dataset.close();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('mlffd calibrate', () => {
  test('gives a student uncertainties, and shows how right they are', async () => {
    const before = readdirSync(student).map((name) => [name, readFileSync(join(student, name))]);
    const page = join(folder, 'pages', 'report.html');
    const text = await calibrate(['--split', split, '--heads', '8', '-o', page]);
    expect(text).toContain('8 heads, compared with the errors on 18 test structures');
    expect(text).toContain('force component');
    expect(text).toContain(`report   ${page}`);
    const html = readFileSync(page, 'utf8');
    for (const part of ['Uncertainty of a student', 'Coverage', 'Error against uncertainty']) {
      expect(html).toContain(part);
    }
    const figures = JSON.parse(readFileSync(join(folder, 'pages', 'report.json'), 'utf8')) as {
      heads: number;
      test: { structures: number; forces: { count: number; points: unknown[]; rmse: number } };
    };
    expect(figures.heads).toBe(8);
    expect(figures.test.structures).toBe(18);
    expect(figures.test.forces.count).toBe(18 * 9);
    expect(figures.test.forces.points).toHaveLength(31);
    // Errors were made with 0.02 eV/Angstrom; 162 of them.
    expect(Math.abs(figures.test.forces.rmse / 0.02 - 1)).toBeLessThan(0.3);
    // Nothing else in the folder has changed.
    for (const [name, bytes] of before) {
      expect(readFileSync(join(student, String(name))).equals(bytes as Buffer)).toBe(true);
    }
    expect(readdirSync(student)).toHaveLength(before.length + 1);
    expect(loadStudent(student).uncertainty?.count).toBe(8);
    const calculator = await StudentCalculator.load(student);
    const oxygen = createAtoms({
      numbers: [8, 8],
      positions: new Float64Array([0, 0, 0, 0, 0, 2]),
    });
    expect((await calculator.uncertainty(oxygen)).energy).toBeGreaterThan(0);
    await calculator.dispose();
  });

  test('warns without a split, writes beside the student, and is the same each time', async () => {
    const text = await calibrate([]);
    expect(text).toContain('warning: without --split');
    expect(existsSync(join(student, 'uncertainty.html'))).toBe(true);
    const first = readFileSync(join(student, 'uncertainty.safetensors'));
    await calibrate([]);
    expect(readFileSync(join(student, 'uncertainty.safetensors')).equals(first)).toBe(true);
    expect(loadStudent(student).uncertainty?.count).toBe(16);
  });

  test('refuses what is no number of heads, a missing folder, a split of other data', async () => {
    await expect(calibrate(['--heads', 'many'])).rejects.toMatchObject({ code: 'usage/number' });
    await expect(calibrate(['--heads', '1'])).rejects.toMatchObject({ code: 'train/heads' });
    const nothing = join(folder, 'nothing.json');
    await expect(calibrate(['--split', nothing])).rejects.toMatchObject({
      name: 'FileSystemError',
    });
  });

  test('leaves the student as it is when it is stopped', async () => {
    const before = readFileSync(join(student, 'uncertainty.safetensors'));
    const stopped = calibrate(['--seed', '5'], AbortSignal.abort());
    await expect(stopped).rejects.toMatchObject({ name: 'AbortedError' });
    expect(readFileSync(join(student, 'uncertainty.safetensors')).equals(before)).toBe(true);
  });
});
