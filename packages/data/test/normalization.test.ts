import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { AbortedError, createAtoms, FileFormatError, InvalidArgumentError, Rng } from '@mlffd/core';
import fc from 'fast-check';
import { fitNormalization } from '../src/normalization/fitNormalization.ts';
import type { FitNormalizationOptions } from '../src/normalization/fitNormalization.ts';
import { rankWarning } from '../src/normalization/normalization.ts';
import type { Normalization } from '../src/normalization/normalization.ts';
import { loadNormalization, saveNormalization } from '../src/normalization/normalizationFile.ts';
import { ReferenceFit } from '../src/normalization/referenceFit.ts';
import { robustReferenceEnergies } from '../src/normalization/robustFit.ts';
import type { LabelledStructure } from '../src/structure.ts';
import { cleanSet } from './support/auditSets.ts';
import { makeTemporaryFolder } from './support/structures.ts';

const { folder, remove } = makeTemporaryFolder();
afterAll(remove);

/** All-electron energies, eV: where a ridge or single precision shows at once. */
const TRUTH: Readonly<Record<number, number>> = { 1: -13.6, 6: -1030.5, 8: -2043.1, 17: -12518.7 };
const sum = (numbers: readonly number[]): number => numbers.reduce((e, z) => e + TRUTH[z], 0);
const MOLECULES = [
  [1, 1, 8],
  [6, 1, 1, 1, 1],
  [6, 8, 8],
  [6, 8],
  [1, 1],
  [6, 6, 1, 1],
  [6, 17, 17, 1, 1],
  [17, 1],
];

/** Rounding of energies of 10^4 eV that are fitted with an iterated ridge of 1e-5, eV. */
const EXACT = 1e-6;

describe('a fit of reference energies', () => {
  test('recovers what the labels were made of, to the last ueV', () => {
    const fit = new ReferenceFit();
    for (const numbers of MOLECULES) fit.add(Int32Array.from(numbers), sum(numbers));
    const found = fit.solve();
    expect(found).toMatchObject({
      fitted: [1, 6, 8, 17],
      rank: 4,
      undetermined: [],
      structures: 8,
    });
    for (const z of found.fitted)
      expect(Math.abs(found.energies[z] - TRUTH[z])).toBeLessThan(EXACT);
    expect(found.residual).toBeLessThan(EXACT);
  });

  test('an element in one structure of very many counts as any other', () => {
    const fit = new ReferenceFit();
    for (let k = 0; k < 20_000; k++) {
      const numbers = MOLECULES[k % 6];
      fit.add(Int32Array.from(numbers), sum(numbers));
    }
    const rare = [17, ...Array<number>(60).fill(1), ...Array<number>(30).fill(6)];
    fit.add(Int32Array.from(rare), sum(rare));
    const found = fit.solve();
    expect(found.rank).toBe(4);
    expect(Math.abs(found.energies[17] - TRUTH[17])).toBeLessThan(1e-3);
  });

  test('is the least-squares solution for any data', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 4, maxLength: 4 });
    const rows = fc.array(
      fc.tuple(
        counts.filter((row) => row.some((n) => n > 0)),
        fc.double({ min: -5, max: 5, noNaN: true }),
      ),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(rows, (data) => {
        const elements = [1, 6, 8, 17];
        const fit = new ReferenceFit();
        const fractions = data.map(([row]) => {
          const total = row.reduce((a, b) => a + b, 0);
          return row.map((n) => n / total);
        });
        for (const [k, [row, noise]] of data.entries()) {
          const numbers = row.flatMap((n, e) => Array<number>(n).fill(elements[e]));
          fit.add(Int32Array.from(numbers), numbers.length * (noise + k));
        }
        const { energies, residual, rank, undetermined, fitted } = fit.solve({ ridge: 1e-12 });
        const left = data.map(
          ([, noise], k) =>
            noise + k - fractions[k].reduce((e, x, c) => e + x * energies[elements[c]], 0),
        );
        // What is left over is orthogonal to every column, and as large as it is said to be.
        for (let c = 0; c < 4; c++) {
          expect(Math.abs(left.reduce((e, r, k) => e + r * fractions[k][c], 0))).toBeLessThan(1e-4);
        }
        const rms = Math.sqrt(left.reduce((e, r) => e + r * r, 0) / left.length);
        expect(Math.abs(rms - residual)).toBeLessThan(1e-5);
        expect(rank <= fitted.length).toBe(true);
        expect(undetermined.length > 0).toBe(rank < fitted.length);
      }),
      { seed: 1 },
    );
  });

  test('names the elements that are not determined, by group', () => {
    const fit = new ReferenceFit();
    // Na:Cl and Mg:O are always 1:1, carbon is free.
    for (const numbers of [
      [11, 17],
      [12, 8],
      [11, 17, 12, 8],
      [6, 6],
      [6, 11, 17],
    ]) {
      fit.add(Int32Array.from(numbers), -3 * numbers.length);
    }
    const { rank, fitted, undetermined, energies } = fit.solve();
    expect({ rank, freedom: fitted.length }).toEqual({ rank: 3, freedom: 5 });
    expect(undetermined).toEqual([
      [8, 12],
      [11, 17],
    ]);
    // At the mean, not at large energies of opposite sign.
    for (const z of fitted) expect(energies[z]).toBeCloseTo(-3, 9);
    expect(rankWarning({ rank, freedom: 5, undetermined })).toMatch(
      /^the compositions determine 3 of 5 reference energies: O, Mg; Na, Cl are groups of elements/,
    );
    expect(rankWarning({ rank: 5, freedom: 5, undetermined: [] })).toBeUndefined();
  });

  test('known energies are kept, and the rest is fitted', () => {
    const fit = new ReferenceFit();
    for (const n of [1, 2, 3]) {
      const numbers = [11, 17].flatMap((z) => Array<number>(n).fill(z));
      fit.add(Int32Array.from(numbers), n * (-1300 - 400));
    }
    const { energies, rank, fitted, residual } = fit.solve({ known: new Map([[11, -1300]]) });
    expect({ rank, fitted }).toEqual({ rank: 1, fitted: [17] });
    expect(energies[11]).toBe(-1300);
    expect(energies[17]).toBeCloseTo(-400, 6);
    expect(residual).toBeLessThan(EXACT);
    const all = fit.solve({
      known: new Map([
        [11, -1300],
        [17, -401],
      ]),
    });
    expect(all).toMatchObject({ rank: 0, fitted: [] });
    expect(all.residual).toBeCloseTo(0.5, 9);
  });

  test('the robust one is not drawn by a third of wrong energies', () => {
    const rows = MOLECULES.flatMap((numbers, k) =>
      [0, 1, 2].map((copy) => ({
        fractions: new Map(
          numbers.map((z) => [z, numbers.filter((x) => x === z).length / numbers.length]),
        ),
        perAtom: sum(numbers) / numbers.length + (copy === 0 ? 500 + 100 * k : 0),
        count: 1,
      })),
    );
    const energies = robustReferenceEnergies(rows);
    for (const z of [1, 6, 8, 17]) expect(Math.abs(energies[z] - TRUTH[z])).toBeLessThan(0.01);
  });
});

const clean = cleanSet();
const source = { get: (k: number) => clean[k] };
const all = clean.map((_, k) => k);
const fit = (options: FitNormalizationOptions = {}, indices: readonly number[] = all) =>
  fitNormalization(source, indices, options);

describe('a normalisation', () => {
  test('has the figures of the structures it was given', async () => {
    const some = [0, 14, 26, 30];
    const found = await fit({ cutoff: 3.2 }, some);
    const squares = (element?: number) => {
      const values = some.flatMap((k) =>
        [...clean[k].forces!].filter(
          (_, c) => element === undefined || clean[k].atoms.numbers[Math.floor(c / 3)] === element,
        ),
      );
      return Math.sqrt(values.reduce((a, f) => a + f * f, 0) / values.length);
    };
    expect(found.forceRms).toBeCloseTo(squares(), 12);
    expect(found.forceRmsByElement[11]).toBeCloseTo(squares(11), 12);
    expect(found.forceRmsByElement[12]).toBeCloseTo(squares(12), 12);
    expect(found).toMatchObject({ freedom: 3, rank: 3, undetermined: [], given: [], cutoff: 3.2 });
    expect(found.counts).toEqual({
      structures: 4,
      atoms: 20,
      energies: 4,
      forces: 4,
      atomsByElement: { 11: 12, 12: 4, 17: 4 },
      structuresByElement: { 11: 3, 12: 1, 17: 1 },
    });
    // The clusters are tetrahedra; three neighbours each, within 3.2 Angstrom.
    expect((await fit({ cutoff: 3.4 }, [14, 15, 16])).meanNeighbors).toBe(3);
  });

  test('the residual is that of the labels, in meV/atom', async () => {
    const { referenceEnergies, energyResidual } = await fit();
    const left = clean.map(({ atoms, energy }) => {
      const { numbers } = atoms;
      return (energy! - numbers.reduce((e, z) => e + referenceEnergies[z], 0)) / numbers.length;
    });
    const rms = Math.sqrt(left.reduce((a, r) => a + r * r, 0) / left.length);
    expect(energyResidual).toBeCloseTo(1000 * rms, 6);
  });

  test('the order of the structures makes no difference, missing labels are no zeros', async () => {
    const order = new Rng(1, 'order').shuffle([...all]);
    const [a, b] = [await fit(), await fit({}, order)];
    expect(b.energyResidual).toBeCloseTo(a.energyResidual, 9);
    expect(b.forceRms).toBeCloseTo(a.forceRms, 12);
    const partial = {
      get: (k: number): LabelledStructure => {
        const { atoms, meta, energy, forces } = clean[k % clean.length];
        if (k >= clean.length) return { atoms, meta };
        return { atoms, meta, energy: energy!, forces: forces! };
      },
    };
    const doubled = await fitNormalization(partial, [...all, ...all.map((k) => k + all.length)]);
    expect(doubled.forceRms).toBeCloseTo(a.forceRms, 12);
    expect(doubled.referenceEnergies).toEqual(a.referenceEnergies);
    expect(doubled.counts).toMatchObject({ structures: 104, energies: 52, forces: 52 });
  });

  test('takes energies of isolated atoms, of elements without any data too', async () => {
    const found = await fit({ energies: { 17: -0.5, 9: -1 } });
    expect(found.referenceEnergies[17]).toBe(-0.5);
    expect(found.given).toEqual([17]);
    expect(found.referenceEnergies[9]).toBeUndefined();
    expect(found.freedom).toBe(2);
    const atom = { atoms: createAtoms({ symbols: ['F'], positions: [0, 0, 0] }) };
    const none = await fitNormalization({ get: () => atom }, [0]);
    expect(none).toMatchObject({
      referenceEnergies: {},
      freedom: 0,
      forceRms: 0,
      energyResidual: 0,
    });
  });

  test('shows progress, stops, and refuses nonsense', async () => {
    const seen: number[] = [];
    await fit({ onEvent: ({ done, total }) => void seen.push(done, total) }, [...all, ...all]);
    expect(seen).toEqual([64, 104, 104, 104]);
    await expect(fit({ signal: AbortSignal.abort() })).rejects.toBeInstanceOf(AbortedError);
    for (const options of [
      { ridge: -1 },
      { ridge: NaN },
      { energies: { 0: 1 } },
      { energies: { 1: NaN } },
    ]) {
      await expect(fit(options)).rejects.toBeInstanceOf(InvalidArgumentError);
    }
  });
});

describe('a normalisation in a file', () => {
  const path = join(folder, 'normalization.json');
  const dataset = { hash: 'abc' };
  let normalization: Normalization;

  test('comes back, with units in its keys, for its dataset only', async () => {
    normalization = await fit({ energies: { 11: -0.3 } });
    saveNormalization(path, normalization, dataset);
    expect(readdirSync(folder)).toEqual(['normalization.json']);
    expect(loadNormalization(path)).toEqual(normalization);
    expect(loadNormalization(path, dataset)).toEqual(normalization);
    const text = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    expect(text).toMatchObject({
      dataset: 'abc',
      reference_energies_eV: { Na: -0.3 },
      given: ['Na'],
      force_rms_eV_per_A: normalization.forceRms,
      energy_residual_rms_meV_per_atom: normalization.energyResidual,
      cutoff_A: 5,
    });
    expect(() => loadNormalization(path, { hash: 'abd' })).toThrow(
      expect.objectContaining({ code: 'data/wrong-normalization', found: 'dataset abc' }),
    );
  });

  test('is refused when anything is missing or no number', () => {
    saveNormalization(path, normalization, dataset);
    const whole = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const broken: unknown[] = [null, [], { ...whole, version: 2 }, { ...whole, given: ['Xx'] }];
    for (const key of Object.keys(whole)) {
      broken.push({ ...whole, [key]: undefined }, { ...whole, [key]: 'x' });
    }
    broken.push({ ...whole, reference_energies_eV: { Xx: 1 } });
    for (const value of broken.filter(
      (item) => (item as { dataset?: string } | null)?.dataset !== 'x',
    )) {
      writeFileSync(path, JSON.stringify(value));
      expect(() => loadNormalization(path)).toThrow(FileFormatError);
    }
    writeFileSync(path, '{');
    expect(() => loadNormalization(path)).toThrow(FileFormatError);
    expect(() => loadNormalization(join(folder, 'absent.json'))).toThrow(
      expect.objectContaining({ code: 'fs/not-found' }),
    );
  });
});
