// A program on one core: what is compared may not borrow time from another one.
import { spawn } from 'node:child_process';
import { onCores } from '../../../packages/student/bench/programs.mjs';

/**
 * Runs a program on one core and passes on what it prints.
 *
 * @throws Error with the end of its error output unless it ends well
 */
export function pinned(command, args) {
  const [first, rest] = onCores(1, command, args);
  return new Promise((resolve, reject) => {
    const child = spawn(first, rest, {
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', OMP_NUM_THREADS: '1' },
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors = `${errors}${text}`.slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${code ?? signal}: ${errors.trim()}`));
    });
  });
}
