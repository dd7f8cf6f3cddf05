// How far the back ends are from the same network in float64.
import { join } from 'node:path';
import { CONFIGS, frames, plain } from '../../../packages/student/bench/means.mjs';
import { ask } from '../../../packages/student/bench/programs.mjs';
import { SYSTEMS } from '../../../packages/student/bench/structures.mjs';
import { PRESETS } from '../../../packages/student/dist/index.js';
import { digits } from '../table.mjs';

const SCRIPT = join(import.meta.dirname, 'accuracyRun.mjs');
/** Back ends and their options, by key of the figures. */
const WAYS = [
  { key: 'onnx', name: 'ONNX Runtime', options: { backend: 'onnx' } },
  { key: 'table', name: 'fused, table', options: { backend: 'fused', filters: 'table' } },
  { key: 'exact', name: 'fused, exact filters', options: { backend: 'fused', filters: 'exact' } },
];
/** The interpreter keeps every intermediate value of the network in float64. */
const MOST_VALUES = 100 * 64;

/** Random weights on the structures of the benchmark, and the trained student where it starts. */
function casesOf({ folder, start }) {
  const random = [...CONFIGS, { name: 'tiny', ...PRESETS.tiny }].flatMap(({ name, ...config }) =>
    SYSTEMS.filter(([size]) => Number(size) * config.features <= MOST_VALUES).map(
      ([size, make]) => ({ key: `${name}_${size}`, config, atoms: plain(frames(make())[0]) }),
    ),
  );
  return [...random, { key: 'trained', student: folder, atoms: start }];
}

/**
 * @param options.trained folder of a trained student and a structure, as `trainedStudent` gives them
 * @param options.node as `describeNode` tells it
 * @param options.ways back ends, for a trial
 * @returns flat figures and a table
 */
export function accuracy({ trained, node, ways = WAYS }) {
  console.log(`accuracy: ${node.name}`);
  const cases = casesOf(trained);
  const answers = ask(process.execPath, [...node.execArgv, SCRIPT], { request: { ways, cases } });
  const figures = {};
  for (const { key, scale, errors, table } of answers) {
    for (const { key: way } of ways) {
      figures[`force_error_${way}_${key}`] = errors[way].force / scale;
      figures[`energy_error_${way}_${key}`] = errors[way].energy;
    }
    figures[`table_error_${key}`] = table.value;
    figures[`table_slope_error_${key}`] = table.slope;
  }
  return {
    figures,
    columns: [
      ...['weights', 'atoms', 'largest force, eV/A', 'table: filters, slopes'],
      ...ways.map(({ name }) => `${name}${node.relaxed ? ', relaxed SIMD' : ''}`),
    ],
    rows: answers.map(({ key, scale, table, errors }) => {
      const [size, atoms] = key === 'trained' ? ['ultra-tiny, trained', '21'] : key.split('_');
      const cells = ways.map(({ key: way }) => {
        const { force, energy } = errors[way];
        return `${(force / scale).toExponential(1)}, ${(1000 * energy).toExponential(1)}`;
      });
      const bound = `${table.value.toExponential(1)}, ${table.slope.toExponential(1)}`;
      return [size, atoms, digits(scale), bound, ...cells];
    }),
  };
}
