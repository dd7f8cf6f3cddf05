import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAtoms, writeExtxyz } from '@mlffd/core';
import { type ProfileRecord, readProfile } from '@mlffd/cuda-profiler';
import { initializeParameters, saveStudent } from '@mlffd/student';
import { systemsOfSizes } from '../src/commands/profile/systems.ts';
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
const QUICK = ['--calls', '60', '--seconds', '20', '--memory-calls', '20'];

let folder: string;
let student: string;

const path = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-profile-cli-test-'));
  student = path('student');
  const baseline = { energies: new Float64Array(9), scale: 1, elements: [1, 8] };
  const parameters = initializeParameters(config, 1);
  await saveStudent(
    student,
    { config, parameters, baseline, provenance: {} },
    { card: '# Mine\n' },
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The profile in a file, changed, in another file. */
function changed(from: string, to: string, change: (profile: ProfileRecord) => object): string {
  const profile = readProfile(path(from));
  writeFileSync(path(to), JSON.stringify({ ...profile, ...change(profile) }));
  return path(to);
}

/** All blocks so many times as long. */
const scaled =
  (factor: number) =>
  ({ systems }: ProfileRecord): object => ({
    systems: systems.map((system) => ({
      ...system,
      blocks: system.blocks.map((time) => factor * time),
    })),
  });

describe('mlffd profile', () => {
  test('profiles a student, writes a page, and compares with what it was', async () => {
    const command = ['profile', student, ...QUICK, '--sizes', '3,9,30'];
    const measured = await mlffd([
      ...command,
      ...['--json', path('now.json'), '--html', path('now.html'), '--save', path('base.json')],
    ]);
    expect(measured).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['water-3', 'water-9-cluster', 'water-30']) {
      expect(measured.stdout).toContain(`| ${name}`);
    }
    expect(measured.stdout).toMatch(/A call takes .* ns per edge/);
    expect(measured.stdout).toMatch(/Taking the time costs [\d.]+ us of a call/);
    const profile = readProfile(path('now.json'));
    expect(readProfile(path('base.json'))).toEqual(profile);
    expect(profile.subject.details).toEqual({ backend: 'auto: fused', threads: 1 });
    expect(profile.systems.map(({ atoms }) => atoms)).toEqual([3, 9, 30]);
    expect(readFileSync(path('now.html'), 'utf8')).toContain('What a call costs');

    // No machine is a thousand times slower now, and none a million times faster.
    const base = changed('base.json', 'slow.json', scaled(1000));
    const fine = await mlffd([...command, '--compare', base, '--html', path('again.html')]);
    expect(fine).toMatchObject({ code: 0, stderr: '' });
    expect(fine.stdout).toContain('no call is slower');
    expect(readFileSync(path('again.html'), 'utf8')).toContain('Against a baseline');
    const fast = changed('base.json', 'fast.json', scaled(1e-6));
    const slow = await mlffd([
      ...command,
      ...['--backend', 'onnx', '--compare', fast, '--fail-if-slower', '20%'],
      ...['--save', path('new.json')],
    ]);
    expect(slow.code).toBe(3);
    expect(slow.stdout).toMatch(/slower than the baseline by more than 20 %: water-3/);
    expect(slow.stdout).toContain('The baseline is of another calculator, back end');
    expect(slow.stdout).toContain('not saved: too slow');
    expect(existsSync(path('new.json'))).toBe(false);
  });

  test('profiles a teacher with structures of a file', async () => {
    const argon = (count: number): { atoms: ReturnType<typeof createAtoms> } => ({
      atoms: createAtoms({
        symbols: new Array<string>(count).fill('Ar'),
        positions: Array.from({ length: count }, (_, k) => [3.8 * k, 0, 0]),
      }),
    });
    writeFileSync(path('argon.xyz'), writeExtxyz([argon(5), argon(2)]));
    const found = await mlffd([
      ...['profile', 'lj', ...QUICK, '--structures', path('argon.xyz')],
      ...['--json', path('lj.json'), '--fail-on-leak'],
    ]);
    expect(found).toMatchObject({ code: 0, stderr: '' });
    expect(readProfile(path('lj.json')).systems.map(({ atoms }) => atoms)).toEqual([2, 5]);
  });

  test('shows where the time goes in a trace', async () => {
    const event = (name: string, ts: number, dur: number): object => ({
      ...{ ph: 'X', cat: 'cpu_op', pid: 1, tid: 1 },
      ...{ name, ts, dur },
    });
    const traceEvents = [0, 1000, 2000, 3000].flatMap((at, k) => [
      { ...event(`ProfilerStep#${String(k)}`, at, 900), cat: 'user_annotation' },
      event('aten::mm', at + 100, 500),
    ]);
    writeFileSync(path('trace.json'), JSON.stringify({ schemaVersion: 1, traceEvents }));
    const html = path('traced.html');
    const command = ['profile', 'lj', ...QUICK, '--sizes', '3', '--trace', path('trace.json')];
    expect(await mlffd([...command, '--html', html])).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(html, 'utf8')).toMatch(/Hotspots by operator[^]*mm/);
    expect(await mlffd(command)).toMatchObject({ code: 2 });
  });

  test('keeps baselines in a folder, and finds that of the calculator', async () => {
    const command = ['profile', 'lj', ...QUICK];
    const folderOfBaselines = `${path('baselines')}/`;
    const kept = await mlffd([...command, '--sizes', '3,30', '--save', folderOfBaselines]);
    expect(kept).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(path('baselines'))).toHaveLength(1);
    const compared = await mlffd([
      ...command,
      ...['--sizes', '3', '--compare', path('baselines'), '--fail-if-slower', '10000%'],
    ]);
    expect(compared).toMatchObject({ code: 0, stderr: '' });
    expect(compared.stdout).toContain('no call is slower');
    const missing = await mlffd(['profile', 'morse', ...QUICK, '--compare', path('baselines')]);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('profiler/no-baseline');
  });

  test.each([
    ['fused', 'interaction0, gradient'],
    ['onnx', 'ONNX Runtime, between operators'],
  ])('tells where the time of a student goes (%s)', async (backend, line) => {
    const html = path(`hotspots-${backend}.html`);
    const command = ['profile', student, ...QUICK, '--sizes', '3,30', '--backend', backend];
    const found = await mlffd([...command, '--hotspots', '--html', html]);
    expect(found).toMatchObject({ code: 0, stderr: '' });
    expect(found.stdout).toMatch(new RegExp(`Hotspots of water-30[^,]*, ${backend}, `));
    expect(found.stdout).toContain(`| ${line}`);
    expect(readFileSync(html, 'utf8')).toMatch(/Hotspots by block[^]*Hotspots by operator/);
    const teacher = await mlffd(['profile', 'lj', '--hotspots']);
    expect(teacher).toMatchObject({ code: 2, stderr: expect.stringContaining('--trace') });
  });

  test('leaves out what would take too long', async () => {
    const command = ['profile', 'lj', ...QUICK, '--sizes', '3,300', '--longest-call', '1e-9'];
    const { code, stdout } = await mlffd(command);
    expect(code).toBe(0);
    expect(stdout).toMatch(/-300.* is left out: a call may take .*--longest-call/);
  });

  test('refuses other machines and other files before it measures', async () => {
    await mlffd([...['profile', 'lj', ...QUICK, '--sizes', '3'], '--json', path('one.json')]);
    const other = changed('one.json', 'other.json', ({ machine }) => ({
      machine: { ...machine, cpu: 'Another' },
    }));
    const refused = await mlffd(['profile', 'lj', '--compare', other]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('profiler/other-machine');
    writeFileSync(path('mine.json'), '{}');
    const foreign = await mlffd(['profile', 'lj', '--json', path('mine.json')]);
    expect(foreign.code).toBe(2);
    expect(readFileSync(path('mine.json'), 'utf8')).toBe('{}');
    const alone = await mlffd(['profile', 'lj', '--fail-if-slower', '5%']);
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('--compare') });
  });
});

describe('structures by size', () => {
  test('are of what the calculator knows', () => {
    const names = (elements?: readonly number[]): string[] =>
      systemsOfSizes([22, 100], elements).map(({ name }) => name);
    expect(names()).toEqual(['water-21-cluster', 'water-99-box']);
    expect(names([1, 6])[0]).toMatch(/^methane-/);
    expect(names([11, 17])).toEqual(['NaCl-lattice-22', 'NaCl-lattice-100']);
    expect(() => systemsOfSizes([3], [])).toThrow(
      expect.objectContaining({ code: 'usage/no-elements' }),
    );
  });

  test('keep neighbours apart, and the molecule alone where it is near', () => {
    const [{ atoms }] = systemsOfSizes([100], [29]);
    expect(atoms.numbers).toHaveLength(100);
    expect(atoms.pbc).toEqual([true, true, true]);
    expect(Math.abs(atoms.positions[3] - atoms.positions[0])).toBeGreaterThan(2.5);
    expect(systemsOfSizes([3], undefined).map(({ name }) => name)).toEqual(['water-3']);
  });
});
