import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fractionalPositions, symbols } from '@mlffd/core';
import type { Frame, InfoValue } from '@mlffd/core';
import { readStructures } from '../src/formats/readStructures.ts';

/** What ASE read: nested lists of numbers. */
interface AseFrame {
  readonly numbers: number[];
  readonly positions: number[][];
  readonly cell: number[][];
  readonly pbc: boolean[];
  readonly energy?: number;
  readonly forces?: number[][];
  readonly stress?: number[];
  readonly info?: Record<string, InfoValue>;
  readonly arrays?: Record<string, number[] | number[][]>;
}

const folder = join(import.meta.dirname, 'fixtures', 'formats');
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<
  string,
  AseFrame[]
>;
/** Absolute and, above 1, relative: the same arithmetic in another order. */
const TOLERANCE = 1e-10;

function expectClose(found: ArrayLike<number>, wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  for (const [k, value] of wanted.entries()) {
    expect(Math.abs(found[k] - value)).toBeLessThanOrEqual(
      TOLERANCE * Math.max(1, Math.abs(value)),
    );
  }
}

function expectFrame(frame: Frame, wanted: AseFrame): void {
  expect(Array.from(frame.atoms.numbers)).toEqual(wanted.numbers);
  expectClose(frame.atoms.positions, wanted.positions.flat());
  expectClose(frame.atoms.cell, wanted.cell.flat());
  expect(frame.atoms.pbc).toEqual(wanted.pbc);
  expect(Object.keys(frame.results).sort()).toEqual(
    ['energy', 'forces', 'stress'].filter((name) => name in wanted),
  );
  if (wanted.energy !== undefined) expectClose([frame.results.energy!], [wanted.energy]);
  if (wanted.forces !== undefined) expectClose(frame.results.forces!, wanted.forces.flat());
  if (wanted.stress !== undefined) expectClose(frame.results.stress!, wanted.stress);
  if (wanted.info !== undefined) expect(frame.atoms.info).toEqual(wanted.info);
  for (const [name, values] of Object.entries(wanted.arrays ?? {})) {
    expectClose(frame.arrays[name].values as Float64Array, values.flat());
  }
}

/** Atoms of two periodic structures agree up to their order and lattice vectors. */
function expectSameCrystal(frame: Frame, wanted: AseFrame): void {
  expectClose(frame.atoms.cell, wanted.cell.flat());
  const other = {
    ...frame.atoms,
    numbers: Int32Array.from(wanted.numbers),
    positions: Float64Array.from(wanted.positions.flat()),
  };
  const [a, b] = [fractionalPositions(frame.atoms), fractionalPositions(other)];
  const rest = new Set(wanted.numbers.keys());
  expect(frame.atoms.numbers).toHaveLength(rest.size);
  for (const [i, z] of frame.atoms.numbers.entries()) {
    const partner = [...rest].find((j) => {
      if (wanted.numbers[j] !== z) return false;
      return [0, 1, 2].every((k) => {
        const d = a[3 * i + k] - b[3 * j + k];
        return Math.abs(d - Math.round(d)) <= TOLERANCE;
      });
    });
    expect(partner).toBeDefined();
    rest.delete(partner!);
  }
}

describe('files read as ASE reads them', () => {
  test.each(Object.keys(expected).filter((name) => !name.endsWith('.cif')))('%s', async (name) => {
    const frames = await readStructures(join(folder, name), { npz: { units: 'kcal/mol' } });
    expect(frames).toHaveLength(expected[name].length);
    for (const [k, frame] of frames.entries()) expectFrame(frame, expected[name][k]);
  });

  test.each(Object.keys(expected).filter((name) => name.endsWith('.cif')))('%s', async (name) => {
    const frames = await readStructures(join(folder, name));
    expect(frames).toHaveLength(expected[name].length);
    for (const [k, frame] of frames.entries()) expectSameCrystal(frame, expected[name][k]);
  });

  test('what ASE does not tell: flags, charges, names', async () => {
    const [md] = await readStructures(join(folder, 'CONTCAR_md'));
    expect(md.arrays.move_mask.values).toEqual(Array.from('TTFFFFTTTFTF', (flag) => flag === 'T'));
    expect(md.atoms.info).toEqual({ comment: 'NaCl, from MD' });
    const [alanine] = await readStructures(join(folder, 'alanine.pdb'));
    expect(alanine.arrays.formal_charges.values).toEqual(Float64Array.of(1, 0, 0, -1, 0, 2));
    expect(symbols(alanine.atoms)).toEqual(['N', 'C', 'C', 'O', 'H', 'Ca']);
    const [salt] = await readStructures(join(folder, 'rocksalt.cif'));
    expect(salt.atoms.info).toEqual({ name: 'NaCl', space_group: 'F m -3 m' });
  });
});
