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
 * @param options.variants ways to start Node
 * @param options.ways back ends, for a trial
 * @returns flat figures and a table
 */
export function accuracy({ trained, variants, ways = WAYS }) {
  const figures = {};
  const cases = casesOf(trained);
  const found = variants.map(({ suffix, name, execArgv }) => {
    console.log(`accuracy: ${name}`);
    const answers = ask(process.execPath, [...execArgv, SCRIPT], { request: { ways, cases } });
    for (const { key: way } of ways) {
      for (const { key, scale, errors } of answers) {
        figures[`force_error_${way}_${key}${suffix}`] = errors[way].force / scale;
        figures[`energy_error_${way}_${key}${suffix}`] = errors[way].energy;
      }
    }
    return answers;
  });
  const [first] = found;
  for (const { key, table } of first) {
    figures[`table_error_${key}`] = table.value;
    figures[`table_slope_error_${key}`] = table.slope;
  }
  return {
    figures,
    columns: [
      ...['weights', 'atoms', 'largest force, eV/A', 'table: filters, slopes'],
      ...variants.flatMap(({ relaxed }) =>
        ways.map(({ name }) => `${name}${relaxed ? ', relaxed SIMD' : ''}`),
      ),
    ],
    rows: first.map(({ key, scale, table }, row) => {
      const [size, atoms] = key === 'trained' ? ['ultra-tiny, trained', '21'] : key.split('_');
      const cells = found.flatMap((answers) =>
        ways.map(({ key: way }) => {
          const { force, energy } = answers[row].errors[way];
          return `${(force / scale).toExponential(1)}, ${(1000 * energy).toExponential(1)}`;
        }),
      );
      const bound = `${table.value.toExponential(1)}, ${table.slope.toExponential(1)}`;
      return [size, atoms, digits(scale), bound, ...cells];
    }),
  };
}
