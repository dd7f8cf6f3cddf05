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
 * @param options.variants ways to start Node
 * @param options.milliseconds of a call of a variant, as `speed` gives them
 * @returns flat figures, a table, and the peak of each variant, GFLOP/s
 */
export function limits({ variants, milliseconds }) {
  console.log('limits: peak of 128-bit SIMD');
  const figures = {};
  const peaks = variants.map(({ suffix, relaxed, execArgv }) => {
    const { plain, relaxed: fused } = ask(process.execPath, [...execArgv, PEAK], { cores: 1 });
    const peak = relaxed ? fused : plain;
    figures[`peak_gflops${suffix}`] = peak;
    return peak;
  });
  const rows = SIZES.flatMap((size) =>
    ATOMS.map((atoms) => {
      const key = `${keyOf(size)}_${atoms}`;
      const { products, total } = operationsOf(size, atoms);
      figures[`mflop_${key}`] = total / 1e6;
      const cells = variants.flatMap(({ suffix }, k) => {
        const speed = total / 1e6 / milliseconds.get(suffix)(size, atoms);
        figures[`gflops_${key}${suffix}`] = speed;
        figures[`of_peak_${key}${suffix}`] = speed / peaks[k];
        return [digits(speed), `${digits((100 * speed) / peaks[k], 2)} %`];
      });
      const share = `${digits((100 * products) / total, 2)} %`;
      return [size, atoms, digits(total / 1e6), share, ...cells];
    }),
  );
  const columns = variants.flatMap(({ relaxed }, k) => [
    `${relaxed ? 'relaxed SIMD' : 'SIMD'}, GFLOP/s`,
    `of ${digits(peaks[k])}`,
  ]);
  return {
    figures,
    peaks,
    columns: ['size', 'atoms', 'MFLOP per call', 'products per atom', ...columns],
    rows,
  };
}
