import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Atoms, createAtoms, writeExtxyz } from '@mlffd/core';
import { initialVelocities, type MdFrame, runMd, velocityVerlet } from '@mlffd/md';
import { pythonPeer } from '@mlffd/peers';
import { modelCard } from '@mlffd/report';
import {
  initializeParameters,
  pythonPackage,
  saveStudent,
  StudentCalculator,
} from '@mlffd/student';
import { mlffd } from './support/mlffd.ts';

/** Rounding of forces in float32 (1e-6 eV/Angstrom) over 50 fs: Angstrom, Angstrom/fs; eV relative. */
const SAME = 1e-5;
const RUN = { timestep: 0.5, steps: 100, stride: 20 } as const;

const scratch = mkdtempSync(join(tmpdir(), 'mlffd-python-'));
const student = join(scratch, "painn's water");
const copy = join(scratch, 'new', 'package');

const config = {
  features: 16,
  interactions: 2,
  radialBasis: { type: 'bessel', count: 8 },
  cutoff: 4,
  cutoffFunction: 'polynomial',
  zbl: true,
} as const;

const water = createAtoms({
  symbols: ['O', 'H', 'H'],
  positions: [0, 0, 0.1173, 0.1, 0.7572, -0.4692, 0, -0.7572, -0.4692],
});
/** Ice of no known phase: a cell smaller than twice the cutoff. */
const crystal = createAtoms({
  symbols: ['O', 'H', 'H', 'O', 'H', 'H'],
  positions: [0, 0, 0, 0.9, 0.3, 0, -0.3, 0.9, 0.1, 2.4, 2.1, 2.2, 3.2, 2.6, 2.3, 2.1, 3, 1.9],
  cell: [4.6, 0, 0, 0.8, 4.4, 0, -0.4, 0.5, 4.5],
  pbc: true,
});

beforeAll(async () => {
  const energies = new Float64Array(100);
  energies.set([-13.6], 1);
  energies.set([-2042.6], 8);
  await saveStudent(student, {
    config,
    parameters: initializeParameters(config, 4),
    baseline: { energies, scale: 0.7, elements: [1, 8] },
    provenance: {},
  });
});

afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe('mlffd python', () => {
  test('prints where the package is, for pip', async () => {
    const { code, stdout, stderr } = await mlffd(['python']);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `${pythonPackage()}\n`,
      stderr: '',
    });
    const project = readFileSync(join(stdout.trim(), 'pyproject.toml'), 'utf8');
    expect(project).toContain('name = "mlffd-student"');
  });

  test('copies it, and replaces an older copy', async () => {
    const { code, stdout } = await mlffd(['python', '--out', copy]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${copy}\n` });
    const module = join(copy, 'mlffd_student', 'model.py');
    writeFileSync(module, 'old');
    mkdirSync(join(copy, 'mlffd_student', '__pycache__'));
    expect((await mlffd(['python', '--out', copy])).code).toBe(0);
    expect(readFileSync(module, 'utf8')).toContain('class StudentModel');
    const files = readdirSync(join(pythonPackage(), 'mlffd_student'));
    expect(readdirSync(join(copy, 'mlffd_student'))).toEqual(expect.arrayContaining(files));
  });

  test('keeps what is somebody else’s', async () => {
    const mine = join(scratch, 'mine');
    mkdirSync(mine);
    writeFileSync(join(mine, 'README.md'), 'mine');
    const { code, stderr } = await mlffd(['python', '--out', mine]);
    expect(code).toBe(1);
    expect(stderr).toContain('fs/already-exists');
    writeFileSync(join(mine, 'pyproject.toml'), 'name = "mine"');
    expect((await mlffd(['python', '--out', mine])).code).toBe(1);
    expect(readFileSync(join(mine, 'README.md'), 'utf8')).toBe('mine');
    const below = await mlffd(['python', '--out', join(mine, 'README.md', 'deeper')]);
    expect(below.stderr).toContain('fs/');
    expect(existsSync(join(mine, 'mlffd_student'))).toBe(false);
  });
});

interface Frame {
  readonly positions: number[];
  readonly velocities: number[];
  readonly potential: number;
  readonly kinetic: number;
}

const peer = pythonPeer('reference');

(peer.skip === undefined ? describe : describe.skip)('the package that was copied', () => {
  let answers: { package: string; trajectories: Frame[][]; printed: string };
  const starts = [water, crystal].map((atoms) => ({
    atoms,
    velocities: initialVelocities(atoms, { temperature: 300, seed: 2 }),
  }));

  beforeAll(async () => {
    writeFileSync(join(scratch, 'structures.xyz'), writeExtxyz([{ atoms: water }]));
    cpSync(student, join(scratch, 'runs', 'my', 'student'), { recursive: true });
    const readme = readFileSync(join(copy, 'README.md'), 'utf8');
    const code = examplesOf(cardOf("painn's water") + readme).join('\n');
    const [asked, told] = [join(scratch, 'requests.json'), join(scratch, 'answers.json')];
    const trajectories = starts.map(({ atoms, velocities }) => ({
      ...RUN,
      student,
      ...plain(atoms),
      velocities: [...velocities],
    }));
    writeFileSync(asked, JSON.stringify({ trajectories, card: { code, folder: scratch } }));
    const script = new URL('../../../tooling/python/student/dynamics.py', import.meta.url);
    await promisify(execFile)(peer.python!, [fileURLToPath(script), asked, told], {
      env: { ...process.env, PYTHONPATH: copy, PYTHONDONTWRITEBYTECODE: '1' },
    });
    answers = JSON.parse(readFileSync(told, 'utf8')) as typeof answers;
  }, 180_000);

  test.each([
    ['a molecule', 0],
    ['a crystal', 1],
  ])('moves %s in ASE as runMd does', async (_, k) => {
    expect(answers.package).toBe(join(copy, 'mlffd_student'));
    const { [k]: found } = answers.trajectories;
    const calculator = await StudentCalculator.load(student);
    const frames: MdFrame[] = [];
    const integrator = velocityVerlet({ timestep: RUN.timestep });
    const { steps, stride } = RUN;
    const onFrame = (frame: MdFrame): void => {
      frames.push(frame);
    };
    await runMd({ ...starts[k], calculator, integrator, steps, stride, onFrame });
    await calculator.dispose();
    expect(found.length).toBe(frames.length);
    // It has gone somewhere.
    expect(difference(frames[0].atoms.positions, frames.at(-1)!.atoms.positions)).toBeGreaterThan(
      0.1,
    );
    for (const [n, { atoms, velocities, energy, kinetic }] of frames.entries()) {
      expect(difference(atoms.positions, found[n].positions)).toBeLessThan(SAME);
      expect(difference(velocities, found[n].velocities)).toBeLessThan(SAME);
      expect(Math.abs(energy - found[n].potential)).toBeLessThan(SAME * atoms.numbers.length);
      expect(Math.abs(kinetic - found[n].kinetic)).toBeLessThan(SAME * atoms.numbers.length);
    }
  });

  test('runs the examples of a model card and of its README as they are', () => {
    const energies = answers.printed.match(/^-20\d\d\.\d+ \[\[/gm);
    expect(energies?.length).toBe(3);
    expect(answers.printed).toContain(' None\n');
  });
});

function examplesOf(markdown: string): string[] {
  return Array.from(markdown.matchAll(/```python\n([\s\S]*?)```/g), ([, code]) => code);
}

function plain({ numbers, positions, cell, pbc }: Atoms): object {
  return { numbers: [...numbers], positions: [...positions], cell: [...cell], pbc };
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((max, value, k) => Math.max(max, Math.abs(value - b[k])), 0);
}

function cardOf(name: string): string {
  return modelCard({
    name,
    summary: 'A student.',
    license: 'mit',
    architecture: { name: 'PaiNN', parameters: 1, cutoff: config.cutoff },
    elements: ['H', 'O'],
    teacher: { name: 'none', license: 'mit', citation: 'none' },
    training: { dataset: 'none', structures: 1 },
    metrics: [],
    intendedUse: ['tests'],
    limitations: ['all'],
  });
}
