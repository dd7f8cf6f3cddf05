// npm run baselines [-- TEACHER ...] [--out FOLDER]: profiles the teachers that this machine has, 3 to 1,000 atoms.
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { baselineTable, teacherBaselines } from '../figures/profiler/teachers.mjs';
import { table } from '../figures/table.mjs';
import { makePythonPeer } from '../peers/index.js';
import { clock, requireNode, root } from './workspace.mjs';

requireNode();
// See workspace.mjs.
process.env.PYTHONDONTWRITEBYTECODE = '';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: join(root, 'runs', 'baselines') } },
});
const folder = resolve(values.out);
const started = performance.now();
const peers = {};
for (const peer of ['reference', 'torch', 'jax', 'mace']) {
  const { python, skip } = await makePythonPeer(peer);
  if (skip !== undefined) console.log(`without ${peer}: ${skip}`);
  peers[peer] = python;
}
const found = await teacherBaselines({
  root,
  folder,
  peers,
  only: positionals.length === 0 ? undefined : positionals,
  log: console.log,
});
if (Object.keys(found).length === 0) {
  console.error(`no such teacher here: ${positionals.join(', ')}`);
  process.exit(2);
}
const { columns, rows } = baselineTable(found);
console.log(`\n${table(columns, rows)}\n`);
console.log(
  `${relative(process.cwd(), folder)}: ${clock((performance.now() - started) / 1000)}; compare with ` +
    `mlffd profile TEACHER --sizes 3,22,100,500,1000 --compare ${relative(process.cwd(), folder)}`,
);
