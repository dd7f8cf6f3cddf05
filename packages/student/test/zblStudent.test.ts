import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import {
  type Atoms,
  createAtoms,
  InvalidAtomsError,
  neighborList,
  type Property,
  volume,
} from '@mlffd/core';
import {
  CHECKPOINT_FILES,
  loadStudent,
  parsePainnConfig,
  saveStudent,
  type Student,
  StudentCalculator,
  StudentConfigError,
  verifyStudent,
} from '../src/index.ts';
import { zblEnergy } from '../src/zbl/zblEnergy.ts';
import { BACKENDS } from './backends.ts';
import { box, randomStudent, SMALL, water, worst } from './systems.ts';

/** Sums of a few hundred eV in another order. */
const ROUNDING = 1e-10;
const ALL: Property[] = ['energy', 'energies', 'forces', 'stress'];

const plain = randomStudent();
const student: Student = { ...plain, config: { ...SMALL, zbl: true } };
function dimer(symbols: readonly string[], r: number): Atoms {
  return createAtoms({
    symbols: [...symbols],
    positions: [
      [0, 0, 0],
      [0, 0, r],
    ],
  });
}

describe.each(BACKENDS)('a student with repulsion of nuclei on $name', ({ create }) => {
  const made = create(student);
  const plainly = create(plain);

  afterAll(async () => {
    await (await made).dispose();
    await (await plainly).dispose();
  });

  test('is the network and the repulsion', async () => {
    const atoms = box(30);
    for (const values of [atoms.positions, atoms.cell]) {
      values.forEach((value, k) => (values[k] = 0.7 * value));
    }
    const [calculator, without] = [await made, await plainly];
    const [a, b] = [await calculator.calculate(atoms, ALL), await without.calculate(atoms, ALL)];
    const zbl = zblEnergy(atoms, neighborList(atoms, SMALL.cutoff));
    expect(zbl.energy).toBeGreaterThan(1);
    expect(Math.abs(a.energy! - b.energy! - zbl.energy)).toBeLessThan(ROUNDING);
    expect(
      worst(
        a.energies!,
        b.energies!.map((e, i) => e + zbl.energies[i]),
      ),
    ).toBeLessThan(ROUNDING);
    expect(
      worst(
        a.forces!,
        b.forces!.map((f, k) => f + zbl.forces[k]),
      ),
    ).toBeLessThan(ROUNDING);
    const size = volume(atoms);
    expect(
      worst(
        a.stress!,
        b.stress!.map((s, k) => s + zbl.virial[k] / size),
      ),
    ).toBeLessThan(ROUNDING);
  });

  test.each([
    ['H', 'H'],
    ['O', 'H'],
    ['C', 'N'],
  ])('%s and %s are pushed apart down to 0.1 Angstrom', async (...symbols) => {
    const calculator = await made;
    let last = -Infinity;
    for (const r of [0.4, 0.3, 0.2, 0.15, 0.1]) {
      const { energy, forces } = await calculator.calculate(dimer(symbols, r), [
        'energy',
        'forces',
      ]);
      expect(energy!).toBeGreaterThan(last);
      expect(forces![5]).toBeGreaterThan(0);
      last = energy!;
    }
  });

  test('answers what is asked for and nothing else', async () => {
    const calculator = await made;
    const { energy, ...rest } = await calculator.calculate(water(), ['energy']);
    expect(Number.isFinite(energy)).toBe(true);
    expect(rest).toEqual({});
  });

  test('refuses atoms at one place, and goes on afterwards', async () => {
    const calculator = await made;
    const refusal = (async () => calculator.calculate(dimer(['O', 'H'], 0), ['energy']))();
    await expect(refusal).rejects.toBeInstanceOf(InvalidAtomsError);
    await expect(refusal).rejects.toMatchObject({ code: 'student/coincident-atoms' });
    expect((await calculator.calculate(water(), ['energy'])).energy).toBeDefined();
  });
});

describe('options in a checkpoint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'student-'));
  const config = join(folder, CHECKPOINT_FILES.config);
  const model = (): Record<string, unknown> =>
    (JSON.parse(readFileSync(config, 'utf8')) as { model: Record<string, unknown> }).model;

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('survive saving and loading, and the copy gives the same numbers', async () => {
    const both: Student = { ...plain, config: { ...SMALL, zbl: true, isolatedAtoms: 'baseline' } };
    await saveStudent(folder, both);
    expect(loadStudent(folder).config).toMatchObject({ zbl: true, isolatedAtoms: 'baseline' });
    expect((await verifyStudent(folder)).ok).toBe(true);
    const copy = await StudentCalculator.load(folder);
    const original = await StudentCalculator.fromStudent(both);
    try {
      expect(await copy.calculate(box(20), ALL)).toEqual(await original.calculate(box(20), ALL));
    } finally {
      await copy.dispose();
      await original.dispose();
    }
  });

  test('are not written where they are at their default: old checkpoints stay what they are', async () => {
    await saveStudent(folder, {
      ...plain,
      config: { ...SMALL, zbl: false, isolatedAtoms: 'network' },
    });
    expect(Object.keys(model())).not.toContain('zbl');
    expect(Object.keys(model())).not.toContain('isolatedAtoms');
    expect(loadStudent(folder).config).toEqual(parsePainnConfig(SMALL));
  });

  test('are checked, and misspelt ones are named', async () => {
    await saveStudent(folder, student);
    const text = readFileSync(config, 'utf8');
    expect(text).toContain('"zbl": true');
    writeFileSync(config, text.replace('"zbl": true', '"zbl": "yes"'));
    expect(() => loadStudent(folder)).toThrow('"zbl" in');
    writeFileSync(config, text.replace('"zbl": true', '"zbll": true'));
    expect(() => loadStudent(folder)).toThrow(StudentConfigError);
    expect(() => parsePainnConfig({ ...SMALL, isolatedAtoms: 'E0' })).toThrow(StudentConfigError);
    expect(() => parsePainnConfig({ ...SMALL, isolatedAtom: 'baseline' })).toThrow('Unknown key');
  });
});
