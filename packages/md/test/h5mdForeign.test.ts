import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createAtoms, FileFormatError, KJ_PER_MOL } from '@mlffd/core';
import * as h5wasm from 'h5wasm/node';
import { appendTrajectory, openTrajectory, readTrajectory } from '../src/index.ts';
import { temporaryFolder } from './trajectoryFrames.ts';

/** Made by tooling/python/md/mdanalysis_files.py with MDAnalysis 2.11. */
const reference = JSON.parse(
  readFileSync(new URL('./fixtures/mdanalysis.json', import.meta.url), 'utf8'),
) as { readonly h5md: string; readonly positions: number[][]; readonly cells: number[][] };

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** Values were float32 on the way. */
const FLOAT32 = 2e-7;
const atoms = createAtoms({
  symbols: ['O', 'H', 'H', 'C', 'N'],
  positions: new Float64Array(15),
  pbc: true,
  cell: [9, 9, 9],
});

function expectNear(found: Float64Array | undefined, wanted: number[], scale = 20): void {
  expect(found).toHaveLength(wanted.length);
  const apart = wanted.map((value, k) => Math.abs(found![k] - value));
  expect(Math.max(...apart)).toBeLessThan(10 * FLOAT32 * scale);
}

test('a file of MDAnalysis: its units, its cells; elements from a structure', async () => {
  const path = join(folder, 'mdanalysis.h5md');
  writeFileSync(path, gunzipSync(Buffer.from(reference.h5md, 'base64')));
  const read = await readTrajectory(path, { atoms });
  expect(read).toHaveLength(3);
  read.forEach((frame, k) => {
    const positions = reference.positions[k];
    expect([...frame.atoms.numbers]).toEqual([8, 1, 1, 6, 7]);
    expectNear(frame.atoms.positions, positions);
    expectNear(frame.atoms.cell, reference.cells[k]);
    expectNear(
      frame.velocities,
      positions.map((x) => x / 8 / 1000),
      0.01,
    );
    expectNear(
      frame.forces,
      positions.map((x) => 2 * x * KJ_PER_MOL),
      1,
    );
    expect(frame).toMatchObject({ step: 200 + 50 * k, time: 250 * k });
  });
  await expect(readTrajectory(path)).rejects.toMatchObject({ code: 'md/frame-mismatch' });
  const before = readFileSync(path);
  await expect(appendTrajectory(path)).rejects.toMatchObject({
    message: expect.stringContaining('another program'),
  });
  expect(readFileSync(path)).toEqual(before);
});

describe('other forms that H5MD allows', () => {
  const path = join(folder, 'forms.h5');

  /** A file with one frame after the other of two atoms; `more` adds to its group. */
  async function make(more: (group: h5wasm.Group, file: h5wasm.File) => void): Promise<void> {
    await h5wasm.ready;
    const file = new h5wasm.File(path, 'w');
    const group = file.create_group('particles').create_group('water');
    group.create_group('position').create_dataset({
      name: 'value',
      data: Float32Array.from({ length: 18 }, (_, k) => k),
      shape: [3, 2, 3],
    });
    group.create_group('box').create_attribute('boundary', ['periodic', 'none', 'periodic']);
    more(group, file);
    file.close();
  }

  test('a fixed box, steps at equal distances, elements, energies', async () => {
    await make((group, file) => {
      group.create_dataset({ name: 'species', data: Int32Array.of(8, 1) });
      const box = group.get('box') as h5wasm.Group;
      box.create_dataset({ name: 'edges', data: Float64Array.of(1, 2, 3) });
      const edges = box.get('edges') as h5wasm.Dataset;
      edges.create_attribute('unit', 'nm');
      const position = group.get('position') as h5wasm.Group;
      position.create_dataset({ name: 'step', data: Int32Array.of(5), shape: [] });
      position.create_dataset({ name: 'time', data: Float64Array.of(0.5), shape: [] });
      const time = position.get('time') as h5wasm.Dataset;
      time.create_attribute('unit', 'ps');
      time.create_attribute('offset', 2);
      const energy = file.create_group('observables').create_group('potential_energy');
      energy.create_dataset({ name: 'value', data: Float64Array.of(1, 2, 3) });
      (energy.get('value') as h5wasm.Dataset).create_attribute('unit', 'kJ mol-1');
    });
    const read = await readTrajectory(path);
    expect(read.map((frame) => frame.step)).toEqual([0, 5, 10]);
    expect(read.map((frame) => frame.time)).toEqual([2000, 2500, 3000]);
    expect(read.map((frame) => frame.energy)).toEqual([1, 2, 3].map((e) => e * KJ_PER_MOL));
    expect([...read[2].atoms.cell]).toEqual([10, 0, 0, 0, 20, 0, 0, 0, 30]);
    expect(read[2].atoms.pbc).toEqual([true, false, true]);
    expect([...read[2].atoms.positions]).toEqual([12, 13, 14, 15, 16, 17]);
    expect(read[2].velocities).toBeUndefined();
  });

  test('a unit that is not known is refused', async () => {
    await make((group) => {
      (group.get('position/value') as h5wasm.Dataset).create_attribute('unit', 'parsec');
    });
    await expect(openTrajectory(path)).rejects.toMatchObject({ found: 'parsec' });
  });

  test('a file without positions is refused', async () => {
    for (const groups of [[], ['particles'], ['particles', 'particles/all']]) {
      const file = new h5wasm.File(path, 'w');
      for (const group of groups) file.create_group(group);
      file.close();
      await expect(openTrajectory(path)).rejects.toThrow(FileFormatError);
    }
    const file = new h5wasm.File(path, 'w');
    const group = file.create_group('particles').create_group('all').create_group('position');
    group.create_dataset({ name: 'value', data: Float32Array.of(1, 2, 3) });
    file.close();
    await expect(openTrajectory(path)).rejects.toMatchObject({ found: 'shape 3' });
  });
});
