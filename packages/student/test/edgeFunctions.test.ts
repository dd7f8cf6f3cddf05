import { describe, expect, test } from '@jest/globals';
import { neighborList } from '@mlffd/core';
import { grad, Graph, interpret, mul, reduceSum } from '@mlffd/graph';
import { EdgeFunctions, filterBasis, layoutEdges, type PainnConfig } from '../src/index.ts';
import { box } from './systems.ts';

/** Values and slopes are float64 on both sides; the arrays between them are float32. */
const FLOAT32 = 3e-7;

const CONFIGS = (['bessel', 'gaussian'] as const).flatMap((type) =>
  (['polynomial', 'cosine'] as const).map((cutoffFunction): PainnConfig => ({
    features: 4,
    interactions: 1,
    radialBasis: { type, count: 20 },
    cutoff: 4.2,
    cutoffFunction,
  })),
);

describe.each(CONFIGS)('$radialBasis.type basis, $cutoffFunction cutoff', (config) => {
  const functions = new EdgeFunctions(config);
  const list = neighborList(box(20), config.cutoff);
  const { slotOf, rows, slots } = layoutEdges(list);
  const { width } = functions;
  const units = new Float32Array(3 * rows * slots).fill(NaN);
  const basis = new Float32Array(width * rows * slots).fill(NaN);
  functions.write(list, slotOf, { units, basis });

  /** Values in the graph, and the derivative of their product with `seed`. */
  function inGraph(seed: Float64Array): { values: Float64Array; slopes: Float64Array } {
    const graph = new Graph();
    const distances = graph.input('d', ['E', 1]);
    const weights = graph.input('w', ['E', width]);
    const values = filterBasis(distances, config);
    const [slopes] = grad(reduceSum(mul(values, weights), [0, 1]), [distances]);
    const feeds = {
      d: { data: list.distances, shape: [list.count, 1] },
      w: { data: seed, shape: [list.count, width] },
    };
    const out = interpret({ values, slopes }, feeds);
    return { values: out.values.data, slopes: out.slopes.data };
  }

  const seed = Float64Array.from({ length: width * list.count }, (_, k) =>
    Math.fround(Math.sin(0.37 * k)),
  );
  const expected = inGraph(seed);

  test('values are those of the graph, and zero at pads', () => {
    let largest = 0;
    const used = new Set<number>();
    for (let e = 0; e < list.count; e++) {
      used.add(slotOf[e]);
      for (let k = 0; k < width; k++) {
        const difference = basis[slotOf[e] * width + k] - expected.values[e * width + k];
        largest = Math.max(largest, Math.abs(difference));
      }
    }
    expect(largest).toBeLessThan(FLOAT32);
    for (let slot = 0; slot < rows * slots; slot++) {
      if (used.has(slot)) continue;
      const zeros = basis.subarray(slot * width, (slot + 1) * width).every((value) => value === 0);
      expect(zeros && units[3 * slot] === 0).toBe(true);
    }
  });

  test('derivatives are those of the graph', () => {
    const gradient = new Float32Array(basis.length);
    for (let e = 0; e < list.count; e++) {
      for (let k = 0; k < width; k++) gradient[slotOf[e] * width + k] = seed[e * width + k];
    }
    const out = new Float64Array(3 * list.count);
    const none = new Float32Array(units.length);
    functions.pullBack(list, { slotOf, units: none, basis: gradient }, out);
    let largest = 0;
    for (let e = 0; e < list.count; e++) {
      for (let k = 0; k < 3; k++) {
        const along = list.vectors[3 * e + k] / list.distances[e];
        const difference = Math.abs(out[3 * e + k] - expected.slopes[e] * along);
        largest = Math.max(largest, difference);
      }
    }
    expect(largest).toBeLessThan(1e-10);
  });

  test('derivatives of the unit vectors are perpendicular to the edge and fall off as 1 / d', () => {
    const gradient = Float32Array.from(units, (_, k) => Math.cos(k));
    const out = new Float64Array(3 * list.count);
    const none = new Float32Array(basis.length);
    functions.pullBack(list, { slotOf, units: gradient, basis: none }, out);
    for (let e = 0; e < list.count; e++) {
      const r = list.vectors.subarray(3 * e, 3 * e + 3);
      const d = list.distances[e];
      const g = gradient.subarray(3 * slotOf[e], 3 * slotOf[e] + 3);
      const along = (g[0] * r[0] + g[1] * r[1] + g[2] * r[2]) / d;
      const inPlane = Math.sqrt(Math.max(0, g[0] ** 2 + g[1] ** 2 + g[2] ** 2 - along ** 2));
      const [x, y, z] = out.subarray(3 * e, 3 * e + 3);
      expect(Math.abs(x * r[0] + y * r[1] + z * r[2])).toBeLessThan(1e-12);
      expect(Math.abs(Math.hypot(x, y, z) - inPlane / d)).toBeLessThan(1e-7);
    }
  });
});

test('edges at and beyond the cutoff have no function', () => {
  for (const config of CONFIGS) {
    const functions = new EdgeFunctions({ ...config, cutoff: 2 });
    const list = neighborList(box(20), 4.2);
    const { slotOf, rows, slots } = layoutEdges(list);
    const basis = new Float32Array(functions.width * rows * slots);
    functions.write(list, slotOf, { units: new Float32Array(3 * rows * slots), basis });
    const beyond = [...slotOf].filter((_, e) => list.distances[e] >= 2);
    expect(beyond.length).toBeGreaterThan(0);
    for (const slot of beyond) {
      const values = basis.subarray(slot * functions.width, (slot + 1) * functions.width);
      expect(values.every((value) => value === 0)).toBe(true);
    }
  }
});
