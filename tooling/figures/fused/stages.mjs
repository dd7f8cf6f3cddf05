// Where the time of a call goes inside the kernels, and how fast each part of it computes.
import { join } from 'node:path';
import { CONFIGS, plain } from '../../../packages/student/bench/means.mjs';
import { ask } from '../../../packages/student/bench/programs.mjs';
import { SYSTEMS } from '../../../packages/student/bench/structures.mjs';
import { digits } from '../table.mjs';
import { callOperations } from './operations.mjs';

const SCRIPT = join(import.meta.dirname, 'stagesRun.mjs');
/** Of each case. */
const SECONDS = 1;
/** Groups of stages, and what they are called in the table. */
const GROUPS = [
  { kind: 'pairs', name: 'pairs' },
  { kind: 'messages', name: 'messages' },
  { kind: 'products', name: 'products per atom' },
  { kind: 'gradients', name: 'gradients of messages' },
  { kind: 'forces', name: 'forces' },
];

const CASES = CONFIGS.flatMap(({ name, ...config }) =>
  SYSTEMS.map(([atoms, make]) => ({ key: `${name}_${atoms}`, config, atoms: plain(make()) })),
);

/**
 * @param options.variants ways to start Node
 * @param options.peaks GFLOP/s that the machine does at most, in their order
 * @param options.seconds of each measurement, for a trial
 * @returns flat figures and a table of the last variant, which is the fastest
 */
export function stages({ variants, peaks, seconds = SECONDS }) {
  const figures = {};
  let rows = [];
  variants.forEach(({ suffix, name, execArgv }, v) => {
    console.log(`stages: ${name}`);
    const request = { seconds, cases: CASES };
    const found = ask(process.execPath, [...execArgv, SCRIPT], { request, cores: 1 });
    rows = found.cases.map(({ key, pairs, milliseconds }, k) => {
      const { config, atoms } = CASES[k];
      const operations = callOperations(config, { atoms: atoms.numbers.length, pairs });
      const sum = Object.values(milliseconds).reduce((a, b) => a + b, 0);
      figures[`stages_ms_${key}${suffix}`] = sum;
      const cells = GROUPS.map(({ kind }) => {
        const time = milliseconds[kind];
        figures[`stage_ms_${kind}_${key}${suffix}`] = time;
        const share = `${digits((100 * time) / sum, 2)} %`;
        if (operations[kind] === undefined) return share;
        const speed = operations[kind] / 1e6 / time;
        figures[`stage_gflops_${kind}_${key}${suffix}`] = speed;
        return `${share}, ${digits((100 * speed) / peaks[v], 2)} %`;
      });
      return [...key.split('_'), digits(sum), ...cells];
    });
  });
  return {
    figures,
    variant: variants.at(-1),
    columns: ['size', 'atoms', 'all stages, ms', ...GROUPS.map(({ name }) => name)],
    rows,
  };
}
