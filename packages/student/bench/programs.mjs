// Programs that benchmarks ask and wait for, where wanted on chosen cores.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { frames, plain } from './means.mjs';
import { SYSTEMS } from './structures.mjs';

const SCHNETPACK = fileURLToPath(
  new URL('../../../tooling/python/schnetpack/bench.py', import.meta.url),
);

/** A command on the last `cores` cores, where the system has `taskset`; else the command itself. */
export function onCores(cores, command, args) {
  const count = cpus().length;
  const chosen = Array.from({ length: Math.min(cores, count) }, (_, k) => count - 1 - k).join();
  const works = spawnSync('taskset', ['-c', chosen, 'true']).status === 0;
  return works ? ['taskset', ['-c', chosen, command, ...args]] : [command, args];
}

/**
 * Gives a program a request as JSON on its standard input and reads its answer; what it says on
 * standard error is passed on.
 *
 * @param options.cores last cores of the machine that it may use; default all
 * @throws Error unless it ends well
 */
export function ask(command, args, { request, cores }) {
  const [first, rest] = cores === undefined ? [command, args] : onCores(cores, command, args);
  const { status, stdout, stderr, error } = spawnSync(first, rest, {
    input: JSON.stringify(request),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr || error}`);
  return JSON.parse(stdout);
}

/**
 * Times of schnetpack's model alone on the systems of the benchmark: `{ config, structure, edges,
 * median_ms, min_ms }` of each pair.
 *
 * @param python interpreter that has schnetpack
 */
export function schnetpackTimes(python, { configs, threads, seconds, cores }) {
  const structures = SYSTEMS.map(([size, make]) => ({ name: size, ...plain(frames(make())[0]) }));
  const request = { structures, configs, seconds, threads };
  return ask(python, [SCHNETPACK], { request, cores }).inference;
}
