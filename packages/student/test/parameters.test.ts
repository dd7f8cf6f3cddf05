import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Graph, grad, type Tensor } from '@mlffd/graph';
import {
  buildPainn,
  checkParameters,
  countParameters,
  declareEdges,
  initializeParameters,
  type PainnConfig,
  ParameterMismatchError,
  parameterSize,
  parameterSpecs,
  PRESETS,
} from '../src/index.ts';
import { SMALL } from './systems.ts';

/** Number of parameters of schnetpack's PaiNN with its pyramidal readout. */
function formula({ features: F, interactions: T, radialBasis, ...config }: PainnConfig): number {
  const rows = (config.maxAtomicNumber ?? 99) + 1;
  const filters = (config.sharedFilters === true ? 1 : T) * 3 * F * (radialBasis.count + 1);
  const half = Math.floor(F / 2);
  return (
    rows * F + filters + T * (4 * F * F + 4 * F) + T * (7 * F * F + 4 * F) + F * half + 2 * half + 1
  );
}

const configs: fc.Arbitrary<PainnConfig> = fc.record({
  features: fc.integer({ min: 2, max: 130 }),
  interactions: fc.integer({ min: 1, max: 5 }),
  radialBasis: fc.record({
    type: fc.constantFrom('bessel' as const, 'gaussian' as const),
    count: fc.integer({ min: 2, max: 30 }),
  }),
  cutoff: fc.constant(5),
  cutoffFunction: fc.constantFrom('cosine' as const, 'polynomial' as const),
  sharedFilters: fc.boolean(),
  maxAtomicNumber: fc.integer({ min: 1, max: 118 }),
});

describe('number of parameters', () => {
  test.each([
    ['ultra-tiny', 21_529],
    ['tiny', 78_673],
    ['original', 424_657],
    ['large', 11_862_529],
  ] as const)('preset %s has %i', (name, count) => {
    expect(countParameters(PRESETS[name])).toBe(count);
  });

  test('schnetpack counts 589,057 for 128x3 with 20 functions', () => {
    const config = { ...PRESETS.original, features: 128 };
    expect(countParameters(config)).toBe(589_057);
  });

  test('follows the formula for any configuration', () => {
    fc.assert(
      fc.property(configs, (config) => {
        expect(countParameters(config)).toBe(formula(config));
      }),
    );
  });

  test.each(['ultra-tiny', 'tiny', 'original', 'large'] as const)(
    'the graph of %s asks for every parameter once and depends on it',
    (name) => {
      const config = PRESETS[name];
      const graph = new Graph();
      const asked = new Map<string, Tensor>();
      const { atomEnergies } = buildPainn(graph, config, {
        edges: declareEdges(graph),
        parameter: (spec) => {
          expect(asked.has(spec.name)).toBe(false);
          const tensor = graph.input(spec.name, spec.shape);
          asked.set(spec.name, tensor);
          return tensor;
        },
      });
      const sizes = parameterSpecs(config).map((spec) => {
        expect(asked.get(spec.name)?.shape).toEqual(spec.shape);
        return parameterSize(spec);
      });
      expect(asked.size).toBe(sizes.length);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(countParameters(config));
      // A gradient that is no constant zero: the parameter takes part.
      for (const gradient of grad(atomEnergies, [...asked.values()])) {
        expect(['BroadcastTo', 'Constant']).not.toContain(gradient.op);
      }
    },
  );
});

describe('initializeParameters', () => {
  test('depends on the seed only', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => initializeParameters(SMALL, seed));
    expect(a).toEqual(b);
    expect(a.get('outnet.0.weight')).not.toEqual(c.get('outnet.0.weight'));
  });

  test('is Xavier-uniform for matrices, zero for biases, standard normal for the embedding', () => {
    const parameters = initializeParameters(PRESETS.original, 3);
    for (const spec of parameterSpecs(PRESETS.original)) {
      const values = parameters.get(spec.name)!;
      const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      if (spec.kind === 'bias') expect(square).toBe(0);
      else {
        const bound = Math.sqrt(6 / (spec.shape[0] + spec.shape[1]));
        const variance = spec.kind === 'embedding' ? 1 : (bound * bound) / 3;
        // Five standard deviations of a variance estimated from that many values.
        const spread = 5 * Math.sqrt(2 / values.length);
        expect(Math.abs(square / variance - 1)).toBeLessThan(spread);
        if (spec.kind === 'weight') {
          expect(values.every((value) => Math.abs(value) <= bound * (1 + 1e-6))).toBe(true);
        }
      }
    }
  });

  test('can start at the baseline', () => {
    const parameters = initializeParameters(SMALL, 3, { zeroReadout: true });
    expect(parameters.get('outnet.1.weight')!.every((value) => value === 0)).toBe(true);
    expect(parameters.get('outnet.0.weight')!.every((value) => value === 0)).toBe(false);
  });
});

describe('checkParameters', () => {
  test('accepts what belongs to the configuration', () => {
    expect(() => {
      checkParameters(SMALL, initializeParameters(SMALL, 1));
    }).not.toThrow();
  });

  test('names what is missing, unknown, of another size or not finite', () => {
    const change = (edit: (parameters: Map<string, Float32Array>) => void): (() => void) => {
      const parameters = initializeParameters(SMALL, 1);
      edit(parameters);
      return () => {
        checkParameters(SMALL, parameters);
      };
    };
    const missing = change((p) => p.delete('outnet.1.bias'));
    expect(missing).toThrow(ParameterMismatchError);
    expect(missing).toThrow('"outnet.1.bias" does not fit the configuration: no such tensor');
    expect(change((p) => p.set('outnet.2.bias', new Float32Array(1)))).toThrow(
      '"outnet.2.bias" belongs to no layer',
    );
    expect(change((p) => p.set('outnet.1.bias', new Float32Array(2)))).toThrow('2 values');
    expect(change((p) => (p.get('filter_net.bias')![5] = NaN))).toThrow('NaN at index 5');
  });
});
