import { describe, expect, test } from '@jest/globals';
import { countParameters, inspectStudent, PRESETS } from '../src/index.ts';
import { randomStudent, SMALL } from './systems.ts';

describe('inspectStudent', () => {
  test('counts every parameter in one block', () => {
    for (const config of Object.values(PRESETS)) {
      const { blocks, parameters } = inspectStudent({ ...randomStudent(), config });
      expect(parameters).toBe(countParameters(config));
      expect(blocks.reduce((sum, block) => sum + block.parameters, 0)).toBe(parameters);
    }
  });

  test('names the blocks in the order of the model', () => {
    expect(inspectStudent(randomStudent()).blocks.map(({ name }) => name)).toEqual([
      'embedding',
      'filters',
      'interaction.0',
      'interaction.1',
      'mixing.0',
      'mixing.1',
      'readout',
    ]);
  });

  test('operations follow from the sizes of the products', () => {
    const config = {
      ...SMALL,
      features: 10,
      interactions: 1,
      radialBasis: { type: 'bessel', count: 4 },
    } as const;
    const report = inspectStudent({ ...randomStudent(), config }, { atoms: 3, edges: 7 });
    const flops = new Map(report.blocks.map((block) => [block.name, block.flops]));
    // Two parts of the filter, five inputs and ten outputs each, forward and backward.
    expect(flops.get('filters')).toBe(2 * (2 * 7 * 5 * 10 * 2) + 3 * (4 * 7 * 5));
    // 10 -> 5 -> 1, forward and backward.
    expect(flops.get('readout')).toBe(2 * 3 * 2 * (10 * 5 + 5));
    expect(flops.get('embedding')).toBe(0);
    expect(report.flops).toBe([...flops.values()].reduce((sum, value) => sum + value, 0));
  });

  test('cost grows linearly with the structure', () => {
    const one = inspectStudent(randomStudent(), { atoms: 50, edges: 1500 });
    const two = inspectStudent(randomStudent(), { atoms: 100, edges: 3000 });
    expect(two.flops).toBe(2 * one.flops);
    expect(two.memory.call).toBe(2 * one.memory.call);
    expect(two.memory.weights).toBe(one.memory.weights);
    expect(one.memory.weights).toBe(4 * one.parameters);
  });

  test('is plain data with a typical number of neighbours', () => {
    const report = inspectStudent(randomStudent(), { atoms: 10 });
    expect(report.size).toEqual({ atoms: 10, edges: 520 });
    expect(report.elements).toEqual(['H', 'C', 'N', 'O']);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
