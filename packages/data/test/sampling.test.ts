import { afterAll, describe, expect, test } from '@jest/globals';
import { AbortedError, createAtoms, InvalidArgumentError, neighborList, volume } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import fc from 'fast-check';
import { join } from 'node:path';
import {
  bcc,
  compactShards,
  cscl,
  Dataset,
  diamond,
  fcc,
  labelStructures,
  perturbedSet,
  randomStrain,
  rattle,
  rocksalt,
  sampleMd,
  sampleTrajectory,
  SamplingError,
  splitByGroup,
  strain,
  strainSeries,
  trajectoryUnits,
  zincblende,
} from '../src/index.ts';
import type { CrystalOptions, LabelEvent, SampleEvent, Structure } from '../src/index.ts';
import { PairPotential } from './support/pairPotential.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

describe('crystals', () => {
  // Atoms in the conventional and the primitive cell, neighbours of each atom and their distance / a.
  const kinds: [string, (a: number, options?: CrystalOptions) => Atoms, number[]][] = [
    ['fcc', (a, o) => fcc('Cu', a, o), [4, 1, 12, Math.SQRT1_2]],
    ['bcc', (a, o) => bcc('Fe', a, o), [2, 1, 8, Math.sqrt(3) / 2]],
    ['diamond', (a, o) => diamond('Si', a, o), [8, 2, 4, Math.sqrt(3) / 4]],
    ['rocksalt', (a, o) => rocksalt(['Mg', 'O'], a, o), [8, 2, 6, 0.5]],
    ['zincblende', (a, o) => zincblende(['Ga', 'As'], a, o), [8, 2, 4, Math.sqrt(3) / 4]],
    ['cscl', (a, o) => cscl(['Cs', 'Cl'], a, o), [2, 2, 8, Math.sqrt(3) / 2]],
  ];
  test.each(kinds)('%s has the right neighbours in both cells', (_name, make, expected) => {
    const [conventional, primitive, neighbors, distance] = expected;
    for (const cell of ['conventional', 'primitive'] as const) {
      const a = 4.2;
      const atoms = make(a, { cell });
      const n = cell === 'conventional' ? conventional : primitive;
      expect(atoms.numbers).toHaveLength(n);
      // The volume of an atom is that of the lattice.
      expect(volume(atoms) / n).toBeCloseTo(a ** 3 / conventional, 10);
      const list = neighborList(atoms, distance * a * 1.01);
      expect(list.count).toBe(n * neighbors);
      expect(Math.min(...list.distances)).toBeCloseTo(distance * a, 10);
      if (new Set(atoms.numbers).size === 2) {
        const sameElement = list.neighbors.filter(
          (j, e) => atoms.numbers[j] === atoms.numbers[list.centers[e]],
        );
        expect(sameElement).toHaveLength(0);
      }
      const big = make(a, { cell, repeat: [2, 1, 3] });
      expect(big.numbers).toHaveLength(6 * n);
      expect(neighborList(big, distance * a * 1.01).count).toBe(6 * n * neighbors);
    }
  });

  test('a lattice constant must be a length', () => {
    for (const a of [0, -1, NaN, Infinity])
      expect(() => fcc('Cu', a)).toThrow(InvalidArgumentError);
  });
});

describe('rattle and strain', () => {
  const crystal = rocksalt(['Na', 'Cl'], 5.64, { repeat: [4, 4, 4] });

  test('displacements have the standard deviation asked for, and come again with the seed', () => {
    const moved = rattle(crystal, { stdev: 0.05, seed: 4 });
    const shifts = moved.positions.map((x, k) => x - crystal.positions[k]);
    const sigma = Math.sqrt(shifts.reduce((sum, x) => sum + x * x, 0) / shifts.length);
    // 1536 draws: the error of sigma is sigma / sqrt(2 * 1536) = 1.8 %; five of them are allowed.
    expect(Math.abs(sigma / 0.05 - 1)).toBeLessThan(0.09);
    expect(rattle(crystal, { stdev: 0.05, seed: 4 })).toEqual(moved);
    expect(rattle(crystal, { stdev: 0.05, seed: 5 })).not.toEqual(moved);
    expect(rattle(crystal, { stdev: 0.05, seed: 4, stream: 'b' })).not.toEqual(moved);
    expect(crystal).toEqual(rocksalt(['Na', 'Cl'], 5.64, { repeat: [4, 4, 4] }));
    expect(() => rattle(crystal, { stdev: -1, seed: 0 })).toThrow(InvalidArgumentError);
  });

  test('a strain changes volume by its determinant and keeps fractional coordinates', () => {
    const component = fc.double({ min: -0.1, max: 0.1, noNaN: true });
    const small = diamond('Si', 5.43);
    fc.assert(
      fc.property(fc.tuple(...(Array(6).fill(component) as [typeof component])), (e) => {
        const [xx, yy, zz, yz, xz, xy] = e as unknown as number[];
        const strained = strain(small, e);
        const det =
          (1 + xx) * ((1 + yy) * (1 + zz) - yz * yz) -
          xy * (xy * (1 + zz) - yz * xz) +
          xz * (xy * yz - (1 + yy) * xz);
        expect(volume(strained) / volume(small)).toBeCloseTo(det, 12);
        // Atom 1 of the cubic cell sits at (0, 1/2, 1/2) of the lattice vectors.
        for (let c = 0; c < 3; c++) {
          const middle = (strained.cell[3 + c] + strained.cell[6 + c]) / 2;
          expect(strained.positions[3 + c]).toBeCloseTo(middle, 12);
        }
      }),
      { numRuns: 50 },
    );
    expect(() => strain(small, [0, 0, 0])).toThrow(InvalidArgumentError);
    expect(() => strain(small, [0, 0, 0, 0, 0, NaN])).toThrow(InvalidArgumentError);
  });

  test('random strains stay within the amplitude; isotropic ones are', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { cell } = randomStrain(crystal, { amplitude: 0.03, seed });
      const a = crystal.cell[0];
      for (let k = 0; k < 9; k++) {
        const e = cell[k] / a - (k % 4 === 0 ? 1 : 0);
        expect(Math.abs(e)).toBeLessThanOrEqual(0.03 + 1e-12);
      }
      expect(cell[1]).toBeCloseTo(cell[3], 12);
      const round = randomStrain(crystal, { amplitude: 0.03, seed, isotropic: true }).cell;
      expect([round[4], round[8], round[1]]).toEqual([round[0], round[0], 0]);
    }
    const tooLarge = { amplitude: 0.6, seed: 0 };
    expect(() => randomStrain(crystal, tooLarge)).toThrow(InvalidArgumentError);
  });
});

describe('perturbed sets', () => {
  const parents = [
    { id: 'NaCl', atoms: rocksalt(['Na', 'Cl'], 5.64) },
    { id: 'dimer', atoms: createAtoms({ symbols: ['Na', 'Cl'], positions: [0, 0, 0, 0, 0, 2.4] }) },
  ];

  test('one group for a parent, unique ids, molecules are not strained', () => {
    const set = [
      ...perturbedSet({ parents, count: 10, stdev: [0.01, 0.1], strain: 0.05, seed: 1 }),
    ];
    expect(set).toHaveLength(22);
    expect(new Set(set.map(({ meta }) => meta.id)).size).toBe(22);
    expect(set[0]).toEqual({
      atoms: parents[0].atoms,
      meta: { id: 'NaCl', group: 'NaCl', source: 'parent' },
    });
    for (const { meta, atoms } of set.slice(1, 11)) {
      expect(meta).toMatchObject({ group: 'NaCl', parent: 'NaCl', source: 'rattle+strain' });
      expect(atoms.cell).not.toEqual(parents[0].atoms.cell);
      expect(meta.details?.stdev).toBeGreaterThanOrEqual(0.01);
      expect(meta.details?.stdev).toBeLessThanOrEqual(0.1);
    }
    for (const { meta, atoms } of set.slice(12)) {
      expect(meta).toMatchObject({ group: 'dimer', source: 'rattle' });
      expect(atoms.cell).toEqual(parents[1].atoms.cell);
    }
  });

  test('a copy does not depend on what else is in the set', () => {
    const options = { count: 3, stdev: 0.05, seed: 1, includeParents: false };
    const both = [...perturbedSet({ ...options, parents })];
    const one = [...perturbedSet({ ...options, parents: [parents[1]], count: 2 })];
    expect(one).toEqual(both.slice(3, 5));
  });

  test('close draws are made again; when there is no way, it is said', () => {
    const tight = [...perturbedSet({ parents, count: 30, stdev: 0.3, seed: 2, minDistance: 0.8 })];
    expect(tight.some(({ meta }) => (meta.details?.attempt as number) > 0)).toBe(true);
    const impossible = perturbedSet({ parents, count: 1, stdev: 0.1, seed: 2, minDistance: 3 });
    expect(() => [...impossible]).toThrow(SamplingError);
    for (const bad of [
      { count: -1 },
      { count: 0.5 },
      { stdev: [0.2, 0.1] as const },
      { stdev: [0, 1] as const },
    ]) {
      const set = perturbedSet({ parents, count: 1, stdev: 0.1, seed: 2, ...bad });
      expect(() => [...set]).toThrow(InvalidArgumentError);
    }
  });

  test('a series of volumes', () => {
    const series = strainSeries(parents[0], [-0.02, 0, 0.02]);
    expect(series.map(({ id }) => id)).toEqual(['NaCl/e-0.0200', 'NaCl/e+0.0000', 'NaCl/e+0.0200']);
    expect(volume(series[2].atoms) / volume(parents[0].atoms)).toBeCloseTo(1.02 ** 3, 12);
  });
});

describe('sampling by MD', () => {
  const argon = { id: 'Ar', atoms: fcc('Ar', 4.1, { repeat: [2, 2, 2] }) };
  const calculator = new PairPotential();
  const short = { calculator, seed: 11, frames: 4, stride: 5, equilibration: 10, timestep: 2 };
  const properties = ['energy', 'forces', 'stress'] as const;

  test('a trajectory is one group, reproducible, with the labels of the way', async () => {
    const options = { ...short, properties, id: 't', atoms: argon.atoms, temperature: 60 };
    const { structures, stopped } = await sampleTrajectory(options);
    expect(stopped).toBeUndefined();
    expect(structures.map(({ meta }) => meta.id)).toEqual(
      [5, 10, 15, 20].map((step) => `t/step-${String(step).padStart(7, '0')}`),
    );
    for (const { atoms, meta, known } of structures) {
      expect(meta).toMatchObject({ group: 't', source: 'md', temperature: 60 });
      expect(known).toEqual({
        teacher: 'pair-1',
        results: calculator.calculate(atoms, properties),
      });
    }
    expect(structures[0].atoms.positions).not.toEqual(structures[1].atoms.positions);
    expect((await sampleTrajectory(options)).structures).toEqual(structures);
    const other = await sampleTrajectory({ ...options, id: 'u' });
    expect(other.structures[0].atoms.positions).not.toEqual(structures[0].atoms.positions);
  });

  test('trajectories are labelled without asking the teacher twice, and never run twice', async () => {
    const target = join(folder, 'md');
    const events: SampleEvent[] = [];
    const units = trajectoryUnits({
      ...short,
      properties,
      starts: strainSeries(argon, [-0.01, 0.01]),
      temperatures: [40, 80],
      replicas: 2,
      onEvent: (event) => events.push(event),
    });
    expect(units).toHaveLength(8);
    const teacher = new PairPotential();
    const totals: unknown[] = [];
    const options = {
      folder: target,
      calculator: teacher,
      properties,
      onEvent: (event: LabelEvent) => event.type === 'start' && totals.push(event.total),
    };
    const summary = await labelStructures({ ...options, structures: units });
    expect(summary).toMatchObject({ labelled: 32, reused: 32, computed: 0, shards: 8 });
    expect(teacher.calls).toBe(0);
    expect(totals).toEqual([32]);
    const before = calculator.calls;
    expect(await labelStructures({ ...options, structures: units })).toMatchObject({
      labelled: 32,
    });
    expect(calculator.calls).toBe(before);
    expect(events.filter(({ type }) => type === 'trajectory')).toHaveLength(8);
    const dataset = await Dataset.open((await compactShards(target, `${target}.h5`)).path);
    expect(new Set(dataset.metas.map(({ group }) => group)).size).toBe(8);
    const split = splitByGroup(dataset, {
      seed: 1,
      fractions: { train: 0.5, validation: 0.25, test: 0.25 },
    });
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([16, 8, 8]);
    dataset.close();
  });

  const UNIT = 'Ar/md-60K-0';
  test('an explosion ends the trajectory; before the first frame it is a failure', async () => {
    const events: SampleEvent[] = [];
    const hot = {
      ...short,
      starts: [argon],
      temperatures: [60],
      equilibration: 0,
      frames: 50,
      onEvent: (event: SampleEvent) => events.push(event),
    };
    // From rest in a perfect lattice the forces grow: the limit is what the first frames reach.
    const calm = await sampleTrajectory({ ...hot, stride: 1, temperature: 60, ...argon, id: UNIT });
    const largest = (structure: Structure) => {
      const forces = structure.known!.results.forces!;
      return Math.max(
        ...forces
          .filter((_, k) => k % 3 === 0)
          .map((fx, i) => Math.hypot(fx, forces[3 * i + 1], forces[3 * i + 2])),
      );
    };
    const limit = 1.001 * Math.max(...calm.structures.slice(0, 3).map(largest));
    const [unit] = trajectoryUnits({ ...hot, stride: 1, guards: { maxForce: limit } });
    const some = await unit.make(undefined);
    expect(some).toEqual(calm.structures.slice(0, some.length));
    expect(some.length).toBeGreaterThanOrEqual(3);
    expect(some.length).toBeLessThan(50);
    expect(events.find(({ type }) => type === 'stopped')).toMatchObject({ code: 'md/force-limit' });
    const target = join(folder, 'hot');
    const none = trajectoryUnits({ ...hot, guards: { maxTemperature: 1 } });
    const summary = await labelStructures({
      structures: none,
      calculator,
      folder: target,
      minSuccess: 0,
    });
    expect(summary.failed).toMatchObject([{ id: UNIT, code: 'md/too-hot' }]);
  });

  test('frames as a stream, and a stop', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const all = { ...short, starts: [argon], temperatures: [30, 60], signal: stop.signal };
    const run = async () => {
      for await (const { meta } of sampleMd(all)) {
        seen.push(meta.id);
        if (seen.length === 4) stop.abort();
      }
    };
    await expect(run()).rejects.toThrow(AbortedError);
    expect(seen).toHaveLength(4);
    const aborted = sampleTrajectory({
      ...short,
      ...argon,
      temperature: 30,
      signal: stop.signal,
    });
    await expect(aborted).rejects.toThrow(AbortedError);
    const bad = sampleTrajectory({ ...short, ...argon, temperature: 30, frames: 0 });
    await expect(bad).rejects.toThrow(InvalidArgumentError);
  });
});

test('parents that name one group stay together with all their copies', () => {
  const atoms = fcc('Ar', 5.3);
  const parents = ['a', 'b'].map((id) => ({ id, atoms, group: 'conformers' }));
  const structures = [...perturbedSet({ parents, count: 2, stdev: 0.05, seed: 1 })];
  expect(structures.map(({ meta }) => meta.group)).toEqual(Array(6).fill('conformers'));
});
