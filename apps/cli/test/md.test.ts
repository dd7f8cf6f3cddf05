import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DomainBuilder } from '@mlffd/core';
import { writeDataset } from '@mlffd/data';
import { readRestart, readTrajectory } from '@mlffd/md';
import { saveDomain } from '@mlffd/student';
import { readEnergies } from '../src/commands/md/energies.ts';
import type { MdSummary } from '../src/commands/md/summary.ts';
import { mlffd } from './support/mlffd.ts';
import { copper, ozone, randomStudent, writeStart } from './support/mdInputs.ts';

const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url));

let folder: string;
let crystal: string;
let molecule: string;
let student: string;

const path = (...names: string[]): string => join(folder, ...names);
const text = (...names: string[]): string => readFileSync(path(...names), 'utf8');
const summaryOf = (name: string): MdSummary => JSON.parse(text(name, 'summary.json')) as MdSummary;

/** Step of the restart of a run. */
const stepOf = (name: string): number => readRestart(path(name, 'restart.json')).step;

/** A command on the crystal with the EMT of Cu, which answers at once. */
const emt = (out: string, ...words: string[]): string[] => [
  ...['md', 'emt', crystal, '--out', path(out), '--no-page'],
  ...words,
];
const NVT = ['--temperature', '300', '--stride', '20'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-md-test-'));
  crystal = writeStart(path('copper.xyz'), [copper()]);
  molecule = writeStart(path('ozone.xyz'), [ozone()]);
  student = await randomStudent(path('student'), 1e-3);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('mlffd md', () => {
  test('runs a student and says how it went', async () => {
    const out = path('first');
    const words = ['md', student, molecule, '--temperature', '100', '--time', '0.2ps'];
    const ended = await mlffd([...words, '--out', out, '--backend', 'fused']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(
      /forces +student \(fused\)|forces +mlffd-md-test.* student \(fused\)/,
    );
    expect(ended.stdout).toContain('O3, 3 atoms; velocities drawn');
    expect(ended.stdout).toContain('NVT at 100 K, bussi (100 fs); steps of 0.500 fs');
    const { steps, temperature, drift, ns_per_day: pace } = summaryOf('first');
    expect(steps).toBe(400);
    expect(temperature?.low).toBeLessThan(temperature?.mean ?? NaN);
    expect(drift?.high).toBeGreaterThan(drift?.slope ?? NaN);
    expect(pace).toBeGreaterThan(0);
    const { step, time_fs: time } = await readEnergies(out);
    expect(step).toEqual(Array.from({ length: 41 }, (_, k) => 10 * k));
    expect(time.at(-1)).toBe(200);
    const page = readFileSync(join(out, 'md.html'), 'utf8');
    expect(page).toContain('Molecular dynamics of O3');
    expect(page).toContain('Figure 3');

    const again = await mlffd([...words, '--out', out, '--backend', 'fused']);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain('already   done');
  });

  test('goes on after kill -9, Ctrl-C and for longer, bit for bit', async () => {
    const words = (out: string, steps: number): string[] => [
      ...emt(out, ...NVT, '--thermostat', 'langevin', '--log', '5'),
      ...['--steps', String(steps)],
    ];
    expect(await mlffd(words('straight', 7000))).toMatchObject({ code: 0 });

    const child = spawn(process.execPath, [BIN, ...words('broken', 6000)], { stdio: 'ignore' });
    const energies = path('broken', 'energies.csv');
    while (!existsSync(energies) || statSync(energies).size < 6_000) await delay(5);
    child.kill('SIGKILL');
    await once(child, 'exit');
    // What a power cut leaves of a row.
    appendFileSync(energies, '5995,2997');
    expect(existsSync(path('broken', 'summary.json'))).toBe(false);

    const controller = new AbortController();
    const before = stepOf('broken');
    const stopping = mlffd(words('broken', 6000), controller.signal);
    let watching: NodeJS.Immediate | undefined;
    const stopOnceItGoes = (): void => {
      if (stepOf('broken') > before) controller.abort();
      else watching = setImmediate(stopOnceItGoes);
    };
    stopOnceItGoes();
    // Also where it ends by itself, and the folder with it.
    const stopped = await stopping.finally(() => {
      clearImmediate(watching);
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('Run the same command again');
    expect(stopped.stdout).toMatch(/goes on +from step/);
    expect(await mlffd(words('broken', 6000))).toMatchObject({ code: 0, stderr: '' });
    expect(summaryOf('broken').steps).toBe(6000);
    expect(await mlffd(words('broken', 7000))).toMatchObject({ code: 0, stderr: '' });

    expect(summaryOf('broken').steps).toBe(7000);
    for (const file of ['trajectory.xyz', 'energies.csv', 'restart.json']) {
      const [one, other] = ['broken', 'straight'].map((run) => readFileSync(path(run, file)));
      expect(one.equals(other)).toBe(true);
    }
  });

  test('refuses another run in the same folder, with what differs', async () => {
    const words = emt('claimed', ...NVT, '--steps', '40');
    expect(await mlffd(words)).toMatchObject({ code: 0 });
    const before = text('claimed', 'energies.csv');
    const changed = await mlffd([...words, '--seed', '4', '--thermostat', 'nose-hoover']);
    expect(changed.code).toBe(2);
    expect(changed.stderr).toContain('motion.thermostat: "bussi" -> "nose-hoover"');
    expect(changed.stderr).toContain('seed: 0 -> 4');
    const shorter = await mlffd(emt('claimed', ...NVT, '--steps', '20'));
    expect(shorter.stderr).toContain('code: md-run/longer');
    const other = await mlffd([
      'md',
      'morse',
      crystal,
      '--out',
      path('claimed'),
      ...words.slice(6),
    ]);
    expect(other.stderr).toMatch(/calculator: "\w+" -> "\w+"/);
    expect(text('claimed', 'energies.csv')).toBe(before);

    // Of a process on another machine nothing can be known.
    const busy = { pid: process.pid, host: 'elsewhere', space: '', start: '' };
    writeFileSync(path('claimed', 'run.lock'), JSON.stringify(busy));
    const locked = await mlffd(words);
    expect(locked.code).toBe(2);
    expect(locked.stderr).toContain('code: run/locked');
  });

  test('takes nothing over that is not whole or not its own', async () => {
    const words = emt('short', ...NVT, '--steps', '100');
    await mlffd(words);
    const trajectory = path('short', 'trajectory.xyz');
    truncateSync(trajectory, statSync(trajectory).size / 2);
    const short = await mlffd(emt('short', ...NVT, '--steps', '200'));
    expect(short.code).toBe(2);
    expect(short.stderr).toMatch(/code: md-run\/short-file/);

    rmSync(path('short', 'md.json'));
    const foreign = await mlffd(words);
    expect(foreign.stderr).toContain('code: md-run/foreign-files');
    writeFileSync(path('short', 'md.json'), '{"format":');
    expect((await mlffd(words)).stderr).toContain('code: md-run/damaged');
  });

  test('goes on without its start', async () => {
    const own = writeStart(path('moved.xyz'), [copper()]);
    const words = ['md', 'emt', own, '--out', path('moved'), '--no-page', ...NVT, '--steps'];
    await mlffd([...words, '20']);
    rmSync(own);
    expect(await mlffd([...words, '40'])).toMatchObject({ code: 0, stderr: '' });
    const gone = await mlffd(['md', 'emt', own, '--out', path('never'), ...NVT, '--steps', '40']);
    expect(gone.stderr).toContain('code: fs/not-found');
  });

  test.each([
    ['nve', ['--ensemble', 'nve', '--temperature', '300'], 'NVE from 300 K'],
    ['bussi', ['--temperature', '300', '--time-constant', '50fs'], 'bussi (50 fs)'],
    [
      'langevin',
      ['--temperature', '300', '--friction', '10/ps', '--thermostat', 'langevin'],
      'langevin (0.0100/fs)',
    ],
    [
      'baoab',
      ['--temperature', '300', '--thermostat', 'baoab', '--fixed', '0,2-3'],
      'baoab (0.0100/fs)',
    ],
    ['chain', ['--temperature', '300', '--thermostat', 'nose-hoover'], 'nose-hoover (100 fs)'],
    [
      'cell',
      ['--temperature', '300', '--pressure', '1GPa', '--compressibility', '0.007/GPa'],
      'and 10,000 bar, cell-rescaling',
    ],
    [
      'mtk',
      ['--temperature', '300', '--ensemble', 'npt', '--barostat', 'mtk'],
      'and 1 bar, mtk (1,000 fs), nose-hoover',
    ],
  ])('moves atoms by %s', async (name, words, shown) => {
    const ended = await mlffd(
      emt(name, ...words, '--steps', '400', '--timestep', '1', '--stride', '50'),
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(shown);
    const summary = summaryOf(name);
    // 8 atoms of copper for 0.4 ps: a wrong conserved quantity drifts by far more.
    expect(Math.abs(summary.drift?.slope ?? NaN)).toBeLessThan(2);
    const frames = await readTrajectory(path(name, 'trajectory.xyz'));
    expect(frames.map(({ step }) => step)).toEqual([0, 50, 100, 150, 200, 250, 300, 350, 400]);
    const isNpt = name === 'cell' || name === 'mtk';
    expect(summary.volume === undefined).toBe(!isNpt);
    if (isNpt) {
      expect(frames[8].atoms.cell[0]).not.toBe(frames[0].atoms.cell[0]);
      expect(summary.density).toBeGreaterThan(8);
      expect(text(name, 'energies.csv')).toMatch(/volume_A3,pressure_bar\n/);
    }
    if (name === 'baoab') {
      const moved = [0, 1, 2, 3].map(
        (atom) => frames[8].atoms.positions[3 * atom] !== frames[0].atoms.positions[3 * atom],
      );
      expect(moved).toEqual([false, true, false, false]);
    }
  });

  test.each(['h5', 'dcd', 'traj'])('writes .%s, and starts from a frame of it', async (ending) => {
    const name = `run.${ending}`;
    const ended = await mlffd(emt(ending, ...NVT, '--steps', '60', '--trajectory', name));
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const frames = await readTrajectory(path(ending, name));
    expect(frames).toHaveLength(4);
    const from = ['md', 'emt', path(ending, name), '--no-page', '--steps', '10', '--frame', '-2'];
    const next = await mlffd([...from, '--out', path(`${ending}-next`)]);
    if (ending === 'dcd') {
      expect(next.stderr).toContain('code: usage/start');
      return;
    }
    expect(next).toMatchObject({ code: 0, stderr: '' });
    expect(next.stdout).toContain('frame 2 of 0 to 3; velocities of the file');
    expect(next.stdout).toContain('NVE');
    const [first] = await readTrajectory(path(`${ending}-next`, 'trajectory.xyz'));
    expect(first.atoms.positions).toEqual(frames[2].atoms.positions);
    expect(first.velocities).toEqual(frames[2].velocities);
  });

  test('relaxes first, and holds what is held', async () => {
    const words = ['--minimize', '0.01', '--fixed', '0', ...NVT, '--steps', '20'];
    const ended = await mlffd(emt('relaxed', ...words));
    expect(ended.stdout).toMatch(/minimized .* largest force .* after \d+ steps/);
    const [relaxed] = await readTrajectory(path('relaxed', 'minimized.xyz'));
    const { positions } = copper();
    expect(Array.from(relaxed.atoms.positions.subarray(0, 3))).toEqual(
      Array.from(positions.subarray(0, 3)),
    );
    expect(relaxed.atoms.positions[5]).not.toBe(positions[5]);
    const [first] = await readTrajectory(path('relaxed', 'trajectory.xyz'));
    expect(first.atoms.positions).toEqual(relaxed.atoms.positions);
  });

  test('takes the last of several structures unless told', async () => {
    const far = copper();
    const several = writeStart(path('several.xyz'), [
      copper(),
      { ...far, positions: far.positions.map((x) => x + 1) },
    ]);
    const words = ['md', 'emt', several, '--no-page', ...NVT, '--steps', '1', '--out'];
    const last = await mlffd([...words, path('last')]);
    expect(last.stdout).toContain('frame 1 of 0 to 1 (the last)');
    const first = await mlffd([...words, path('frame-0'), '--frame', '0']);
    expect(first.stdout).toContain('frame 0 of 0 to 1;');
    const [one] = await readTrajectory(path('frame-0', 'trajectory.xyz'));
    expect(one.atoms.positions).toEqual(copper().positions);
  });

  test('runs a student between calls of its teacher', async () => {
    const words = ['--teacher', 'morse', '--substeps', '4', '--temperature', '50', '--steps', '10'];
    const ended = await mlffd([
      'md',
      student,
      molecule,
      ...words,
      '--no-page',
      '--out',
      path('respa'),
    ]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/teacher +morse, multiple time steps/);
    expect((await readEnergies(path('respa'))).time_fs).toEqual([0, 20]);
  });
});

test('draws volume, pressure, and why it was stopped', async () => {
  const start = path('several.h5');
  await writeDataset(
    start,
    [0, 1].map((k) => ({
      atoms: copper(),
      meta: { id: `cell-${String(k)}`, group: 'a', source: 'md' },
      energy: 0,
    })),
    { teacher: 'none' },
  );
  const words = ['--temperature', '300', '--pressure', '0', '--steps', '4000', '--log', '1'];
  const limit = ['--max-temperature', '400'];
  const ended = await mlffd(['md', 'emt', start, ...words, ...limit, '--out', path('drawn')]);
  expect(ended.code).toBe(3);
  expect(ended.stdout).toContain('frame 1 of 0 to 1 (the last)');
  const page = text('drawn', 'md.html');
  expect(page).toContain('Stopped by a guard');
  expect(page).toContain('Figure 5');
  expect(summaryOf('drawn')).toMatchObject({ end: 'guard', stopped: { code: 'md/too-hot' } });
  expect(summaryOf('drawn').steps).toBeGreaterThan(20);
});

describe('guards of mlffd md', () => {
  test('stop a run with its frame and code 3; the same command stops there again', async () => {
    const words = emt('hot', '--temperature', '300', '--max-temperature', '400', '--steps', '4000');
    const stops = ['--thermostat', 'langevin', '--friction', '0.1'];
    const ended = await mlffd([...words, ...stops]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('code: md/too-hot');
    const [dump] = readdirSync(path('hot', 'stopped'));
    expect(dump).toMatch(/^step-\d+-too-hot\.extxyz$/);
    const { end, stopped, steps } = summaryOf('hot');
    expect({ end, code: stopped?.code, steps: stopped?.step }).toEqual({
      end: 'guard',
      code: 'md/too-hot',
      steps,
    });
    expect((await mlffd([...words, ...stops])).code).toBe(3);
    expect(summaryOf('hot').steps).toBe(steps);
    const wider = words.map((word) => (word === '400' ? '4000' : word));
    expect(await mlffd([...wider, ...stops])).toMatchObject({ code: 0, stderr: '' });
    expect(summaryOf('hot')).toMatchObject({ end: 'done', stopped: null, steps: 4000 });
  });
});

describe('what a student has not seen', () => {
  let knowing: string;
  const run = (out: string, ...words: string[]): ReturnType<typeof mlffd> =>
    mlffd([
      ...['md', knowing, molecule, '--temperature', '300', '--no-page', '--out', path(out)],
      ...words,
    ]);

  beforeAll(async () => {
    knowing = await randomStudent(path('knowing'), 1e-3);
    // Trained on longer bonds than those of the start.
    const builder = new DomainBuilder();
    const { positions, ...rest } = ozone();
    builder.add({ ...rest, positions: positions.map((x) => 1.3 * x) });
    saveDomain(knowing, builder.domain());
  });

  test('is told and counted, unless it is to be ignored', async () => {
    const warned = await run('warned', '--steps', '40');
    expect(warned).toMatchObject({ code: 0, stderr: '' });
    expect(warned.stdout).toMatch(/unseen +warn/);
    expect(warned.stdout.match(/warning: /g)).toHaveLength(1);
    const [{ guard, breaches }] = summaryOf('warned').guards;
    expect(guard).toBe('domain');
    expect(breaches).toBeGreaterThan(1);
    const ignored = await run('ignored', '--steps', '40', '--on-unseen', 'ignore');
    expect(ignored.stdout).not.toContain('warning');
    expect(summaryOf('ignored').guards).toEqual([]);
  });

  test('stops the run, at its first step, too', async () => {
    const ended = await run('unseen', '--steps', '40', '--on-unseen', 'stop');
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('code: md/outside-training');
    expect(summaryOf('unseen')).toMatchObject({ end: 'guard', steps: 0, atoms: 3 });
    const anyway = await run('unseen', '--steps', '40', '--on-unseen', 'warn');
    expect(anyway.code).toBe(0);
    expect(summaryOf('unseen')).toMatchObject({ end: 'done', stopped: null });
  });

  test('is asked of the teacher, and kept to be trained on', async () => {
    const words = ['--on-unseen', 'teacher', '--teacher', 'morse', '--log', '1', '--stride', '1'];
    const ended = await run('asked', ...words, '--steps', '60');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('the teacher takes over at step 0');
    expect(summaryOf('asked').teacher_takeovers).toBeGreaterThan(0);
    const calls = await readTrajectory(path('asked', 'teacher-calls.xyz'));
    expect(calls[0]).toMatchObject({ step: 0 });

    for (const steps of ['7', '31', '60']) await run('parts', ...words, '--steps', steps);
    for (const file of ['teacher-calls.xyz', 'trajectory.xyz', 'energies.csv', 'events.jsonl']) {
      expect(text('parts', file)).toBe(text('asked', file));
    }
    const changed = await run('parts', '--log', '1', '--stride', '1', '--steps', '60');
    expect(changed.stderr).toContain('teacherForUnseen: true -> false');
  });
});

describe('mlffd md refuses', () => {
  const wrong: [string, string[], string, number][] = [
    ['no length', ['--temperature', '300'], 'usage/option', 2],
    ['two lengths', ['--temperature', '300', '--steps', '1', '--time', '1ps'], 'usage/option', 2],
    ['a length without unit', ['--temperature', '300', '--time', '100'], 'usage/quantity', 2],
    [
      'another unit',
      ['--temperature', '300', '--steps', '1', '--time-constant', '1/ps'],
      'usage/quantity',
      2,
    ],
    ['no velocities', ['--steps', '1'], 'usage/velocities', 2],
    ['NVT without temperature', ['--ensemble', 'nvt', '--steps', '1'], 'usage/option', 2],
    [
      'a thermostat in NVE',
      ['--ensemble', 'nve', '--friction', '1/ps', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'friction for bussi',
      ['--friction', '1/ps', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'another thermostat under a barostat',
      ['--pressure', '0', '--thermostat', 'baoab', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'held atoms under a barostat',
      ['--pressure', '0', '--fixed', '0', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'atoms that are not there',
      ['--fixed', '8', '--temperature', '9', '--steps', '1'],
      'usage/fixed',
      2,
    ],
    [
      'a list that is none',
      ['--fixed', '1;2', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'a frame that is not there',
      ['--frame', '1', '--temperature', '9', '--steps', '1'],
      'usage/frame',
      2,
    ],
    [
      'an unknown format',
      ['--trajectory', 'run.pdb', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'a path',
      ['--trajectory', '../run.xyz', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'its own file',
      ['--trajectory', 'minimized.xyz', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'a teacher without use',
      ['--teacher', 'emt', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'substeps without teacher',
      ['--substeps', '2', '--temperature', '9', '--steps', '1'],
      'usage/option',
      2,
    ],
    [
      'threads of a teacher',
      ['--threads', '2', '--temperature', '9', '--steps', '1'],
      'usage/teacher-option',
      2,
    ],
    [
      'unseen without a domain',
      ['--on-unseen', 'stop', '--temperature', '9', '--steps', '1'],
      'usage/no-domain',
      2,
    ],
  ];
  test.each(wrong)('%s', async (_, words, code, exit) => {
    const ended = await mlffd(emt('refused', ...words));
    expect(ended.stderr).toContain(`code: ${code}`);
    expect(ended.code).toBe(exit);
    expect(existsSync(path('refused'))).toBe(false);
  });

  test('what does not fit the calculator', async () => {
    const run = async (...words: string[]): Promise<string> => {
      const ended = await mlffd([
        'md',
        ...words,
        '--temperature',
        '9',
        '--steps',
        '1',
        '--out',
        path('no'),
      ]);
      expect(ended.code).toBe(2);
      return ended.stderr;
    };
    expect(await run(student, crystal)).toContain('does not know Cu');
    expect(await run('emt', molecule, '--pressure', '1bar')).toContain('code: usage/not-periodic');
    expect(await run(folder, crystal)).toContain('code: usage/no-student');
    expect(await run('nobody', crystal)).toContain('neither the folder of a student nor a teacher');
    expect(existsSync(path('no'))).toBe(false);
  });
});
