import { beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { AbortedError, createAtoms, InvalidArgumentError } from '@mlffd/core';
import { Dataset, rocksalt, writeDataset } from '../src/index.ts';
import type { LabelledStructure } from '../src/index.ts';
import { analyzeDiversity } from '../src/diversity/analyzeDiversity.ts';
import type { DiversityOptions } from '../src/diversity/analyzeDiversity.ts';
import type { DiversityReport } from '../src/diversity/diversityReport.ts';
import { COVERAGE_WEIGHTS } from '../src/diversity/goals.ts';
import { placeOf } from '../src/diversity/render/periodicTable.ts';
import { renderDiversityReport } from '../src/diversity/renderDiversityReport.ts';
import type { DiversityEvent } from '../src/diversity/stage.ts';
import { diverseSet, repeatedSet, sourceOf } from './support/diversitySets.ts';

const CLEAN = { counts: { error: 0, warning: 0, info: 0 } } as const;

/** Without the audit, whose own tests are elsewhere. */
function analyze(
  structures: readonly LabelledStructure[],
  options: DiversityOptions = {},
): Promise<DiversityReport> {
  return analyzeDiversity(sourceOf(structures), { audit: CLEAN, ...options });
}

function scoreOf(report: DiversityReport, name: string): number {
  return report.coverage.parts.find((part) => part.name === name)!.score;
}

const structures = diverseSet(90);
let report: DiversityReport;

beforeAll(async () => {
  report = await analyze(structures);
});

describe('statistics', () => {
  test('elements, formulas, sizes, kinds, origins add up', () => {
    expect(report.structures).toBe(90);
    expect(report.atoms).toBe(structures.reduce((sum, { atoms }) => sum + atoms.numbers.length, 0));
    expect(report.elements.map(({ symbol }) => symbol)).toEqual(
      'C N O Na Mg Si P S Cl Ca Cu Au'.split(' '),
    );
    expect(report.elements.reduce((sum, { atoms }) => sum + atoms, 0)).toBe(report.atoms);
    for (const { structures: count, symbol } of report.elements) {
      expect([symbol, count]).toEqual([symbol, 10]);
    }
    expect(report.compositions).toMatchObject({ formulas: 9, systems: 9 });
    expect(report.kinds).toEqual({ bulk: 50, slab: 0, wire: 0, cluster: 0, molecule: 40 });
    expect(report.sizes.bins.counts.reduce((sum, n) => sum + n, 0)).toBe(90);
    expect(report.sizes.distribution).toMatchObject({ min: 4, max: 48 });
    expect(report.groups).toMatchObject({ count: 9, largest: { structures: 10 } });
    expect(report.groups.effective).toBeCloseTo(9, 9);
    expect(report.temperatures.distribution).toMatchObject({ count: 45, min: 300, max: 900 });
    expect(report.cells.strained).toBe(5);
  });

  test('labels: references are taken off, forces fall into buckets', () => {
    expect(report.labelled).toEqual({ energy: 90, forces: 90, stress: 50, complete: 90 });
    // References of -2 eV times the atomic number are far larger than the energies that are left.
    expect(Math.abs(report.energies!.distribution.median)).toBeLessThan(2);
    expect(report.energies!.distribution.count).toBe(90);
    const forces = report.forces!;
    expect(forces.distribution.count).toBe(report.atoms);
    expect(forces.buckets.reduce((sum, n) => sum + n, 0)).toBe(report.atoms);
    const below = structures.reduce(
      (sum, { forces: f, atoms }) =>
        sum +
        Array.from(atoms.numbers, (_, i) => Math.hypot(...f!.subarray(3 * i, 3 * i + 3))).filter(
          (size) => size < 0.1,
        ).length,
      0,
    );
    expect(forces.buckets[0]).toBe(below);
    expect(report.pressures!.distribution.count).toBe(50);
  });

  test('missing and broken labels are not counted, and nothing falls over', async () => {
    const broken = structures.slice(0, 20).map(({ atoms, meta, energy, forces }, k) => ({
      atoms,
      meta,
      ...(k % 2 === 0 ? {} : { energy: k === 1 ? NaN : energy! }),
      ...(k % 4 === 0 ? {} : { forces: k === 2 ? forces!.map(() => NaN) : forces! }),
    }));
    const found = await analyze(broken);
    expect(found.labelled).toEqual({ energy: 9, forces: 14, stress: 0, complete: 9 });
    expect(found.pressures).toBeNull();
    expect(found.alerts.map(({ code }) => code)).toContain('unlabelled');
    const bare = await analyze(
      broken.map(({ atoms, meta: { id, group, source } }) => ({
        atoms,
        meta: { id, group, source },
      })),
    );
    expect([bare.energies, bare.forces]).toEqual([null, null]);
    expect(scoreOf(bare, 'energies') + scoreOf(bare, 'forces')).toBe(0);
    expect(await renderDiversityReport(bare)).toContain('Nothing is labelled yet.');
  });

  test('a dataset on disk gives the report of the structures that were written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlffd-diversity-'));
    const path = join(folder, 'set.h5');
    await writeDataset(path, structures.slice(0, 20), { teacher: 'pair-1' });
    const dataset = await Dataset.open(path);
    const found = await analyzeDiversity(dataset, { audit: CLEAN });
    const direct = await analyze(structures.slice(0, 20));
    dataset.close();
    rmSync(folder, { recursive: true });
    expect(found.coverage.score).toBeCloseTo(direct.coverage.score, 6);
    expect(found.map.x).toEqual(direct.map.x);
  });
});

describe('the sample', () => {
  test('is drawn with the seed; statistics are of all structures all the same', async () => {
    const [a, b, c] = await Promise.all(
      [5, 5, 6].map((seed) => analyze(structures, { sample: 30, seed })),
    );
    expect(a).toEqual(b);
    expect(a.map.index).toHaveLength(30);
    expect(a.map.index).toEqual([...a.map.index].sort((p, q) => p - q));
    expect(c.map.index).not.toEqual(a.map.index);
    expect([a.forces, a.energies, a.elements]).toEqual([
      report.forces,
      report.energies,
      report.elements,
    ]);
    expect(a.sample.text).toContain('30 of 90 structures');
    expect(report.sample.text).toContain('all structures');
  });

  test('the audit is made on the way where it is not given', async () => {
    const { forces, ...rest } = structures[0];
    const broken = [{ ...rest, forces: forces!.map(() => NaN) }, ...structures.slice(1, 12)];
    const found = await analyzeDiversity(sourceOf(broken));
    expect(found.audit.errors).toBeGreaterThan(0);
    expect(found.alerts.map(({ code }) => code)).toContain('audit');
    expect(found.verdict.criteria.find(({ name }) => name.includes('audit'))!.holds).toBe(false);
  });
});

describe('coverage', () => {
  test('parts are between 0 and 1, weights add up to 1, the score is their mean', () => {
    const { score, parts } = report.coverage;
    expect(Object.values(COVERAGE_WEIGHTS).reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
    expect(parts.every((part) => part.score >= 0 && part.score <= 1)).toBe(true);
    expect(score).toBeCloseTo(
      parts.reduce((sum, part) => sum + part.weight * part.score, 0),
      12,
    );
  });

  test('copies in place of different structures lower it, the more the fewer are different', async () => {
    const scores: number[] = [];
    for (const different of [90, 45, 18, 3]) {
      const set = repeatedSet(structures.slice(0, different), 90);
      scores.push((await analyze(set)).coverage.score);
    }
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(scores).size).toBe(4);
  });

  test('the same structures again raise no part', async () => {
    const twice = await analyze(repeatedSet(structures, 180));
    for (const { name, score } of report.coverage.parts) {
      expect(scoreOf(twice, name)).toBeLessThanOrEqual(score + 1e-9);
    }
    expect(scoreOf(twice, 'uniqueness')).toBeCloseTo(scoreOf(report, 'uniqueness') / 2, 6);
    expect(twice.distinctness.duplicates).toBeCloseTo(0.5, 12);
  });

  test('wider temperatures, energies and forces never lower their parts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 1, max: 4, noNaN: true }), async (factor) => {
        const base = structures.slice(0, 30);
        const wider = base.map((one) => ({
          ...one,
          energy: one.energy! * factor,
          meta: {
            ...one.meta,
            ...(one.meta.temperature === undefined
              ? {}
              : { temperature: one.meta.temperature * factor }),
          },
        }));
        const [a, b] = [await analyze(base), await analyze(wider)];
        for (const name of ['temperatures', 'energies']) {
          expect(scoreOf(b, name)).toBeGreaterThanOrEqual(scoreOf(a, name) - 1e-9);
        }
      }),
      { seed: 1, numRuns: 5 },
    );
  });

  test('goals: wanted elements that are missing, and sizes', async () => {
    const found = await analyze(structures, {
      goals: { elements: ['Mg', 'O', 'Xe'], sizes: [40, 50] },
    });
    expect(scoreOf(found, 'elements')).toBeCloseTo(2 / 3, 6);
    expect(found.alerts[0]).toMatchObject({ code: 'missing-element', severity: 'error' });
    expect(found.suggestions.map(({ text }) => text).join()).toContain(
      'Element Xe occurs in no structure',
    );
    expect(found.sizes.inGoal).toBe(10);
  });
});

describe('verdict', () => {
  test('90 structures are no thousand', () => {
    expect(report.verdict).toMatchObject({ name: '1K', go: false });
    const missed = report.verdict.criteria.filter(({ holds }) => !holds).map(({ name }) => name);
    expect(missed).toEqual(['Labelled structures', 'Independent groups']);
    expect(report.gates.map(({ name }) => name)).toEqual(['1K', '10K', '120K']);
  });

  test('GO where everything is there, NO-GO again with too many failures', async () => {
    const many = repeatedSet(diverseSet(990), 990).map((one, k) => ({
      ...one,
      meta: { ...one.meta, group: `g${k % 60}` },
    }));
    const found = await analyze(many, { sample: 300 });
    expect(found.verdict.criteria.filter(({ holds }) => !holds)).toEqual([]);
    expect(found.verdict).toMatchObject({ name: '1K', go: true });
    const failing = await analyze(many, { sample: 300, attempted: 1200 });
    expect(failing.verdict.go).toBe(false);
    expect(failing.alerts[0].code).toBe('unlabelled');
  });

  test('what to add next: sizes, elements, temperatures, most useful first', async () => {
    const cold = structures
      .filter(({ atoms }) => atoms.numbers.includes(12))
      .map((one) => ({
        ...one,
        atoms: rocksalt(['Mg', 'O'], 4.2),
        meta: { id: one.meta.id, group: 'one', source: 'copy' },
      }));
    const found = await analyze(cold);
    const gains = found.suggestions.map(({ gain }) => gain);
    expect(gains).toEqual([...gains].sort((a, b) => b - a));
    const text = found.suggestions.map((one) => one.text).join('\n');
    expect(text).toContain('No structure between 10 and 500 atoms');
    expect(text).toContain('Only 2 elements occur: add 8 more');
    expect(text).toContain('frames of dynamics at several temperatures');
    expect(text).toContain('No strained cells');
    expect(text).toContain('are copies');
    expect(found.alerts.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['few-groups', 'copies', 'one-kind', 'no-temperatures']),
    );
  });

  test('values that stand out are told', async () => {
    const [first, ...rest] = structures;
    const close = createAtoms({ symbols: ['C', 'C'], positions: [0, 0, 0, 0.7, 0, 0] });
    const found = await analyze([
      {
        atoms: close,
        meta: { ...first.meta, id: 'close' },
        energy: 1e3,
        forces: Float64Array.of(90, 0, 0, -90, 0, 0),
      },
      ...rest,
    ]);
    expect(found.alerts.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['far-energy', 'large-force', 'close-contact']),
    );
  });
});

describe('running', () => {
  test('tells how far it is, and ends when it is told to', async () => {
    const events: DiversityEvent[] = [];
    await analyze(structures, { onEvent: (event) => events.push(event) });
    expect([...new Set(events.map(({ stage }) => stage))]).toEqual(['read', 'compare', 'rmsd']);
    const last = events.filter(({ stage }) => stage === 'read').at(-1);
    expect(last).toMatchObject({ done: 90, total: 90, secondsLeft: 0 });
    const controller = new AbortController();
    controller.abort();
    await expect(analyze(structures, { signal: controller.signal })).rejects.toThrow(AbortedError);
  });

  test.each([
    ['no structures', 0, {}],
    ['an empty sample', 3, { sample: 0 }],
    ['fewer attempted than there are', 3, { attempted: 2 }],
  ])('%s: refused', async (_, count, options) => {
    await expect(analyze(structures.slice(0, count), options)).rejects.toThrow(
      InvalidArgumentError,
    );
  });

  test('one structure has a report, too', async () => {
    const one = await analyze(structures.slice(0, 1));
    expect(one.distinctness.effective).toBe(1);
    expect(await renderDiversityReport(one)).toContain('No formula occurs twice');
  });
});

describe('report', () => {
  test('is plain JSON, the same each time', async () => {
    const text = JSON.stringify(report);
    expect(JSON.parse(text)).toEqual(report);
    expect(text).not.toMatch(/NaN|Infinity/);
    expect(JSON.stringify(await analyze(structures))).toBe(text);
    expect({ format: report.format, version: report.version }).toEqual({
      format: 'mlffd-diversity',
      version: 1,
    });
  });

  test('the page has verdict, figures and data, and loads nothing', async () => {
    const html = await renderDiversityReport(report, { title: 'A <set>', footer: ['made here'] });
    expect(html).toContain('A &lt;set&gt;');
    expect(html.indexOf('NO-GO at 1K')).toBeGreaterThan(0);
    expect(html.indexOf('NO-GO at 1K')).toBeLessThan(html.indexOf('<section'));
    for (const title of [
      'Structures with each element',
      'By origin',
      'By elements',
      'Covering radius',
      'RMSD between structures of one formula',
      'Parts of the coverage score',
      'Atoms per structure',
      'Energies',
      'Forces',
      'Pressures',
      'Temperatures',
    ]) {
      expect(html).toContain(`<title>${title}</title>`);
    }
    const withoutNamespaces = html.replaceAll(/xmlns="[^"]*"/g, '');
    expect(withoutNamespaces).not.toMatch(
      /https?:|src=|@import|<script(?! type="application\/json")/,
    );
    for (const { text } of report.suggestions) expect(html).toContain(text);
    expect(await renderDiversityReport(report, { title: 'A <set>', footer: ['made here'] })).toBe(
      html,
    );
  });

  test('elements have their places in the periodic table', () => {
    const places = [1, 2, 5, 13, 26, 54, 57, 70, 71, 72, 86, 89, 102, 103].map((z) => placeOf(z));
    expect(places).toEqual([
      [0, 0],
      [0, 17],
      [1, 12],
      [2, 12],
      [3, 7],
      [4, 17],
      [8, 2],
      [8, 15],
      [5, 2],
      [5, 3],
      [5, 17],
      [9, 2],
      [9, 15],
      [6, 2],
    ]);
  });
});
