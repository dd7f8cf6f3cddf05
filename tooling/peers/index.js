// Python environments that tests and figures compare with, in the ignored folder `.peers`.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folderOf = (name) => join(root, '.peers', name);
const requirementsOf = (name) => join(root, 'tooling', 'python', name, 'requirements.txt');
// Where packages disagree about versions, a script makes the environment instead.
const scriptOf = (name) => join(root, 'tooling', 'python', name, 'make-environment.sh');
const stampOf = (name) => join(folderOf(name), 'requirements.sha256');
const reasonOf = (name) => join(root, '.peers', `${name}.failed.txt`);
const hashOf = (name) =>
  createHash('sha256')
    .update(readFileSync(requirementsOf(name)))
    .digest('hex');
const interpreter = (name) => join(folderOf(name), 'bin', 'python');
const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

export function pythonPeer(name) {
  if (read(stampOf(name)) === hashOf(name)) return { python: interpreter(name) };
  const reason = read(reasonOf(name)) ?? 'not made yet: run `npm run peers`';
  return { skip: `Python environment ${name}: ${reason}` };
}

/** Output of a command; rejects with what it said. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command}: ${stderr.trim().split('\n').at(-1) || error.message}`));
    });
  });
}

/** Makes an environment, with `uv` where there is one, and installs what is asked for. */
async function install(folder, python, requirements) {
  // A version of its own first, so that a machine with an unusual Python is no obstacle.
  const uv = await run('uv', ['--version']).then(
    () => true,
    () => false,
  );
  if (uv) {
    await run('uv', ['venv', '--quiet', folder]);
    await run('uv', ['pip', 'install', '--quiet', '--python', python, ...requirements]);
  } else {
    await run('python3', ['-m', 'venv', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', ...requirements]);
  }
}

export async function makePythonPeer(name) {
  const found = pythonPeer(name);
  if (found.skip === undefined) return found;
  const folder = folderOf(name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const python = interpreter(name);
  try {
    if (existsSync(scriptOf(name))) await run('sh', [scriptOf(name), folder]);
    else await install(folder, python, ['--requirement', requirementsOf(name)]);
    writeFileSync(stampOf(name), hashOf(name));
    rmSync(reasonOf(name), { force: true });
  } catch (error) {
    writeFileSync(reasonOf(name), error.message);
  }
  return pythonPeer(name);
}
