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
 * @param options.node as `describeNode` tells it
 * @param options.peak GFLOP/s that the machine does at most
 * @param options.seconds of each measurement, for a trial
 * @returns flat figures and a table
 */
export function stages({ node, peak, seconds = SECONDS }) {
  console.log(`stages: ${node.name}`);
  const figures = {};
  const request = { seconds, cases: CASES };
  const found = ask(process.execPath, [...node.execArgv, SCRIPT], { request, cores: 1 });
  const rows = found.cases.map(({ key, pairs, milliseconds }, k) => {
    const { config, atoms } = CASES[k];
    const operations = callOperations(config, { atoms: atoms.numbers.length, pairs });
    const sum = Object.values(milliseconds).reduce((a, b) => a + b, 0);
    figures[`stages_ms_${key}`] = sum;
    const cells = GROUPS.map(({ kind }) => {
      const time = milliseconds[kind];
      figures[`stage_ms_${kind}_${key}`] = time;
      const share = `${digits((100 * time) / sum, 2)} %`;
      if (operations[kind] === undefined) return share;
      const speed = operations[kind] / 1e6 / time;
      figures[`stage_gflops_${kind}_${key}`] = speed;
      return `${share}, ${digits((100 * speed) / peak, 2)} %`;
    });
    return [...key.split('_'), digits(sum), ...cells];
  });
  return {
    figures,
    columns: ['size', 'atoms', 'all stages, ms', ...GROUPS.map(({ name }) => name)],
    rows,
  };
}
