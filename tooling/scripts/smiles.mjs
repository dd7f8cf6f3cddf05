// npm run smiles: writes the molecules that @mlffd/data carries, after a change of its generator.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, root, run } from './workspace.mjs';

const { code, output } = await run(bin('tsc'), ['--build', 'packages/data'], { quiet: true });
if (code !== 0) {
  console.error(output);
  process.exit(code);
}
const { generateSmiles } = await import('../../packages/data/dist/molecules/index.js');
const list = generateSmiles({ count: 4000, seed: 1 });
const file = join(root, 'packages', 'data', 'assets', 'molecules.smi');
writeFileSync(file, `# generateSmiles({ count: ${list.length}, seed: 1 })\n${list.join('\n')}\n`);
console.log(`${list.length} molecules in ${file}`);
