import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { type Atoms, cellDeterminant, createAtoms, type Property } from '@mlffd/core';
import { pythonPeer } from '@mlffd/peers';
import type { PythonTeacherOptions } from '../src/python/pythonOptions.ts';
import { PYTHON_PRESETS } from '../src/python/presets.ts';
import type { PythonPreset } from '../src/python/presets/preset.ts';
import { PythonTeacher } from '../src/python/pythonTeacher.ts';
import { type FixtureStructure, largestDifference } from './fixtures.ts';

const SCRIPTS = fileURLToPath(new URL('../../../tooling/python/potentials', import.meta.url));

/** Without it every start compiles thousands of modules of PyTorch and its like again. */
export const KEEP_BYTECODE = { PYTHONDONTWRITEBYTECODE: '' };

/** A closed port: whatever wants to download is refused at once, on any machine. */
const NOBODY = 'http://127.0.0.1:9';
export const OFFLINE: Readonly<Record<string, string>> = {
  HTTP_PROXY: NOBODY,
  HTTPS_PROXY: NOBODY,
  http_proxy: NOBODY,
  https_proxy: NOBODY,
  NO_PROXY: '',
  no_proxy: '',
};

/** The strain of `strained`; no two of its components can be mistaken for each other. */
const STRAIN = [1, -0.7, 0.4, 2 * 0.5, 2 * 0.2, 2 * 0.3];

/** What the original answers, as tooling/python/potentials/direct.py writes it. */
export interface DirectCase extends FixtureStructure {
  readonly energy: number;
  readonly forces: number[];
  readonly energies?: number[];
  readonly stress?: number[];
  /** dE/dstrain / V along `STRAIN` by differences, eV/Angstrom^3. */
  readonly strained?: number;
}

/** An environment with potentials, and how to test with it. */
export interface PotentialPeer {
  readonly python: string;
  readonly skip: string | undefined;
  readonly test: typeof test | typeof test.skip;
}

export function potentialPeer(name: 'torch' | 'mace'): PotentialPeer {
  const { python = 'python3', skip } = pythonPeer(name);
  return { python, skip, test: skip === undefined ? test : test.skip };
}

/** ms for two interpreters to import torch for the first time, on a machine that others use too. */
export const COLD_START = 240_000;

/** Answers of the original, called in Python without a worker. */
export async function askDirectly({ python }: PotentialPeer, ...args: string[]) {
  const { stdout } = await promisify(execFile)(python, [`${SCRIPTS}/direct.py`, ...args], {
    env: { ...process.env, ...KEEP_BYTECODE, OMP_NUM_THREADS: '1' },
    maxBuffer: 2 ** 24,
  });
  return JSON.parse(stdout) as DirectCase[];
}

/** Starts a preset; it is found by what it is, whatever its name. */
export function startPreset(
  { python }: PotentialPeer,
  preset: PythonPreset,
  { env, ...options }: Omit<PythonTeacherOptions, 'preset' | 'calculator'> = {},
): Promise<PythonTeacher> {
  return PythonTeacher.start({
    preset: nameOf(preset),
    python,
    env: { ...KEEP_BYTECODE, ...env },
    ...options,
  });
}

/** The name under which a preset is to be had. */
function nameOf(preset: PythonPreset): string {
  const found = Object.entries(PYTHON_PRESETS).find(([, one]) => one === preset);
  if (found === undefined) throw new Error(`no name for the preset ${preset.about}`);
  return found[0];
}

/**
 * What a stress is compared with, beside differences of energies: the original; the original with the
 * other sign for left-handed cells; or nothing, where the original is wrong.
 */
export type StressOf = 'original' | 'left-handed turned' | 'differences';

export interface Tolerances {
  /** Between the original and the same program behind a worker; the same operations in float32. */
  readonly same: number;
  /** Between a stress and differences of energies, eV/Angstrom^3. */
  readonly strained: number;
}

/** Energy, forces, stress and energies of atoms are those of the original. */
export async function expectOriginal(
  teacher: PythonTeacher,
  expected: DirectCase,
  { same, strained }: Tolerances,
  stressOf: StressOf = 'original',
): Promise<void> {
  const atoms = atomsOf(expected);
  const wanted: Property[] = ['energy', 'forces'];
  if (expected.energies !== undefined) wanted.push('energies');
  if (expected.stress !== undefined) wanted.push('stress');
  const found = await teacher.calculate(atoms, wanted);
  const within = (a: ArrayLike<number>, b: ArrayLike<number>) => largestDifference(a, b) <= same;
  const { stress, energies } = expected;
  const turned = stressOf === 'left-handed turned' && cellDeterminant(atoms.cell) < 0 ? -1 : 1;
  expect({
    name: expected.name,
    energy: Math.abs(found.energy! - expected.energy) <= same,
    forces: within(found.forces!, expected.forces),
    energies: energies === undefined || within(found.energies!, energies),
    stress:
      stress === undefined ||
      stressOf === 'differences' ||
      within(
        found.stress!,
        stress.map((value) => turned * value),
      ),
  }).toEqual({ name: expected.name, energy: true, forces: true, energies: true, stress: true });
  if (stress === undefined) return;
  const along = STRAIN.reduce((sum, value, k) => sum + value * found.stress![k], 0);
  expect(Math.abs(along - expected.strained!)).toBeLessThan(strained);
}

export function atomsOf({ numbers, positions, cell, pbc }: FixtureStructure): Atoms {
  return createAtoms({ numbers, positions, cell, pbc });
}

/** Geometries of ASE's `molecule`, Angstrom. */
export const ASE_WATER: Atoms = createAtoms({
  symbols: ['O', 'H', 'H'],
  positions: [0, 0, 0.119262, 0, 0.763239, -0.477047, 0, -0.763239, -0.477047],
});
const c = 0.629118;
export const ASE_METHANE: Atoms = createAtoms({
  symbols: ['C', 'H', 'H', 'H', 'H'],
  positions: [0, 0, 0, c, c, c, -c, -c, c, c, -c, -c, -c, c, -c],
});
