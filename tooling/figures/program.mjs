// The built command line program as a child process: what it took and what it said.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';

/** Largest resident memory of a process so far, MB; undefined where the system does not tell. */
function peakMemory(pid) {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line === null ? undefined : Number(line[1]) / 1024;
  } catch {
    return undefined;
  }
}

/**
 * Runs `mlffd` with arguments.
 *
 * @param options.killAfter ms after which it is killed without warning
 * @param options.python folder of an interpreter that comes first in PATH
 * @returns exit code, output, seconds, and the largest memory seen, MB
 */
export function mlffd(root, args, { killAfter, python, quiet = true } = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const env = { ...process.env, ...(python === undefined ? {} : { MLFFD_PYTHON: python }) };
    const child = spawn(process.execPath, [join(root, 'apps', 'cli', 'dist', 'bin.js'), ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let memory;
    const take = (chunk) => {
      output += chunk;
      if (!quiet) process.stdout.write(chunk);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const watch = setInterval(() => {
      memory = peakMemory(child.pid) ?? memory;
    }, 50);
    const timer =
      killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      clearTimeout(timer);
      const seconds = (performance.now() - started) / 1000;
      resolve({ code, signal, output, seconds, memory });
    });
  });
}

/** The same, with an error unless it ends with one of the exit codes. */
export async function mlffdOk(root, args, options = {}, codes = [0]) {
  const result = await mlffd(root, args, options);
  if (codes.includes(result.code)) return result;
  throw new Error(`mlffd ${args.join(' ')} ended with ${result.code}:\n${result.output}`);
}
