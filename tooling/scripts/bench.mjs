// npm run bench -- [--schnetpack PYTHON] [--chgnet PYTHON] [--only NAME] [--seconds N]: ratios measured in one run, as
// JSON lines. Without an interpreter of its own a comparison takes that of `npm run peers`; --seconds is for trials.
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { pythonPeer } from '../peers/index.js';
import { installAndBuild, requireNode, root } from './workspace.mjs';

requireNode();
const { values: options } = parseArgs({
  options: {
    schnetpack: { type: 'string' },
    chgnet: { type: 'string' },
    only: { type: 'string' },
    seconds: { type: 'string' },
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

const peers = {
  schnetpack: options.schnetpack ?? pythonPeer('schnetpack').python,
  torch: pythonPeer('torch').python,
  chgnet: options.chgnet,
};
const how = options.seconds === undefined ? {} : { seconds: Number(options.seconds) };
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
      await bench.run({ report, peers, ...how });
    } catch (error) {
      failed += 1;
      console.error(`${name} failed:`, error);
    }
  }
}
process.exit(failed === 0 ? 0 : 1);
