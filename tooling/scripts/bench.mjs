// npm run bench -- [--schnetpack PYTHON] [--chgnet PYTHON] [--only NAME]: ratios measured in one run, as JSON lines.
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { installAndBuild, requireNode, root } from './workspace.mjs';

requireNode();
const { values: options } = parseArgs({
  options: {
    schnetpack: { type: 'string' },
    chgnet: { type: 'string' },
    only: { type: 'string' },
  },
});
await installAndBuild();

const file = join(root, 'runs', 'bench.jsonl');
mkdirSync(join(root, 'runs'), { recursive: true });
writeFileSync(file, '');
const report = ({ name, value, unit }) => {
  const line = JSON.stringify({ name, value: Number(value.toPrecision(4)), unit });
  console.log(line);
  appendFileSync(file, `${line}\n`);
};

const peers = { schnetpack: options.schnetpack, chgnet: options.chgnet };
let failed = 0;
for (const folder of ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(root, group, name, 'bench')),
)) {
  let names = [];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.bench.mjs'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  for (const name of names) {
    if (options.only !== undefined && !name.includes(options.only)) continue;
    try {
      const bench = await import(pathToFileURL(join(folder, name)).href);
      await bench.run({ report, peers });
    } catch (error) {
      failed += 1;
      console.error(`${name} failed:`, error);
    }
  }
}
process.exit(failed === 0 ? 0 : 1);
