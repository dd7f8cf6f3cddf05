// npm test [-- NAME ...] [--coverage]: install, check, build, run every suite; the last line counts what passed and failed.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makePythonPeer } from '../peers/index.js';
import {
  bin,
  buildKernels,
  buildPage,
  clock,
  install,
  requireNode,
  root,
  run,
  runWithPnpm,
  testedWorkspaces,
} from './workspace.mjs';

requireNode();
const started = performance.now();
/** Line coverage with its thresholds: a fifth to a half longer, so it has a command of its own. */
const withCoverage = process.argv.includes('--coverage');
const only = process.argv.slice(2).filter((name) => name !== '--coverage');
const counts = { passed: 0, failed: 0, skipped: 0 };

async function check(name, step) {
  const { code, output, seconds } = await step();
  counts[code === 0 ? 'passed' : 'failed'] += 1;
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${clock(seconds)})`);
  if (code !== 0) console.log(output);
  return code === 0;
}

/** Environments that one suite alone compares with: made while the others run. */
const LATE_PEERS = { 'packages/teachers': ['torch', 'jax', 'mace'] };

async function makePeers(names) {
  for (const name of names) {
    const { skip } = await makePythonPeer(name);
    if (skip !== undefined) console.log(`skipped: ${skip}`);
  }
}

const quiet = { quiet: true };
const built =
  (await check('install', () => install(quiet))) &&
  (await check('kernels', buildKernels)) &&
  (await check('build and types', () => run(bin('tsc'), ['--build'], quiet))) &&
  (await check('page', buildPage));

await makePeers(['reference']);
const latePeers = new Map(
  Object.entries(LATE_PEERS)
    .filter(([folder]) => only.length === 0 || only.some((name) => folder.endsWith(name)))
    .map(([folder, names]) => [folder, makePeers(names)]),
);

/** What needs no test runner. */
async function checks() {
  await check('format', () => run(bin('oxfmt'), ['--check'], quiet));
  await check('lint', () => run(bin('oxlint'), ['--deny-warnings'], quiet));
  await check('workspace rules', () => run(bin('sherif'), [], quiet));
  await check('unused code', () => run(bin('knip'), [], quiet));
  await check('package contents', () =>
    runWithPnpm('turbo run check:package --concurrency=2 --output-logs=errors-only', quiet),
  );
}

/** Suites that take as long as all the others, in this order; the short ones fill up the end. */
const LONGEST = [
  'packages/data',
  'packages/teachers',
  'packages/train',
  'packages/student',
  'apps/cli',
];
/** Suites at a time, each with one worker; more on two cores only get into each other's way. */
const SUITES_AT_A_TIME = 2;

/** One workspace's Jest suite; a coverage threshold that is missed fails the run like a test. */
async function suite(folder) {
  await latePeers.get(folder);
  const report = join(results, `${folder.replaceAll('/', '-')}.json`);
  const coverage = withCoverage && folder !== 'tests-e2e' ? ['--coverage'] : [];
  const workers = folder === 'tests-e2e' ? SUITES_AT_A_TIME : 1;
  const args = [`--maxWorkers=${workers}`, '--json', `--outputFile=${report}`, ...coverage];
  const { code, output, seconds } = await run(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(root, folder, 'node_modules', 'jest', 'bin', 'jest.js'),
      ...args,
    ],
    { cwd: join(root, folder), quiet: true },
  );
  let summary;
  try {
    summary = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    counts.failed += 1;
    console.log(`FAIL ${folder}: no result\n${output}`);
    return;
  }
  const crashed = summary.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const belowThreshold = code !== 0 && summary.success ? 1 : 0;
  counts.passed += summary.numPassedTests;
  counts.failed += summary.numFailedTests + crashed + belowThreshold;
  counts.skipped += summary.numPendingTests + summary.numTodoTests;
  const lines = /Lines\s*:\s*([\d.]+)%/.exec(output)?.[1];
  console.log(
    `${code === 0 ? 'ok  ' : 'FAIL'} ${folder}: ${summary.numPassedTests} passed` +
      `${lines ? `, lines ${lines} %` : ''} (${clock(seconds)})`,
  );
  if (code !== 0) console.log(output);
}

const results = join(root, 'node_modules', '.cache', 'mlffd-test');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
if (built) {
  const selected = testedWorkspaces().filter(
    (folder) => only.length === 0 || only.some((name) => folder.endsWith(name)),
  );
  // The end-to-end tests come last, two files at a time.
  const queue = selected.filter((folder) => folder !== 'tests-e2e');
  // The longest begin first, so that all end together.
  const rank = (folder) => (LONGEST.includes(folder) ? LONGEST.indexOf(folder) : LONGEST.length);
  queue.sort((a, b) => rank(a) - rank(b));
  const runner = async () => {
    for (let folder = queue.shift(); folder; folder = queue.shift()) await suite(folder);
  };
  const all = only.length === 0 ? checks() : undefined;
  await Promise.all([all, ...Array.from({ length: SUITES_AT_A_TIME }, runner)]);
  if (selected.includes('tests-e2e')) await suite('tests-e2e');
}

console.log(`in ${clock((performance.now() - started) / 1000)}`);
console.log(
  `${counts.passed} passed, ${counts.failed} failed` +
    (counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''),
);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
