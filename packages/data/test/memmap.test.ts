import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FileFormatError, FileSystemError, InvalidArgumentError } from '@mlffd/core';
import { pythonPeer } from '@mlffd/peers';
import { InvalidStructureError } from '../src/errors.ts';
import { exportMemmap } from '../src/store/exportMemmap.ts';
import { importMemmap } from '../src/store/importMemmap.ts';
import type { LabelledStructure } from '../src/structure.ts';
import { makeLabelled, makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

const at = (name: string): string => join(folder, name);
/** Structures that have all labels. */
const complete = makeLabelled(60).filter(
  ({ energy, forces, stress }) =>
    energy !== undefined && forces !== undefined && stress !== undefined,
);
const single = (values: Float64Array): Float64Array => Float64Array.from(values, Math.fround);

/** What the format keeps of a structure: float32, and no info. */
function kept({ atoms, meta, energy, forces, stress }: LabelledStructure): LabelledStructure {
  const { numbers, positions, cell, pbc } = atoms;
  return {
    atoms: {
      numbers,
      positions: single(positions),
      cell: single(cell).map((x, k) => (pbc[Math.floor(k / 3)] ? x : 0)),
      pbc,
    },
    meta,
    ...(energy === undefined ? {} : { energy: Math.fround(energy) }),
    ...(forces === undefined ? {} : { forces: single(forces) }),
    ...(stress === undefined ? {} : { stress: single(stress) }),
  };
}

describe('a memory-mapped dataset', () => {
  test('comes back in float32', () => {
    const summary = exportMemmap(complete, at('all'));
    expect(summary.structures).toBe(complete.length);
    expect(summary.atoms).toBe(complete.reduce((sum, { atoms }) => sum + atoms.numbers.length, 0));
    const errors = complete.map(({ energy }) => Math.abs(Math.fround(energy!) - energy!));
    expect(summary.energyError).toBe(Math.max(...errors));
    expect([...importMemmap(at('all'))]).toEqual(complete.map(kept));
    expect(readdirSync(folder)).toEqual(['all']);
  });

  test('has charge and multiplicity where all structures have them', () => {
    const charged = complete.filter(({ atoms }) => atoms.charge !== undefined);
    expect(charged.length).toBeGreaterThan(1);
    exportMemmap(charged, at('charged'));
    const [first] = importMemmap(at('charged'));
    expect([first.atoms.charge, first.atoms.spin]).toEqual([1, 1]);
    expect(readFileSync(at('charged/spin_multiplicity.bin')).readFloatLE()).toBe(2);
    expect(existsSync(at('all/charge.bin'))).toBe(false);
  });

  test('of labels under other names, without reference energies', () => {
    const referenceEnergies = { 8: -2000, 12: -5000, 14: -8000 };
    const sum = (structure: LabelledStructure): number =>
      structure.atoms.numbers.reduce(
        (total, z) => total + referenceEnergies[z as keyof typeof referenceEnergies],
        0,
      );
    const shifted = complete.map((structure) => ({
      ...structure,
      energy: structure.energy! + sum(structure),
    }));
    const keys = { energy: 'U', forces: 'F' };
    const { energyError } = exportMemmap(shifted, at('named'), {
      keys,
      referenceEnergies,
      properties: ['energy', 'forces'],
    });
    // Tens of thousands of eV carry an error of 1e-3 eV in float32; what is left of them does not.
    expect(energyError).toBeLessThan(1e-6);
    expect(readdirSync(at('named')).sort()).toEqual([
      'F.bin',
      'U.bin',
      'a.bin',
      'c.bin',
      'na.npy',
      'ns.npy',
      'structures.jsonl',
      'x.bin',
    ]);
    for (const [k, { energy, forces }] of [...importMemmap(at('named'), { keys })].entries()) {
      expect(energy).toBeCloseTo(complete[k].energy!, 6);
      expect(forces).toEqual(single(complete[k].forces!));
    }
    expect([...importMemmap(at('named'))][0]).not.toHaveProperty('energy');
    expect(() => exportMemmap(shifted, at('x'), { referenceEnergies: { 8: 1 } })).toThrow(
      InvalidArgumentError,
    );
    expect(existsSync(at('x'))).toBe(false);
  });

  test('needs every label, and a folder of its own', () => {
    expect(() => exportMemmap(makeLabelled(30), at('holes'))).toThrow(InvalidStructureError);
    expect(() => exportMemmap(complete, at('all'))).toThrow(InvalidArgumentError);
    mkdirSync(at('empty'));
    exportMemmap([], at('empty'));
    expect([...importMemmap(at('empty'))]).toEqual([]);
    expect(() => exportMemmap(complete, join(at('all'), 'x.bin', 'y'))).toThrow(FileSystemError);
  });

  test('of others has no names and may lack labels', () => {
    mkdirSync(at('foreign'));
    for (const name of ['ns.npy', 'na.npy', 'x.bin', 'a.bin', 'energy.bin']) {
      copyFileSync(join(at('all'), name), join(at('foreign'), name));
    }
    const energies = new Float32Array(complete.length).fill(NaN, 1, 2);
    writeFileSync(join(at('foreign'), 'energy.bin'), energies);
    const found = [...importMemmap(at('foreign'), { group: 'mine' })];
    expect(found[0].meta).toEqual({ id: 'mine-000000', group: 'mine', source: 'mine' });
    expect(found[0].energy).toBe(0);
    expect(found[1]).not.toHaveProperty('energy');
    expect(found[0]).not.toHaveProperty('forces');
    expect(found[0].atoms.pbc).toEqual([false, false, false]);
  });

  test('that is damaged is an error', () => {
    const damage = (change: (path: string) => void): unknown => {
      rmSync(at('bad'), { recursive: true, force: true });
      mkdirSync(at('bad'));
      for (const name of readdirSync(at('all')))
        copyFileSync(join(at('all'), name), join(at('bad'), name));
      change(at('bad'));
      try {
        return [...importMemmap(at('bad'))];
      } catch (error) {
        return error;
      }
    };
    for (const name of ['x.bin', 'a.bin', 'c.bin', 'energy.bin', 'forces.bin', 'stress.bin']) {
      expect(
        damage((path) => {
          truncateSync(join(path, name), 8);
        }),
      ).toBeInstanceOf(FileFormatError);
    }
    expect(
      damage((path) => {
        truncateSync(join(path, 'na.npy'), 200);
      }),
    ).toBeInstanceOf(FileFormatError);
    expect(
      damage((path) => {
        copyFileSync(join(path, 'ns.npy'), join(path, 'na.npy'));
      }),
    ).toMatchObject({ code: 'data/bad-memmap' });
    expect(
      damage((path) => {
        rmSync(join(path, 'x.bin'));
      }),
    ).toBeInstanceOf(FileSystemError);
    expect(
      damage((path) => {
        rmSync(join(path, 'na.npy'));
      }),
    ).toBeInstanceOf(FileSystemError);
    const numbers = new Int32Array(readFileSync(join(at('all'), 'a.bin')).byteLength / 4).fill(-1);
    expect(
      damage((path) => {
        writeFileSync(join(path, 'a.bin'), numbers);
      }),
    ).toMatchObject({
      code: 'data/bad-memmap',
    });
    expect(
      damage((path) => {
        writeFileSync(join(path, 'structures.jsonl'), '{}\n');
      }),
    ).toBeInstanceOf(FileFormatError);
    expect(
      damage((path) => {
        writeFileSync(join(path, 'structures.jsonl'), '{"id":1}\n'.repeat(complete.length));
      }),
    ).toBeInstanceOf(FileFormatError);
  });
});

const peer = pythonPeer('reference');

(peer.skip === undefined ? test : test.skip)('numpy maps the files as metatrain does', () => {
  const script = `
import json, sys
import numpy as np
p = sys.argv[1]
ns, na = np.load(p + "/ns.npy"), np.load(p + "/na.npy")
assert ns.shape == (1,) and na.dtype == np.int64 and na.shape == (ns[0] + 1,)
n = int(na[-1])
array = lambda name, shape, dtype="float32": np.memmap(f"{p}/{name}.bin", dtype, "r", shape=shape)
s = array("stress", (ns[0], 3, 3, 1))
assert np.array_equal(s, np.swapaxes(s, 1, 2))
print(json.dumps({
    "na": na.tolist(), "x": array("x", (n, 3))[-1].tolist(), "a": array("a", (n,), "int32").tolist(),
    "c": array("c", (ns[0], 3, 3))[0].tolist(), "energy": array("energy", (ns[0], 1))[:, 0].tolist(),
    "f": array("forces", (n, 3, 1))[-1, :, 0].tolist(),
    "s": [s[0, i, j, 0].item() for i, j in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))]}))
`;
  const output = execFileSync(peer.python!, ['-c', script, at('all')], { encoding: 'utf8' });
  const found = JSON.parse(output) as Record<string, number[]>;
  const [first, last] = [kept(complete[0]), kept(complete.at(-1)!)];
  expect(found.a).toEqual(complete.flatMap(({ atoms }) => [...atoms.numbers]));
  expect(found.x).toEqual([...last.atoms.positions.slice(-3)]);
  expect(found.f).toEqual([...last.forces!.slice(-3)]);
  expect(found.c.flat()).toEqual([...first.atoms.cell]);
  expect(found.energy).toEqual(complete.map(({ energy }) => Math.fround(energy!)));
  expect(found.s).toEqual([...first.stress!]);
});
