// Steps shared by the commands of this folder. Plain Node, no dependency: it runs before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const environment = {
  ...process.env,
  // onnxruntime-node carries its CPU library; its install script would download more from elsewhere.
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  // Environments of Python are installed without bytecode; compiled once, PyTorch loads in a third of the time.
  PYTHONDONTWRITEBYTECODE: '',
};

/** Runs a command; resolves to `{ code, output, seconds }`. With `quiet` the output is only collected. */
export function run(command, args, { cwd = root, quiet = false, env = {} } = {}) {
  return new Promise((resolve) => {
    const started = performance.now();
    let output = '';
    const child = spawn(command, args, {
      cwd,
      env: { ...environment, ...env },
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    const finish = (code, text = '') =>
      resolve({ code, output: output + text, seconds: (performance.now() - started) / 1000 });
    child.on('error', (error) => finish(127, String(error)));
    child.on('close', (code, signal) =>
      finish(code ?? 128, signal ? `\nended by ${signal}\n` : ''),
    );
  });
}

/** A tool installed in the workspace root. */
export const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Stops with a clear message on a Node that the packages do not support. */
export function requireNode() {
  const minimum = manifest.engines.node.replace('>=', '').split('.').map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > minimum[0] || (major === minimum[0] && minor >= minimum[1])) return;
  console.error(
    `Node ${manifest.engines.node} is needed, this is ${process.versions.node}. ` +
      'Install a newer Node from nodejs.org and run the command again.',
  );
  process.exit(1);
}

/** Installs exactly what the lockfile says, by the pnpm version that package.json pins. */
export function install(options) {
  return run('npx', ['-y', manifest.packageManager, 'install', '--frozen-lockfile'], options);
}

/** Compiles the WebAssembly kernels, which Node and browsers load, where a source has changed. */
export function buildKernels() {
  return run(process.execPath, [join(root, 'packages/student/assembly/build.mjs')], {
    quiet: true,
  });
}

/** Bundles the page of `mlffd view` from the compiled packages. */
export function buildPage() {
  return run(process.execPath, [join(root, 'apps/cli/view/build.mjs')], { quiet: true });
}

/** Installs and builds the program, or ends with what went wrong. */
export async function installAndBuild() {
  for (const step of [
    () => install({ quiet: true }),
    buildKernels,
    () => run(bin('tsc'), ['--build', 'apps/cli'], { quiet: true }),
    buildPage,
  ]) {
    const { code, output } = await step();
    if (code === 0) continue;
    console.error(output);
    process.exit(code);
  }
}

/** Runs a shell command with the pinned pnpm on its path: turbo, publint and attw call it. */
export function runWithPnpm(command, options) {
  return run('npx', ['-y', '-p', manifest.packageManager, '-c', command], options);
}

/** Folders of all workspaces that have tests, in the order of their dependencies. */
export function testedWorkspaces() {
  const order = ['core', 'graph', 'report', 'md', 'data', 'teachers', 'student', 'train'];
  const packages = readdirSync(join(root, 'packages')).sort(
    (a, b) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99),
  );
  return [...packages.map((name) => `packages/${name}`), 'apps/cli', 'tests-e2e'].filter((folder) =>
    existsSync(join(root, folder, 'jest.config.js')),
  );
}

/** `m:ss` of a duration. */
export function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
