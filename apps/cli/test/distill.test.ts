import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readDomain } from '@mlffd/student';
import type { DistillResults } from '../src/output/results.ts';
import { mlffd, type Ended } from './support/mlffd.ts';

/** Solid argon with an analytic teacher: quick, and every stage is the real one. */
const ARGON = `
name: argon
seed: 2
teacher: { type: lj, epsilon: 0.0104, sigma: 3.4, cutoff: 6 }
systems:
  - { name: ar, crystal: fcc, elements: [Ar], a: 5.4, supercell: [2, 1, 1] }
sampling:
  rattle: { count: 10, displacement: 0.15, strain: 0.03 }
  dynamics:
    - { temperatures: [40, 80], frames: 8, stride: 10, equilibration: 20, timestep: 5 }
test: { systems: [ar], temperatures: [60], frames: 5, stride: 10, equilibration: 20, timestep: 5 }
student: { features: 8, interactions: 1, radialBasis: { type: bessel, count: 8 }, cutoff: 5 }
training: { epochs: 30, batchSize: 4, learningRate: 0.01, warmupSteps: 5, workers: 1 }
validation: { system: ar, temperature: 40, picoseconds: 0.5, timestep: 5, teacherFrames: 3 }
benchmark: { atoms: [8, 16], calls: 3 }
gates: { forceR2: 0.5, accuracy: 0.3, nveSlope: 1000, speedup: 0.000001 }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlffd-cli-'));
  writeFileSync(join(folder, 'argon.yaml'), ARGON);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const distill = (name: string, signal?: AbortSignal): Promise<Ended> =>
  mlffd(['distill', join(folder, 'argon.yaml'), '--out', join(folder, name)], signal);

const resultsOf = (name: string): DistillResults =>
  JSON.parse(readFileSync(join(folder, name, 'results.json'), 'utf8')) as DistillResults;

describe('mlffd distill', () => {
  let first: Ended;
  beforeAll(async () => {
    first = await distill('run');
  });

  test('runs all stages and meets the goals of the configuration', () => {
    expect(`${String(first.code)} ${first.stderr}`).toBe('0 ');
    for (const stage of ['generate', 'label', 'split', 'train', 'validate', 'benchmark', 'audit']) {
      expect(first.stdout).toContain(`] ${stage} ...`);
    }
    const results = resultsOf('run');
    expect(results.verdict).toBe('pass');
    expect(results.gates.map(({ passed }) => passed)).toEqual([true, true, true, true, true]);
    expect(results.data).toMatchObject({ structures: 32, test: 5, elements: ['Ar'] });
    expect(results.force_r2).toBeGreaterThan(0.5);
    expect(Object.keys(results.speedup_vs_teacher)).toEqual(['8', '16']);
  });

  test('packs a student with its card', () => {
    const files = readdirSync(join(folder, 'run', 'student'));
    expect(files).toEqual(
      expect.arrayContaining([
        'README.md',
        'config.json',
        'domain.json',
        'model.onnx',
        'model.safetensors',
      ]),
    );
    const card = readFileSync(join(folder, 'run', 'student', 'README.md'), 'utf8');
    expect(card).toContain('PaiNN');
    expect(card).toMatch(/domain\.json.* of \d+ training structures/);
    expect(readDomain(join(folder, 'run', 'student'))).toMatchObject({ elements: ['Ar'] });
  });

  test('tells the floor that the teacher sets', () => {
    const { teacher_floor: floor } = resultsOf('run');
    // Exact derivatives of a sum over pairs that is cut at 6 Angstrom: its forces jump there.
    expect(floor).toMatchObject({ structures: 3, calls: 3 * 42, failures: [] });
    expect(floor.net_force_meV_A).toBeLessThan(1e-9);
    expect(floor.rotation_force_meV_A).toBeLessThan(1e-3);
    expect(first.stdout).toMatch(/teacher: net force .*: the floor/);
    const html = readFileSync(join(folder, 'run', 'report.html'), 'utf8');
    expect(html).toContain('Non-conservative part');
    const card = readFileSync(join(folder, 'run', 'student', 'README.md'), 'utf8');
    expect(card).toMatch(/Lennard-Jones itself has net force .* no student is better/);
  });

  test('does nothing twice, and brings a deleted report back', async () => {
    rmSync(join(folder, 'run', 'report.html'));
    const before = resultsOf('run');
    const again = await distill('run');
    expect(again.code).toBe(0);
    expect(again.stdout.match(/already done/g)).toHaveLength(7);
    expect(existsSync(join(folder, 'run', 'report.html'))).toBe(true);
    expect(resultsOf('run')).toEqual(before);
  });

  test('stops on request with code 130 and goes on to the same figures', async () => {
    const controller = new AbortController();
    const timer = setInterval(() => {
      const stages = join(folder, 'stopped', 'stages');
      if (existsSync(stages) && readdirSync(stages).some((name) => name.includes('-train-'))) {
        controller.abort();
      }
    }, 2);
    const stopped = await distill('stopped', controller.signal);
    clearInterval(timer);
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('what to do');
    expect(existsSync(join(folder, 'stopped', 'results.json'))).toBe(false);

    const { code } = await distill('stopped');
    expect(code).toBe(0);
    const { test: metrics, nve, hashes } = resultsOf('stopped');
    expect({ metrics, nve, hashes }).toEqual({
      metrics: resultsOf('run').test,
      nve: resultsOf('run').nve,
      hashes: resultsOf('run').hashes,
    });
  });

  test('ends with code 3 when a goal is missed', async () => {
    writeFileSync(join(folder, 'argon.yaml'), ARGON.replace('forceR2: 0.5', 'forceR2: 0.999999'));
    const missed = await distill('run');
    writeFileSync(join(folder, 'argon.yaml'), ARGON);
    expect(missed.code).toBe(3);
    expect(missed.stdout).toContain('MISSED R² of forces');
    expect(missed.stdout.match(/already done/g)).toHaveLength(7);
  });

  test('takes structures from a file, and leaves stress out where there is none', async () => {
    const ring = Array.from({ length: 6 }, (_, k) => {
      const angle = (k * Math.PI) / 3;
      return `Ar ${String(3.8 * Math.cos(angle))} ${String(3.8 * Math.sin(angle))} 0`;
    });
    writeFileSync(join(folder, 'cluster.xyz'), `7\n\nAr 0 0 0\n${ring.join('\n')}\n`);
    const config = ARGON.replace(/\{ name: ar, .*\}/, '{ name: ar, file: cluster.xyz }')
      .replace('atoms: [8, 16], ', '')
      .replaceAll('[40, 80]', '[10, 20]')
      .replace('[60]', '[15]')
      .replace('temperature: 40', 'temperature: 10');
    writeFileSync(join(folder, 'cluster.yaml'), config);
    const out = join(folder, 'cluster');
    const { code, stderr } = await mlffd(['distill', join(folder, 'cluster.yaml'), '--out', out]);
    expect(stderr).toBe('');
    expect([0, 3]).toContain(code);
    expect(resultsOf('cluster')).toMatchObject({
      stress_mae_GPa: null,
      speed: [{ atoms: 7 }],
      test: { labelled: { energy: 5, forces: 5, stress: 0 } },
    });
  });

  test('warns of dynamics that end before the first frame, and goes on without them', async () => {
    const wild = '    - { temperatures: [20000], frames: 2, equilibration: 200, timestep: 20 }\n';
    const config = ARGON.replace('  dynamics:\n', `  dynamics:\n${wild}`);
    writeFileSync(join(folder, 'wild.yaml'), config);
    const out = join(folder, 'wild');
    const { code, stdout, stderr } = await mlffd([
      'distill',
      join(folder, 'wild.yaml'),
      '--out',
      out,
    ]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('warning: train-0/ar/20000K-0 gave no frame');
    expect(resultsOf('wild').data.structures).toBe(32);
  });

  test('refuses sizes that the system cannot be repeated to', async () => {
    writeFileSync(join(folder, 'argon.yaml'), ARGON.replace('atoms: [8, 16]', 'atoms: [9]'));
    const { code, stderr } = await distill('run');
    writeFileSync(join(folder, 'argon.yaml'), ARGON);
    expect(code).toBe(2);
    expect(stderr).toContain('multiples of 8');
  });

  test('refuses a crystal with the wrong number of elements', async () => {
    writeFileSync(
      join(folder, 'argon.yaml'),
      ARGON.replace('elements: [Ar]', 'elements: [Ar, Ne]'),
    );
    const { code, stderr } = await distill('other');
    writeFileSync(join(folder, 'argon.yaml'), ARGON);
    expect(code).toBe(2);
    expect(stderr).toContain('fcc takes 1 element');
  });
});

describe('mlffd inspect', () => {
  test('prints a table of the blocks', async () => {
    const { code, stdout } = await mlffd(['inspect', join(folder, 'run', 'student')]);
    expect(code).toBe(0);
    expect(stdout).toContain('embedding');
    expect(stdout).toContain('total');
  });

  test('refuses numbers that are none', async () => {
    const args = ['inspect', join(folder, 'run', 'student'), '--atoms', 'many'];
    const { code, stderr } = await mlffd(args);
    expect(code).toBe(2);
    expect(stderr).toContain('--atoms');
  });
});

describe('the rest of the program', () => {
  test('prints the schema of the configuration', async () => {
    const { code, stdout } = await mlffd(['schema']);
    expect(code).toBe(0);
    const schema = JSON.parse(stdout) as { properties: Record<string, unknown> };
    expect(Object.keys(schema.properties)).toContain('teacher');
  });

  test('prints version and help, and refuses unknown commands', async () => {
    expect((await mlffd(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+/);
    expect((await mlffd(['--help'])).stdout).toContain('distill');
    expect((await mlffd(['destill'])).code).toBe(2);
  });
});
