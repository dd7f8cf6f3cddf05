import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAtoms, writeExtxyz } from '@mlffd/core';
import { readRecords } from '@mlffd/md';
import { initializeParameters, saveStudent } from '@mlffd/student';
import { mlffd } from './support/mlffd.ts';

const config = {
  features: 8,
  interactions: 1,
  radialBasis: { type: 'bessel', count: 5 },
  cutoff: 3,
  cutoffFunction: 'polynomial',
  maxAtomicNumber: 8,
} as const;

/** Options of a run of a moment. */
const QUICK = ['--picoseconds', '0.03', '--equilibration', '0.005', '--sizes', '9'];

let folder: string;
let student: string;
let crystal: string;

/** A student with random weights, weak enough that molecules just drift. */
async function makeStudent(path: string, scale: number): Promise<void> {
  const energies = new Float64Array(9);
  await saveStudent(
    path,
    {
      config,
      parameters: initializeParameters(config, 1),
      baseline: { energies, scale, elements: [1, 8] },
      provenance: {},
    },
    { card: '# Mine\n' },
  );
}

const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-benchmark-test-'));
  student = path('student');
  await makeStudent(student, 1e-6);
  crystal = path('oxygen.xyz');
  const atoms = createAtoms({
    symbols: ['O', 'O'],
    positions: [0, 0, 0, 1.9, 1.9, 1.9],
    cell: [3.8, 3.8, 3.8],
    pbc: true,
  });
  writeFileSync(crystal, writeExtxyz([{ atoms }]));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('mlffd benchmark', () => {
  test('measures, writes a page, and compares with what it was', async () => {
    const baseline = path('baselines.json');
    const measured = await mlffd([
      'benchmark',
      student,
      ...QUICK,
      ...['--systems', `water,methane,${crystal}`, '--teacher', student],
      ...['--html', '--save-baseline', baseline, '--trajectories', path('frames')],
    ]);
    expect(measured).toMatchObject({ code: 0, stderr: '' });
    expect(measured.stdout).toMatch(/left out {2}methane-5: .* was not trained on C/);
    for (const name of ['water-3', 'water-9-cluster', 'oxygen-2', 'oxygen-8']) {
      expect(measured.stdout).toContain(`| ${name}`);
      expect(existsSync(join(folder, 'frames', `${name}.xyz`))).toBe(true);
    }
    expect(measured.stdout).toMatch(/Taking the times costs [\d.]+ us of each step/);
    const records = readRecords(join(student, 'benchmark.json'), 'mlffd-benchmark');
    expect(records.map(({ system }) => system.atoms)).toEqual([3, 9, 2, 8]);
    // The student is its own teacher.
    expect(records.map(({ forces }) => forces?.forceRmse)).toEqual([0, 0, 0, 0]);
    expect(records[0].subject.details).toEqual({ backend: 'auto: fused', threads: 1 });
    const page = readFileSync(join(student, 'benchmark.html'), 'utf8');
    expect(page).toContain('A student in molecular dynamics');
    expect(page).toContain('methane-10-cluster was left out');
    expect(readdirSync(student).filter((name) => name.endsWith('.partial'))).toEqual([]);

    const command = [
      'benchmark',
      student,
      ...QUICK,
      ...['--systems', 'water', '--sizes', '3', '--compare', baseline],
      ...['--html', path('again.html'), '--json', path('again.json')],
    ];
    // No machine is a thousand times slower now, and none a million times faster.
    const fine = await mlffd([...command, '--fail-if-slower', '100000%']);
    expect(fine).toMatchObject({ code: 0, stderr: '' });
    expect(fine.stdout).toContain('no system is slower');
    expect(readFileSync(path('again.html'), 'utf8')).toContain('Against baselines');

    // The same baselines, as if steps had been a million times faster.
    const fast = JSON.parse(readFileSync(baseline, 'utf8')) as {
      records: { latency: { blocks: number[] } }[];
    };
    for (const { latency } of fast.records) latency.blocks = latency.blocks.map((ms) => ms / 1e6);
    writeFileSync(path('fast.json'), JSON.stringify(fast));
    const slow = await mlffd([
      ...command.map((word) => (word === baseline ? path('fast.json') : word)),
      ...['--save-baseline', path('new.json')],
    ]);
    expect(slow.code).toBe(3);
    expect(slow.stdout).toMatch(/slower than the baseline by more than 10 %: water-3/);
    expect(slow.stdout).toContain('not saved');
    expect(existsSync(path('new.json'))).toBe(false);

    const again = await mlffd([
      'benchmark',
      student,
      ...QUICK,
      ...['--systems', 'water', '--save-baseline', baseline, '--json', path('third.json')],
    ]);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/md\/baseline-exists/);
    expect(again.stdout).not.toContain('[1/');
  });

  test('refuses baselines of another machine before it measures', async () => {
    const baseline = path('elsewhere.json');
    const one = ['benchmark', student, ...QUICK, '--systems', 'water', '--json', path('o.json')];
    await mlffd([...one, '--save-baseline', baseline]);
    const text = readFileSync(baseline, 'utf8');
    writeFileSync(baseline, text.replaceAll(/"cpu": "[^"]*"/g, '"cpu": "abacus"'));
    const refused = await mlffd([...one, '--compare', baseline]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/another machine/);
    expect(refused.stderr).toMatch(/cpu: abacus, here/);
    expect(refused.stderr).toMatch(/what to do: .*--save-baseline/);
    expect(refused.stdout).toBe('');
  });

  test('goes on after it was stopped', async () => {
    const json = path('stopped.json');
    const controller = new AbortController();
    const command = ['benchmark', student, ...QUICK, '--systems', 'water', '--json', json];
    setImmediate(() => {
      controller.abort();
    });
    const stopped = await mlffd(command, controller.signal);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('Run the same command again');
    expect(readdirSync(folder).some((name) => name.startsWith('stopped.json.'))).toBe(true);
    expect(existsSync(json)).toBe(false);
    expect(await mlffd(command)).toMatchObject({ code: 0 });
    expect(readRecords(json, 'mlffd-benchmark')).toHaveLength(2);
    expect(readdirSync(folder).filter((name) => name.startsWith('stopped'))).toEqual([
      'stopped.json',
    ]);
  });

  test('tells of a student that blows up, and times it all the same', async () => {
    const wild = path('wild');
    await makeStudent(wild, 1e4);
    const ended = await mlffd([
      'benchmark',
      wild,
      ...['--picoseconds', '0.05', '--equilibration', '0.01', '--sizes', '3'],
      ...['--systems', 'water', '--html'],
    ]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/fell apart (in its|after)/);
    expect(ended.stdout).toContain('| water-3 *');
    expect(readFileSync(join(wild, 'benchmark.html'), 'utf8')).toContain('free flight');
  });

  test.each([
    [['--fail-if-slower', '5%'], 'usage/option', 2],
    [['--replace-baseline'], 'usage/option', 2],
    [['--fail-if-slower', 'a%', '--compare', 'x'], 'usage/number', 2],
    [['--sizes', ','], 'usage/list', 2],
    [['--sizes', '10,ten'], 'usage/number', 2],
    [['--systems', 'watr'], 'usage/system', 2],
    [['--systems', 'methane'], 'usage/no-systems', 2],
    [['--compare', 'nowhere.json'], 'fs/not-found', 1],
  ])('refuses %j', async (words, code, exit) => {
    const ended = await mlffd(['benchmark', student, ...QUICK, ...words]);
    expect(ended.stderr).toContain(`code: ${code}`);
    expect(ended.code).toBe(exit);
  });

  test('writes over results, and over nothing else', async () => {
    const copy = path('copy');
    cpSync(student, copy, { recursive: true });
    const kept = readFileSync(join(copy, 'config.json'), 'utf8');
    const ended = await mlffd(['benchmark', copy, ...QUICK, '--json', join(copy, 'config.json')]);
    expect(ended.stderr).toContain('md/invalid-records');
    expect(ended.code).toBe(2);
    expect(readFileSync(join(copy, 'config.json'), 'utf8')).toBe(kept);
  });
});
