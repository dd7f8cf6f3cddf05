import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createAtoms } from '@mlffd/core';
import { Dataset, writeDataset } from '@mlffd/data';
import { initializeParameters, parameterSpecs } from '@mlffd/student';
import type { Parameters } from '@mlffd/student';
import { inMemory, Trainer } from '@mlffd/train';
import type { LabelledStructure } from '@mlffd/train';
import fc from 'fast-check';
import { ActivationProbe, activationWarning, probeStructures } from '../src/activationHealth.ts';
import type { Activations } from '../src/activationHealth.ts';
import { layoutParameters, packParameters } from '../src/parameterLayout.ts';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { sharedSet } from './prepared.ts';
import {
  CONFIG,
  DATASET,
  fingerprint,
  inFolder,
  ofType,
  SPLIT,
  stopAt,
  STRUCTURES,
  train,
} from './runs.ts';

/** float32 sums of some ten terms against float64. */
const FLOAT32 = 1e-5;

const layout = layoutParameters(parameterSpecs(TINY_MODEL));
const PARAMETERS = initializeParameters(TINY_MODEL, 3);

/** Activations of a model on some structures. */
async function activationsOf(
  structures: readonly LabelledStructure[],
  parameters: Parameters = PARAMETERS,
): Promise<Activations> {
  const validation = sharedSet(structures, TINY_MODEL.cutoff);
  const probe = await ActivationProbe.create({
    config: { model: TINY_MODEL, microBatchEdges: 1e6 },
    data: { train: validation, validation, stream: undefined },
    layout,
  });
  const flat = packParameters(layout, parameters);
  const before = flat.slice();
  const found = await probe.measure(flat);
  expect(flat).toEqual(before);
  expect(await probe.measure(flat)).toEqual(found);
  await probe.release();
  return found;
}

/** Rows `start` to `end` of x Wᵀ + b, in float64. */
function dense(name: string, x: readonly number[], start = 0, end = Infinity): number[] {
  const weight = PARAMETERS.get(`${name}.weight`) ?? [];
  const bias = Array.from(PARAMETERS.get(`${name}.bias`) ?? []);
  return bias
    .map((b, row) => x.reduce((sum, value, k) => sum + value * weight[row * x.length + k], b))
    .slice(start, end);
}

const silu = (x: number): number => x / (1 + Math.exp(-x));
const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

describe('activations of a model', () => {
  it('are those of the equations, for the first block of a dimer', async () => {
    const [r, F, rc] = [1.7, TINY_MODEL.features, TINY_MODEL.cutoff];
    const atoms = createAtoms({ numbers: [6, 8], positions: [0, 0, 0, r * 0.6, 0, r * 0.8] });
    const x = r / rc;
    const cutoff = 1 - 28 * x ** 6 + 48 * x ** 7 - 21 * x ** 8;
    const basis = Array.from({ length: TINY_MODEL.radialBasis.count }, (_, n) =>
      r < rc ? Math.sin(((n + 1) * Math.PI * r) / rc) / r : 0,
    );
    const filters = dense('filter_net', basis, 0, 2 * F).map((value) => value * cutoff);
    const embedding = (z: number): number[] =>
      Array.from((PARAMETERS.get('embedding.weight') ?? []).slice(F * z, F * (z + 1)));
    const name = 'interactions.0.interatomic_context_net';
    const messages = [8, 6].map((neighbor) =>
      dense(`${name}.1`, dense(`${name}.0`, embedding(neighbor)).map(silu)),
    );
    const q = [6, 8].flatMap((z, i) =>
      embedding(z).map((value, f) => value + filters[f] * messages[i][f]),
    );
    // The unit vector has length one.
    const mu = messages.flatMap((message) =>
      Array.from({ length: F }, (_, f) => filters[F + f] * message[F + f]),
    );
    const found = (await activationsOf([{ atoms, energy: 0 }]))['interaction.0'];
    expect(Number(found.q) / largest(q)).toBeCloseTo(1, -Math.log10(FLOAT32));
    expect(Number(found.mu) / largest(mu)).toBeCloseTo(1, -Math.log10(FLOAT32));
    expect(Number(found.filter) / largest(filters)).toBeCloseTo(1, -Math.log10(FLOAT32));
  });

  it('has every block, in rows of any arrangement', async () => {
    const structures = [labelledStructure(1), labelledStructure(2, { periodic: true })];
    const found = await activationsOf(structures);
    expect(Object.fromEntries(Object.entries(found).map(([k, v]) => [k, Object.keys(v)]))).toEqual({
      'interaction.0': ['q', 'mu', 'filter'],
      'mixing.0': ['q', 'mu'],
      'interaction.1': ['q', 'mu', 'filter'],
      'mixing.1': ['q'],
    });
    // One structure makes other rows than both, and the largest of both is the larger of each.
    const each = await Promise.all(structures.map((structure) => activationsOf([structure])));
    for (const [block, values] of Object.entries(found)) {
      for (const [kind, value] of Object.entries(values)) {
        const single = each.map((one) => Number(one[block][kind as 'q']));
        expect(Number(value) / Math.max(...single)).toBeCloseTo(1, -Math.log10(FLOAT32));
      }
    }
  });

  it('does not change when a structure is rotated', async () => {
    const { atoms } = labelledStructure(4);
    const { positions } = atoms;
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const turned = Float64Array.from(positions, (_, k) => {
      const [x, y, z] = positions.subarray(k - (k % 3), k - (k % 3) + 3);
      return [c * x - s * z, y, s * x + c * z][k % 3];
    });
    const before = await activationsOf([{ atoms }]);
    const after = await activationsOf([{ atoms: { ...atoms, positions: turned } }]);
    for (const [block, values] of Object.entries(before)) {
      for (const [kind, value] of Object.entries(values)) {
        const ratio = Number(after[block][kind as 'q']) / Number(value);
        expect(ratio).toBeCloseTo(1, -Math.log10(FLOAT32));
      }
    }
  });

  it('is null where a value is not finite', async () => {
    const broken: Parameters = new Map(PARAMETERS);
    const name = 'mixing.0.mu_channel_mix.weight';
    broken.set(name, new Float32Array(PARAMETERS.get(name)?.length ?? 0).fill(1e38));
    const found = await activationsOf([labelledStructure(1)], broken);
    expect(found['interaction.0']).toEqual(
      (await activationsOf([labelledStructure(1)]))['interaction.0'],
    );
    expect(found['mixing.0']).toEqual({ q: null, mu: null });
    expect(found['interaction.1'].filter).not.toBeNull();
  });
});

describe('the structures that are looked at', () => {
  it('are different ones from all over the set, within the limit', () => {
    const sizes = fc.array(fc.nat(50), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 500 }), (edges, limit) => {
        const chosen = probeStructures({ atoms: edges, edges }, limit);
        expect(chosen.length).toBeGreaterThan(0);
        expect([...chosen].sort((a, b) => a - b)).toEqual([...new Set(chosen)]);
        for (const k of chosen) expect(k >= 0 && k < edges.length).toBe(true);
        const sum = chosen.reduce((total, k) => total + edges[k], 0);
        expect(chosen.length === 1 || sum <= limit).toBe(true);
      }),
      { seed: 1 },
    );
    const edges = Array.from({ length: 100 }, () => 10);
    expect(probeStructures({ atoms: edges, edges }, 40)).toEqual([12, 37, 62, 87]);
  });
});

describe('warnings of activations', () => {
  const point = (q: number | null, mu: number | null = 1): { activations: Activations } => ({
    activations: { 'mixing.0': { q, mu } },
  });
  const warn = (values: readonly (number | null)[]): string | undefined =>
    activationWarning(
      values.slice(0, -1).map((q) => point(q)),
      point(values.at(-1) ?? null).activations,
    );

  it('come once for what has grown a thousandfold or is not finite', () => {
    expect(warn([2])).toBeUndefined();
    expect(warn([2, 2000])).toBeUndefined();
    expect(warn([2, 2001])).toContain('q of mixing.0 (2.0 at first, now 2.0e+3)');
    expect(warn([2, 2001, 4000])).toBeUndefined();
    expect(warn([2, 5, null])).toContain('q of mixing.0 (2.0 at first, now not finite)');
    expect(warn([null])).toContain('now not finite');
    expect(warn([null, null])).toBeUndefined();
    // Nothing can be said of growth from nothing.
    expect(warn([0, 5])).toBeUndefined();
    // Points of epochs that were not validated have none.
    expect(activationWarning([{}, point(1), {}], point(1001).activations)).toContain('1.0e+3');
  });

  it('name some of many', () => {
    const many = (q: number): Activations =>
      Object.fromEntries(Array.from({ length: 6 }, (_, k) => [`mixing.${k}`, { q }]));
    const text = activationWarning([{ activations: many(1) }], many(2e3)) ?? '';
    expect(text).toContain('q of mixing.2');
    expect(text).not.toContain('mixing.3');
    expect(text).toContain('and 3 more');
  });
});

describe('a run', () => {
  it('has them in log, curve and events where it is validated', async () => {
    const { events, result, log } = await train({ epochs: 5, validation: { every: 2 } });
    const points = ofType(events, 'epoch').map(({ point }) => point);
    expect(points.map(({ activations }) => activations !== undefined)).toEqual([
      false,
      true,
      false,
      true,
      true,
    ]);
    expect(result.curve).toEqual(points);
    const lines = log.filter((line) => 'validation' in line);
    expect(lines.map((line) => line.activations)).toEqual(
      points.map(({ activations }) => activations),
    );
    expect(Object.keys(points[1].activations ?? {})).toEqual(['interaction.0', 'mixing.0']);
    expect(ofType(events, 'warning')).toEqual([]);
  });

  it('has the same ones after a resume', async () => {
    const { result } = await train({});
    await inFolder(async (folder) => {
      const run = await stopAt(6, folder, CONFIG);
      const trainer = await Trainer.resume(run, { dataset: DATASET, split: SPLIT });
      expect(fingerprint(await trainer.run())).toEqual(fingerprint(result));
    });
  });

  it('looks at training structures where there are no others, also if they are streamed', async () => {
    const split = { train: SPLIT.train, validation: [] };
    await inFolder(async (folder) => {
      const path = join(folder, 'set.h5');
      const structures = Array.from(SPLIT.train, (k) => STRUCTURES[k]);
      const rows = structures.map(({ atoms, energy = 0, forces = [], stress }, k) => ({
        atoms,
        energy,
        forces: Float64Array.from(forces),
        ...(stress === undefined ? {} : { stress: Float64Array.from(stress) }),
        meta: { id: `s${k}`, group: `s${k}`, source: 'test' },
      }));
      await writeDataset(path, rows, { teacher: 'morse' });
      const dataset = await Dataset.open(path);
      const { result } = await train({}, { split, dataset });
      const streamed = await train({ stream: true }, { split, dataset });
      dataset.close();
      expect(result.curve.every(({ activations }) => activations !== undefined)).toBe(true);
      expect(streamed.result.curve).toEqual(result.curve);
    });
  });

  it('warns, once, and in the log, when they run away', async () => {
    const { atoms, energy = 0, forces = [] } = labelledStructure(5);
    const wrong = Float64Array.from(forces, (f) => 1e4 * f);
    const dataset = inMemory([{ atoms, energy, forces: wrong }]);
    const { events, log } = await train(
      {
        epochs: 60,
        loss: { energy: 0, forces: 1 },
        optimizer: { learningRate: 3, clipNorm: 1e9 },
        schedule: { type: 'constant', warmupSteps: 60 },
        guard: { factor: 1e30 },
      },
      { dataset, split: { train: [0], validation: [0] } },
    );
    const warnings = ofType(events, 'warning').filter(({ code }) => code === 'activation-growth');
    expect(warnings.length).toBeGreaterThan(0);
    const told = warnings.flatMap(({ message }) => message.match(/\w+ of \w+\.\d/g) ?? []);
    expect(new Set(told).size).toBe(told.length);
    const lines = log.filter(({ type }) => type === 'warning');
    expect(lines.map(({ message }) => message)).toEqual(warnings.map(({ message }) => message));
  });
});
