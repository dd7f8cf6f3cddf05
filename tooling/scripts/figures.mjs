// npm run figures -- NAME [--keep] [--trial]: runs what is behind docs/figures/NAME.json and NAME.md, and writes both.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makePythonPeer } from '../peers/index.js';
import { clock, installAndBuild, requireNode, root, run, bin } from './workspace.mjs';

requireNode();
// See workspace.mjs.
process.env.PYTHONDONTWRITEBYTECODE = '';
const scripts = join(root, 'tooling', 'figures');
const known = readdirSync(scripts)
  .filter((name) => name.endsWith('.figures.mjs'))
  .map((name) => name.replace('.figures.mjs', ''));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    keep: { type: 'boolean', default: false },
    trial: { type: 'boolean', default: false },
  },
});
const [name] = positionals;
if (positionals.length !== 1 || !known.includes(name)) {
  console.error(
    `usage: npm run figures -- NAME [--keep] [--trial]\n  NAME is one of: ${known.join(', ')}`,
  );
  console.error('  --keep goes on with what an earlier run left in runs/figures');
  console.error(
    '  --trial sees in short that all of it runs, where NAME can; docs/figures stays as it is',
  );
  process.exit(2);
}

await installAndBuild();
const started = performance.now();
const folder = join(root, 'runs', options.trial ? 'trial-figures' : 'figures', name);
if (!options.keep) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const script = await import(pathToFileURL(join(scripts, `${name}.figures.mjs`)).href);
// Interpreters of the Python environments that it asks for, by name.
const peers = {};
for (const peer of script.peers ?? ['reference']) {
  const { python, skip } = await makePythonPeer(peer);
  if (skip !== undefined) console.log(`without Python: ${skip}`);
  peers[peer] = python;
}
const { figures, text } = await script.run({ root, folder, peers, trial: options.trial });

const git = (...args) => {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
};
const record = {
  ...figures,
  machine: `${cpus()[0].model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`,
  date: new Date().toISOString().slice(0, 10),
  commit: git('rev-parse', '--short', 'HEAD'),
  seconds: Math.round((performance.now() - started) / 1000),
};
const target = options.trial ? folder : join(root, 'docs', 'figures');
if (!existsSync(target)) mkdirSync(target, { recursive: true });
writeFileSync(join(target, `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
writeFileSync(
  join(target, `${name}.md`),
  `<!-- Made by \`npm run figures -- ${name}\`; do not edit. -->\n\n${text.trim()}\n\n` +
    `Measured on ${record.date} at commit ${record.commit} in ${clock(record.seconds)}` +
    `${options.keep ? ', parts of it in earlier runs' : ''} ` +
    `(${record.machine}).\n`,
);
await run(bin('oxfmt'), [target], { quiet: true });
console.log(`${relative(root, target)}: ${name}.json and ${name}.md, ${clock(record.seconds)}`);
