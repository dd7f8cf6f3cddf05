import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formatExtxyzFrame } from '@mlffd/core';
import { exportMemmap, fcc, perturbedSet, writeDataset } from '@mlffd/data';
import { initializeParameters, PRESETS, saveStudent } from '@mlffd/student';
import type { TeacherComparison } from '@mlffd/teachers';
import { structuresFor } from '../src/commands/teacher/structures.ts';
import { run } from '../src/run.ts';
import { mlffd } from './support/mlffd.ts';

/** Crystals of copper and gold, each as it is and shaken six times. */
const STRUCTURES = [
  ...perturbedSet({
    parents: (['Cu', 'Au'] as const).map((element) => ({
      id: element,
      atoms: fcc(element, element === 'Cu' ? 3.62 : 4.08),
    })),
    count: 6,
    stdev: 0.1,
    strain: 0.02,
    seed: 1,
  }),
];

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-compare-'));
  file = join(folder, 'metals.xyz');
  const iron = '2\n\nFe 0 0 0\nFe 2.4 0 0\n';
  const frames = STRUCTURES.map(({ atoms }) =>
    formatExtxyzFrame({ atoms, results: {}, arrays: {} }),
  );
  writeFileSync(file, [...frames.slice(0, 3), iron, ...frames.slice(3)].join(''));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const figuresIn = (name: string): TeacherComparison =>
  JSON.parse(readFileSync(join(folder, name, 'teacher-compare.json'), 'utf8')) as TeacherComparison;

const compare = (a: string, b: string, ...flags: string[]) =>
  mlffd(['teacher', 'compare', a, b, ...flags]);

describe('mlffd teacher compare', () => {
  test('compares two teachers, tells what one cannot do, and draws a page', async () => {
    const out = join(folder, 'emt-morse');
    const { code, stdout, stderr } = await compare('emt', 'morse', '--structures', file, '-o', out);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain('morse against emt on 14 of 15 structures');
    expect(stdout).toContain('frame 3: emt: emt has no parameters for Fe');
    expect(stdout).toMatch(/force MAE +\| +[\d,.]+ meV\/A/);
    const figures = figuresIn('emt-morse');
    expect(figures).toMatchObject({ given: 15, compared: 14, ended: null });
    expect(figures.energy).toMatchObject({ fitted: 2, undetermined: [] });
    expect(figures.energy!.references.Cu.a_eV).toBeCloseTo(0.1, 0);
    expect(figures.stress!.structures).toBe(14);
    const html = readFileSync(join(out, 'teacher-compare.html'), 'utf8');
    for (const text of ['Agreement', 'Worst structures', 'Left out', 'emt force component']) {
      expect(html).toContain(text);
    }
  });

  test('takes a student for a teacher, and tells two of one name apart', async () => {
    const student = join(folder, 'metals', 'student');
    const config = { ...PRESETS['ultra-tiny'], features: 8, interactions: 1 };
    const energies = new Float64Array(config.maxAtomicNumber);
    for (const z of [29, 79]) energies[z] = -1;
    await saveStudent(student, {
      config,
      parameters: initializeParameters(config, 1),
      baseline: { energies, scale: 1 },
      provenance: {},
    });
    const { code, stdout } = await compare('emt', student, '--structures', file, '--most', '5');
    expect(code).toBe(0);
    expect(stdout).toContain('metals student against emt on');
    const twice = await compare('emt', 'emt', '--structures', file, '--most', '4');
    expect(twice.stdout).toContain('emt (B) against emt (A)');
    expect(twice.stdout).toMatch(/force MAE +\| +0 meV\/A/);
  });

  test('ends with 1 where there is nothing to compare, with what happened', async () => {
    const { code, stderr } = await compare('emt', 'stillinger-weber', '--structures', file);
    expect(code).toBe(1);
    expect(stderr).toContain('no structure has an answer of both');
    expect(stderr).toContain('teachers/nothing-compared');
  });

  test('stops on request with 130, and keeps what is done', async () => {
    const out = join(folder, 'stopped');
    const controller = new AbortController();
    const stdout = new PassThrough() as PassThrough & { isTTY?: boolean; columns?: number };
    stdout.isTTY = true;
    stdout.columns = 120;
    stdout.on('data', (chunk: Buffer) => {
      if (/compare: [4-9]\/15/.test(chunk.toString())) controller.abort();
    });
    const args = ['teacher', 'compare', 'chgnet', 'emt', '--structures', file, '-o', out];
    const io = { stdout, stderr: new PassThrough(), signal: controller.signal };
    expect(await run(args, io)).toBe(130);
    const figures = figuresIn('stopped');
    expect(figures.ended).toBe('stopped on request');
    // What is shown arrives a little after it is written.
    expect(figures.compared).toBeGreaterThanOrEqual(3);
    expect(figures.compared).toBeLessThan(14);
    expect(readFileSync(join(out, 'teacher-compare.html'), 'utf8')).toMatch(
      /Only \d+ of 15 structures/,
    );
    // Stopped before anything was done: nothing to keep.
    const at = join(folder, 'never');
    const never = await mlffd([...args.slice(0, -1), at], AbortSignal.abort());
    expect(never.code).toBe(130);
    expect(existsSync(at)).toBe(false);
  });

  test('refuses wrong use', async () => {
    expect((await compare('emt', 'morse')).code).toBe(2);
    const many = await compare('emt', 'morse', '--structures', file, '--most', 'many');
    expect(many.code).toBe(2);
    const empty = join(folder, 'empty.xyz');
    writeFileSync(empty, '');
    const none = await compare('emt', 'morse', '--structures', empty);
    expect(none.code).toBe(2);
    const nobody = await compare('emt', 'orb-v9', '--structures', file);
    expect(nobody.code).not.toBe(0);
    expect(nobody.stderr).toContain('orb-v9');
  });
});

describe('structuresFor', () => {
  test('reads stores, folders of recipes and memmaps, evenly spread', async () => {
    const built = join(folder, 'recipe');
    const labelled = STRUCTURES.map((structure) => ({
      ...structure,
      energy: 0,
      forces: new Float64Array(3 * structure.atoms.numbers.length),
    }));
    await writeDataset(join(built, 'dataset.h5'), labelled, { teacher: 'test' });
    for (const path of [built, join(built, 'dataset.h5')]) {
      const { structures, of } = await structuresFor(path, 4);
      expect(of).toBe(14);
      expect(structures.map(({ name }) => name.split(':')[0])).toEqual(['1', '5', '8', '12']);
      expect(structures[0].atoms.positions).toEqual(STRUCTURES[1].atoms.positions);
    }
    const memmap = join(folder, 'memmap');
    exportMemmap(labelled, memmap);
    const { structures, of } = await structuresFor(memmap, 3);
    expect([structures.length, of]).toEqual([3, 14]);
    const places = structures.map(({ name }) => Number(name.split(':')[0]));
    expect(places[2] - places[0]).toBeGreaterThanOrEqual(6);
    expect((await structuresFor(built, 99)).structures).toHaveLength(14);
  });
});
