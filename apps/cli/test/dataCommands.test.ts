import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readExtxyzFile } from '@mlffd/core';
import { Dataset, loadSplit, writeDataset } from '@mlffd/data';
import { initializeParameters, PRESETS, saveStudent } from '@mlffd/student';
import { mlffd } from './support/mlffd.ts';

const RECIPE = `
name: salts
teacher: { type: lj, epsilon: 0.02, sigma: 2, cutoff: 5 }
sources:
  - name: salts
    crystals: { prototypes: [rocksalt, cscl], elements: [[Li, Na, K], [F, Cl]] }
    rattle: { count: 5 }
    dynamics:
      { temperatures: [100, 900], frames: 2, stride: 2, equilibration: 4, timestep: 0.5 }
`;

let folder: string;
let file: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-commands-'));
  writeFileSync(join(folder, 'recipe.yaml'), RECIPE);
  const built = await mlffd(['data', 'build', join(folder, 'recipe.yaml'), '--out', folder]);
  expect(`${String(built.code)} ${built.stderr}`).toBe('0 ');
  file = join(folder, 'dataset.h5');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a dataset for as long as something is asked of it. */
async function ask<T>(path: string, question: (dataset: Dataset) => T): Promise<T> {
  const dataset = await Dataset.open(path);
  try {
    return question(dataset);
  } finally {
    dataset.close();
  }
}

describe('mlffd data audit', () => {
  test('passes a sound dataset', async () => {
    const { code, stdout } = await mlffd(['data', 'audit', file]);
    expect(code).toBe(0);
    expect(stdout).toContain('GO:');
  });

  test('ends with 3 where training would fail, and says which structures and what to do', async () => {
    const broken = join(folder, 'broken.h5');
    const structures = await ask(file, (dataset) =>
      [...dataset].map((structure) => ({
        ...structure,
        forces: new Float64Array(structure.forces!.length),
      })),
    );
    await writeDataset(broken, structures, { teacher: 'lost its forces' });
    const { code, stdout } = await mlffd(['data', 'audit', broken]);
    expect(code).toBe(3);
    expect(stdout).toContain('NO-GO');
    expect(stdout).toContain('zero-forces');
    expect(stdout).toMatch(/structures: 0, 1, 2/);
    expect(stdout).toContain('fix:');
    const json = await mlffd(['data', 'audit', broken, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ go: false });
  });

  test('finds the leaks of a split', async () => {
    const split = join(folder, 'random.json');
    expect((await mlffd(['data', 'split', file, '--by', 'random', '--out', split])).code).toBe(0);
    const { stdout } = await mlffd(['data', 'audit', file, '--split', split]);
    expect(stdout).toContain('leak');
  });
});

describe('mlffd data split', () => {
  test('keeps families together and freezes the choice', async () => {
    const split = join(folder, 'split.json');
    const { code, stdout } = await mlffd(['data', 'split', file]);
    expect(code).toBe(0);
    expect(stdout).not.toContain('leak');
    await ask(file, (dataset) => {
      const { train, validation, test: tested } = loadSplit(split, dataset);
      expect(train.length + validation.length + tested.length).toBe(dataset.length);
      const groups = (side: Int32Array) => new Set(Array.from(side, (k) => dataset.metas[k].group));
      for (const group of groups(tested)) expect(groups(train).has(group)).toBe(false);
    });
  });

  test('holds out compositions and temperatures', async () => {
    const held = join(folder, 'held.json');
    const byFormula = ['--by', 'composition', '--hold', 'KCl', '--out', held];
    expect((await mlffd(['data', 'split', file, ...byFormula])).code).toBe(0);
    await ask(file, (dataset) => {
      for (const k of loadSplit(held, dataset).test) {
        expect(new Set(dataset.numbers(k))).toEqual(new Set([19, 17]));
      }
    });
    const missing = await mlffd(['data', 'split', file, '--by', 'temperature']);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('--train-up-to');
  });

  test.each([
    ['--fractions', '1,2'],
    ['--seed', 'x'],
    ['--by', 'colour'],
  ])('%s %s is refused', async (option, value) => {
    expect((await mlffd(['data', 'split', file, option, value])).code).toBe(2);
  });
});

test('mlffd data normalize writes reference energies and tells of those that are open', async () => {
  const { code, stdout } = await mlffd(['data', 'normalize', file]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Na\s+-?\d/);
  // Every structure has as many cations as anions: only sums are known.
  expect(stdout).toContain('warning');
  const json = JSON.parse(readFileSync(join(folder, 'normalization.json'), 'utf8')) as object;
  expect(json).toMatchObject({ format: 'mlffd-normalization' });
});

test('mlffd data report writes a page and figures, and judges', async () => {
  const out = join(folder, 'report');
  const { code, stdout } = await mlffd(['data', 'report', file, '--out', out, '--sample', '60']);
  // A hundred salts are no universal potential.
  expect(code).toBe(3);
  expect(stdout).toContain('NO-GO at the gate of 1K');
  const html = readFileSync(join(out, 'diversity.html'), 'utf8');
  expect(html).toContain('<svg');
  expect(html).not.toMatch(/<(?:script|link|img)[^>]+(?:src|href)="(?!data:)/);
  expect(JSON.parse(readFileSync(join(out, 'diversity.json'), 'utf8'))).toMatchObject({
    format: 'mlffd-diversity',
  });
});

describe('datasets made from others', () => {
  test('filter keeps what meets all conditions', async () => {
    const out = join(folder, 'filtered.h5');
    const conditions = ['--elements', 'Na,K,Cl', '--source', 'md', '--max-temperature', '500'];
    expect((await mlffd(['data', 'filter', file, ...conditions, '--out', out])).code).toBe(0);
    await ask(out, (dataset) => {
      expect(dataset.length).toBe(2 * 2 * 2);
      for (const { source, temperature } of dataset.metas) {
        expect(source).toBe('md');
        expect(temperature).toBe(100);
      }
    });
  });

  test('subsets at random, diverse, and of a split', async () => {
    const out = join(folder, 'subset.h5');
    for (const flags of [
      ['--count', '10'],
      ['--count', '10', '--diverse'],
    ]) {
      const made = await mlffd(['data', 'subset', file, ...flags, '--out', out]);
      expect(made.code).toBe(0);
      await ask(out, (dataset) => {
        expect(new Set(dataset.metas.map(({ id }) => id)).size).toBe(10);
      });
    }
    const split = join(folder, 'subset.json');
    await mlffd(['data', 'split', file, '--out', split]);
    const side = ['--split', split, '--side', 'test', '--small', '--out', out];
    expect((await mlffd(['data', 'subset', file, ...side])).code).toBe(0);
    const expected = await ask(file, (dataset) => loadSplit(split, dataset).test.length);
    await ask(out, (dataset) => {
      expect(dataset.length).toBe(expected);
    });
    const neither = await mlffd(['data', 'subset', file, '--out', out]);
    expect(neither.code).toBe(2);
    expect(neither.stderr).toContain('--count');
  });

  test('merge joins, refuses equal ids, and takes prefixes', async () => {
    const out = join(folder, 'merged.h5');
    const twice = await mlffd(['data', 'merge', file, file, '--out', out]);
    expect(twice.code).not.toBe(0);
    expect(existsSync(out)).toBe(false);
    const half = join(folder, 'half.h5');
    await mlffd(['data', 'subset', file, '--count', '10', '--out', half]);
    const merged = await mlffd(['data', 'merge', file, half, '--prefix', '--out', out]);
    expect(`${String(merged.code)} ${merged.stderr}`).toBe('0 ');
    const [all, some] = await Promise.all([file, out].map((path) => ask(path, (d) => d.length)));
    expect(some).toBe(all + 10);
  });
});

describe('mlffd data convert', () => {
  test('into extended XYZ, a memory-mapped folder, and back, with all labels', async () => {
    const xyz = join(folder, 'converted.xyz');
    const memmap = join(folder, 'memmap');
    const back = join(folder, 'back.h5');
    for (const [from, to] of [
      [file, xyz],
      [xyz, memmap],
      [memmap, back],
    ]) {
      const { code, stderr } = await mlffd(['data', 'convert', from, to]);
      expect(`${String(code)} ${stderr}`).toBe('0 ');
    }
    expect(existsSync(`${xyz}.converting.h5`)).toBe(false);
    const [before, after] = await Promise.all(
      [file, back].map((path) => ask(path, (dataset) => [...dataset])),
    );
    expect(after).toHaveLength(before.length);
    // The layout holds float32.
    const close = (a: number, b: number) => {
      expect(Math.abs(a - b)).toBeLessThan(1e-6 * (1 + Math.abs(b)));
    };
    for (const [k, { atoms, meta, energy, forces }] of after.entries()) {
      expect(meta.id).toBe(before[k].meta.id);
      expect(atoms.numbers).toEqual(before[k].atoms.numbers);
      close(energy!, before[k].energy!);
      forces!.forEach((value, at) => {
        close(value, before[k].forces![at]);
      });
    }
  });

  test('refuses a format that nobody writes, before it reads anything', async () => {
    const { code, stderr } = await mlffd(['data', 'convert', 'nothing.h5', 'some.lmdb']);
    expect(code).toBe(2);
    expect(stderr).toContain('.lmdb');
  });
});

describe('mlffd data query', () => {
  test('chooses what students of other seeds know least, at most so many of a group', async () => {
    const students = [1, 2, 3].map((seed) => join(folder, `student-${String(seed)}`));
    const config = { ...PRESETS['ultra-tiny'], features: 8, interactions: 1 };
    const energies = new Float64Array(config.maxAtomicNumber);
    for (const z of [3, 9, 11, 17, 19]) energies[z] = -1;
    for (const [seed, path] of students.entries()) {
      await saveStudent(path, {
        config,
        parameters: initializeParameters(config, seed),
        baseline: { energies, scale: 1 },
        provenance: {},
      });
    }
    const out = join(folder, 'chosen.xyz');
    const flags = ['--count', '8', '--per-group', '3', '--lower', '1e-9', '--upper', '1e9'];
    const asked = ['data', 'query', file, '--students', ...students, ...flags, '--out', out];
    const { code, stdout, stderr } = await mlffd(asked);
    expect(`${String(code)} ${stderr}`).toBe('0 ');
    expect(stdout).toContain('8 chosen');
    const frames = readExtxyzFile(out);
    expect(frames).toHaveLength(8);
    const groups = frames.map(({ atoms }) => String(atoms.info?.group));
    for (const group of groups) {
      expect(groups.filter((other) => other === group).length).toBeLessThanOrEqual(3);
    }
    // Labels of another teacher are not handed on.
    expect(frames[0].results.energy).toBeUndefined();

    const alone = await mlffd([
      ...['data', 'query', file, '--students', students[0]],
      ...['--count', '2', '--out', out],
    ]);
    expect(alone.code).not.toBe(0);
    expect(alone.stderr).toContain('what to do');
  });
});
