// Arithmetic per call, how fast it is done, and how fast this machine could do it at most.
import { join } from 'node:path';
import { neighborList } from '../../../packages/core/dist/index.js';
import { CONFIGS } from '../../../packages/student/bench/means.mjs';
import { ask } from '../../../packages/student/bench/programs.mjs';
import { SYSTEMS } from '../../../packages/student/bench/structures.mjs';
import { PRESETS } from '../../../packages/student/dist/index.js';
import { digits } from '../table.mjs';
import { callOperations } from './operations.mjs';
import { ATOMS, SIZES } from './speed.mjs';

const PEAK = join(import.meta.dirname, 'peak.mjs');

const configOf = (size) => CONFIGS.find(({ name }) => name === size) ?? PRESETS[size];
const structures = new Map(SYSTEMS);
const keyOf = (size) => size.replaceAll('-', '_');

/** Operations of a call with tabulated filters. */
function operationsOf(size, atoms) {
  const config = configOf(size);
  const structure = structures.get(atoms)();
  const pairs = neighborList(structure, config.cutoff).count / 2;
  return callOperations(config, { atoms: structure.numbers.length, pairs });
}

/**
 * @param options.node as `describeNode` tells it
 * @param options.milliseconds of a call by size and atoms, as `speed` gives them
 * @returns flat figures, a table, and the peak, GFLOP/s
 */
export function limits({ node, milliseconds }) {
  console.log('limits: peak of 128-bit SIMD');
  const { plain, relaxed } = ask(process.execPath, [...node.execArgv, PEAK], { cores: 1 });
  const peak = node.relaxed ? relaxed : plain;
  const figures = { peak_gflops: peak };
  const rows = SIZES.flatMap((size) =>
    ATOMS.map((atoms) => {
      const key = `${keyOf(size)}_${atoms}`;
      const { products, total } = operationsOf(size, atoms);
      figures[`mflop_${key}`] = total / 1e6;
      const speed = total / 1e6 / milliseconds(size, atoms);
      figures[`gflops_${key}`] = speed;
      figures[`of_peak_${key}`] = speed / peak;
      const share = `${digits((100 * products) / total, 2)} %`;
      const part = `${digits((100 * speed) / peak, 2)} %`;
      return [size, atoms, digits(total / 1e6), share, digits(speed), part];
    }),
  );
  return {
    figures,
    peak,
    columns: [
      ...['size', 'atoms', 'MFLOP per call', 'products per atom'],
      ...[`${node.relaxed ? 'relaxed SIMD' : 'SIMD'}, GFLOP/s`, `of ${digits(peak)}`],
    ],
    rows,
  };
}
