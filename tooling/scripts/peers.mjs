// npm run peers [-- NAME ...]: the Python environments that tests compare with, in `.peers`.
import { makePythonPeer } from '../peers/index.js';
import { clock } from './workspace.mjs';

const names = process.argv.slice(2);
let failed = 0;
for (const name of names.length > 0 ? names : ['reference', 'torch', 'jax', 'mace']) {
  const started = performance.now();
  const { python, skip } = await makePythonPeer(name);
  console.log(`${python ?? skip} (${clock((performance.now() - started) / 1000)})`);
  if (skip !== undefined) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
