// A run that is killed again and again and goes on with another number of workers each time.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers';
import { Rng } from '../../../packages/core/dist/index.js';

const SCRIPT = join(import.meta.dirname, 'smallRunChild.mjs');
/** ms after a step at which the signal is sent, at most: in the next steps or in a checkpoint. */
const LATEST = 60;

/**
 * Runs the child; `killAfter` is a number of steps and of ms after which it gets SIGKILL, `limit` the
 * largest file that it may write, KiB.
 */
export function child(folder, { workers, resume = false, killAfter, limit }) {
  const args = [SCRIPT, folder, String(workers), ...(resume ? ['resume'] : [])];
  const command =
    limit === undefined
      ? [process.execPath, ...args]
      : ['bash', '-c', `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, ...args];
  return new Promise((resolve, reject) => {
    const process = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    let waiting = false;
    process.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (killAfter === undefined || waiting) return;
      if (output.split('step ').length <= killAfter.steps) return;
      waiting = true;
      setTimeout(() => process.kill('SIGKILL'), killAfter.ms);
    });
    process.on('error', reject);
    process.on('close', (_, signal) => {
      resolve({
        killed: signal === 'SIGKILL',
        steps: output.split('step ').length - 1,
        weights: /^weights (\w+)$/m.exec(output)?.[1],
        error: /^error (\S+) (.*)$/m.exec(output)?.slice(1),
      });
    });
  });
}

/**
 * The same run undisturbed and killed `kills` times.
 *
 * @returns whether both end in the same weights, their SHA-256, kills, and steps done twice
 */
export async function killedRun({ folder, kills }) {
  const straight = join(folder, 'straight');
  const killed = join(folder, 'killed');
  for (const path of [straight, killed]) rmSync(path, { recursive: true, force: true });
  const whole = await child(straight, { workers: 1 });
  if (whole.weights === undefined) throw new Error(`the undisturbed run failed: ${whole.error}`);
  const rng = new Rng(1, 'kills');
  let injected = 0;
  let taken = 0;
  let resume = false;
  for (;;) {
    const last = injected === kills;
    const killAfter = { steps: 4 + rng.integer(5), ms: LATEST * rng.uniform() };
    const found = await child(killed, {
      workers: 1 + (injected % 3),
      resume,
      ...(last ? {} : { killAfter }),
    });
    taken += found.steps;
    resume = true;
    if (found.killed) injected += 1;
    else if (found.weights === undefined) throw new Error(`the killed run failed: ${found.error}`);
    else {
      return {
        same: found.weights === whole.weights,
        weights: whole.weights,
        kills: injected,
        steps: whole.steps,
        repeated: taken - whole.steps,
      };
    }
  }
}
