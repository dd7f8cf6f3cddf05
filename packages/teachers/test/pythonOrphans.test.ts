import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect } from '@jest/globals';
import { failureOf, helium, HYDROGEN, isRunning, PYTHON, SCRIPTS } from './pythonSupport.ts';
import { startTest, testPython, until } from './pythonSupport.ts';

/** A program with a teacher: says the number of the worker, asks if told to, and goes on. */
const PROGRAM = `
import { createAtoms } from '@mlffd/core';
import { PythonTeacher } from ${JSON.stringify(new URL('../dist/python/pythonTeacher.js', import.meta.url).href)};
const [fault, end] = process.argv.slice(1);
const teacher = await PythonTeacher.start({
  calculator: 'faulty_calculator:Faulty',
  args: { faults: [fault] },
  python: ${JSON.stringify(PYTHON)},
  env: { PYTHONPATH: ${JSON.stringify(SCRIPTS)} },
  onEvent: (event) => {
    if (event.type === 'worker-started') console.log('worker ' + event.pid);
    if (event.type === 'log') console.log(event.line);
  },
});
const helium = createAtoms({ symbols: ['He'], positions: [0, 0, 0] });
if (fault !== 'none') teacher.calculate(helium, ['energy']).catch(() => undefined);
if (end === 'stay') setInterval(() => undefined, 1000);
if (end === 'exit') process.exit(0);
console.log('waiting');
`;

/** Starts it, and reads what it says until it says nothing more. */
async function start(
  fault: string,
  end: string,
): Promise<{ program: ChildProcess; pids: number[] }> {
  const program = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, fault, end], {
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids: number[] = [];
  // The worker's, and once it is busy that of what it does.
  const wanted = fault === 'none' ? 1 : 2;
  for await (const line of createInterface({ input: program.stdout })) {
    const found = /^(?:worker|busy|child) (\d+)$/.exec(line);
    if (found !== null) pids.push(Number(found[1]));
    if (pids.length === wanted) break;
  }
  if (end === 'stay') pids.push(parentOf(pids[0]));
  return { program, pids };
}

function parentOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }));
}

describe('nothing is left', () => {
  testPython('of a program that is killed, whatever its worker does', async () => {
    const faults = ['none', 'hang', 'hang_with_lock', 'hang_with_child'];
    const started = await Promise.all(faults.map((fault) => start(fault, 'stay')));
    for (const { program, pids } of started) {
      expect(parentOf(pids.at(-1)!)).toBe(program.pid);
      expect(pids.every(isRunning)).toBe(true);
      program.kill('SIGKILL');
    }
    for (const [k, { pids }] of started.entries()) {
      await until(() => !pids.some(isRunning), `all have gone: ${faults[k]}`);
    }
  });

  testPython('of a program that ends', async () => {
    const started = await Promise.all(['leave', 'exit'].map((end) => start('none', end)));
    for (const { program, pids } of started) {
      if (program.exitCode === null) await once(program, 'exit');
      expect(program.exitCode).toBe(0);
      await until(() => !pids.some(isRunning), 'all have gone');
    }
  });
});

testPython(
  'hundreds of calls and several restarts leave no descriptor and no process',
  async () => {
    const options = { args: { faults: ['killed'] } };
    // What is made once in a program must not count.
    const first = await startTest('faulty_calculator:Faulty', options);
    await first.teacher.dispose();
    const before = openFiles();
    const { teacher, events } = await startTest('faulty_calculator:Faulty', options);
    const running = openFiles();
    for (let round = 0; round < 4; round++) {
      for (let k = 0; k < 75; k++) await teacher.calculate(HYDROGEN, ['energy']);
      await failureOf(teacher.calculate(helium(), ['energy']));
    }
    await teacher.calculate(HYDROGEN, ['energy']);
    expect(openFiles()).toBe(running);
    await teacher.dispose();
    expect(openFiles()).toBe(before);
    const pids = events.flatMap((event) => (event.type === 'worker-started' ? [event.pid] : []));
    expect(pids).toHaveLength(5);
    expect(pids.some(isRunning)).toBe(false);
    expect(children()).toEqual([]);
  },
);

/** Descriptors of this process. */
function openFiles(): number {
  return readdirSync(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd').length;
}

/** Python processes that this one started. */
function children(): string[] {
  const list = execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' });
  return list
    .split('\n')
    .filter((line) => line.trim().startsWith(`${process.pid} `) && line.includes('worker.py'));
}
