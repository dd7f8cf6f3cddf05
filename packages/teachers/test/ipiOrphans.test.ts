import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect } from '@jest/globals';
import { IPI_DRIVER, membersOf, PLAIN_DRIVER } from './ipiSupport.ts';
import { PYTHON, testPython, until } from './pythonSupport.ts';

/** A program with a teacher: says the group of the driver and its socket, asks once, and goes on. */
const PROGRAM = `
import { createAtoms } from '@mlffd/core';
import { IpiTeacher } from ${JSON.stringify(new URL('../dist/ipi/ipiTeacher.js', import.meta.url).href)};
const [command, end] = process.argv.slice(1);
const teacher = await IpiTeacher.listen({
  command: JSON.parse(command),
  onEvent: (event) => {
    if (event.type === 'driver-started') console.log('group ' + event.pid);
    if (event.type === 'log') console.log(event.line);
  },
});
const atoms = createAtoms({ symbols: ['He'], positions: [0, 0, 0] });
const call = teacher.calculate(atoms, ['energy']);
if (command.includes('deaf')) call.catch(() => undefined);
else {
  await call;
  console.log('answered');
}
if (end === 'stay') setInterval(() => undefined, 1000);
if (end === 'exit') process.exit(0);
`;

interface Started {
  readonly program: ChildProcess;
  readonly group: number;
}

async function start(command: readonly string[], end: string): Promise<Started> {
  const args = ['--input-type=module', '-e', PROGRAM, JSON.stringify(command), end];
  const program = spawn(process.execPath, args, {
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let group = 0;
  for await (const line of createInterface({ input: program.stdout })) {
    if (line.startsWith('group ')) group = Number(line.slice(6));
    if (line.startsWith('answered') || line.startsWith('deaf')) break;
  }
  return { program, group };
}

const PLAIN = [PYTHON, PLAIN_DRIVER, 'unix:{path}', ''];

describe('nothing is left', () => {
  testPython('of a program that is killed, whatever its driver does', async () => {
    // The driver of i-PI waits in a loop for a server that has gone.
    const ipi = [PYTHON, IPI_DRIVER, '-u', '-a', '{address}', '-m', 'harmonic', '-o', '1'];
    for (const command of [PLAIN, [...PLAIN, 'deaf'], ipi]) {
      const { program, group } = await start(command, 'stay');
      expect(membersOf(group).length).toBeGreaterThan(1);
      program.kill('SIGKILL');
      await until(() => membersOf(group).length === 0, `all have gone: ${command.join(' ')}`);
    }
  });

  testPython('of a program that ends', async () => {
    for (const end of ['leave', 'exit']) {
      const { program, group } = await start(PLAIN, end);
      if (program.exitCode === null) await once(program, 'exit');
      expect(program.exitCode).toBe(0);
      await until(() => membersOf(group).length === 0, 'all have gone');
    }
  });

  testPython('no folder and no socket of a program that is killed', async () => {
    const path = `/tmp/ipi_mlffd-test-${process.pid}-killed`;
    const where = 'ls -d "$(dirname "$1")" && exec "$2" "$3" "unix:$0" "$1"';
    const command = ['sh', '-c', where, path, '{structure}', PYTHON, PLAIN_DRIVER];
    const program = PROGRAM.replace('onEvent', `path: ${JSON.stringify(path)}, onEvent`);
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', program, JSON.stringify(command), 'stay'],
      {
        cwd: new URL('..', import.meta.url),
        env: { ...process.env, NODE_OPTIONS: '' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let folder = '';
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('/')) folder = line;
      if (line === 'answered') break;
    }
    expect(existsSync(folder)).toBe(true);
    child.kill('SIGKILL');
    await until(() => !existsSync(folder) && !existsSync(path), 'both have gone');
  });
});
