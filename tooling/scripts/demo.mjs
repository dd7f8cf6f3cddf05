// npm run demo: install, build, and distil CHGNet for rock salt into runs/demo.
import { join } from 'node:path';
import {
  bin,
  buildKernels,
  buildPage,
  clock,
  install,
  requireNode,
  root,
  run,
} from './workspace.mjs';

requireNode();
const started = performance.now();
for (const [what, step] of [
  ['install', () => install({ quiet: true })],
  ['kernels', buildKernels],
  ['build', () => run(bin('tsc'), ['--build', 'apps/cli'], { quiet: true })],
  ['page', buildPage],
]) {
  process.stdout.write(`${what} ... `);
  const { code, output, seconds } = await step();
  console.log(code === 0 ? `done in ${clock(seconds)}` : `failed\n${output}`);
  if (code !== 0) process.exit(code);
}
const args = process.argv.slice(2);
const { code } = await run(process.execPath, [
  join(root, 'apps', 'cli', 'dist', 'bin.js'),
  'distill',
  'demo',
  '--out',
  join('runs', 'demo'),
  ...args,
]);
console.log(`total ${clock((performance.now() - started) / 1000)}`);
process.exit(code);
