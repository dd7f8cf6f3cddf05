import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ASE_FS, KJ_PER_MOL } from '@mlffd/core';
import { pythonPeer } from '@mlffd/peers';
import {
  appendTrajectory,
  createTrajectory,
  readTrajectory,
  type TrajectoryFrame,
} from '../src/index.ts';
import { takeSnapshots } from './trajectorySnapshots.ts';
import { madeFrames, temporaryFolder } from './trajectoryFrames.ts';

interface AseFrame {
  readonly numbers: number[];
  readonly positions: number[];
  readonly cell: number[];
  readonly pbc: boolean[];
  readonly momenta: number[];
  readonly masses: number[];
  readonly info: Readonly<Record<string, unknown>>;
  readonly energy: (number | null)[];
  readonly energies?: number[];
  readonly forces: number[];
  readonly stress: number[];
}

interface Found {
  readonly xyz: AseFrame[];
  readonly traj: AseFrame[];
  readonly h5: Readonly<Record<string, unknown>>;
  readonly written: AseFrame[];
  readonly snapshots: Readonly<Record<string, number>>;
}

const script = fileURLToPath(
  new URL('../../../tooling/python/md/check_trajectories.py', import.meta.url),
);
const peer = pythonPeer('reference');
const describeWithPeer = peer.skip === undefined ? describe : describe.skip;

const { folder, remove } = temporaryFolder();
const at = (name: string): string => join(folder, name);
afterAll(remove);

/** Velocities and forces pass through momenta and kJ/mol: a few roundings of 1.1e-16. */
const ROUNDINGS = 6e-16;
/** ASE writes positions with 8 decimals, momenta with 8 and so on; it reads all of ours. */
const frames = madeFrames(50, { atoms: 5, stress: true, energies: true });
const masses = Float64Array.of(2.014, 3, 15.999, 1e-2, 40);

let found: Found;
beforeAll(async () => {
  if (peer.skip !== undefined) return;
  for (const ending of ['xyz', 'traj', 'h5']) {
    const writer = await createTrajectory(at(`run.${ending}`), { masses });
    for (const frame of frames) writer.write(frame);
    writer.close();
  }
  const snapshots = takeSnapshots(at('snapshots'));
  const output = execFileSync(peer.python, [script, folder, snapshots], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  // Python writes NaN, of the one energy that is none.
  found = JSON.parse(output.replaceAll('NaN]', 'null]')) as Found;
});

function expectNear(a: ArrayLike<number>, b: ArrayLike<number>): void {
  expect(a).toHaveLength(b.length);
  const worst = Array.from(a, (value, k) => Math.abs(value - b[k]) - ROUNDINGS * Math.abs(value));
  expect(Math.max(...worst)).toBeLessThanOrEqual(0);
}

function infoOf(k: number): Record<string, number> {
  const { step, time, temperature, kinetic, conserved } = frames[k];
  return { step, time, temperature, kinetic_energy: kinetic, conserved_energy: conserved };
}

describeWithPeer('ASE', () => {
  test('reads every bit of a .traj file of more than 42 frames', () => {
    expect(found.traj).toHaveLength(50);
    found.traj.forEach((ase, k) => {
      const { atoms, velocities, forces, energy, energies, stress } = frames[k];
      expect(ase).toMatchObject({
        numbers: [...atoms.numbers],
        positions: [...atoms.positions],
        cell: [...atoms.cell],
        pbc: [...atoms.pbc],
        masses: [...masses],
        momenta: Array.from(velocities, (v, i) => (v / ASE_FS) * masses[Math.floor(i / 3)]),
        info: infoOf(k),
        energy: [energy],
        energies: [...energies!],
        forces: [...forces],
        stress: [...stress!],
      });
    });
  });

  test('reads every bit of an extended XYZ file', () => {
    found.xyz.forEach((ase, k) => {
      const { atoms, forces, energy, stress } = frames[k];
      expect(ase).toMatchObject({
        positions: [...atoms.positions],
        cell: [...atoms.cell],
        info: infoOf(k),
        energy: [energy],
        forces: [...forces],
        stress: [...stress!],
      });
    });
  });

  test('writes .traj files that are read here: constraints, tags, notes, other atoms', async () => {
    const read = await readTrajectory(at('ase.traj'));
    expect(read).toHaveLength(50);
    read.forEach((frame, k) => {
      expectAse(frame, found.written[k]);
      expect(frame.atoms.info).toEqual({ step: 5 * k, note: 'a NaN', list: [1, 2] });
    });
  });

  test('goes on with a .traj file of ours, and we with one of ASE', async () => {
    const longer = await readTrajectory(at('longer.traj'));
    expect(longer).toHaveLength(51);
    expect(longer[50].atoms.positions).toEqual(frames[0].atoms.positions);
    const writer = await appendTrajectory(at('ase.traj'), { lastStep: 240 });
    expect(writer.frames).toBe(49);
    writer.write(frames[3]);
    writer.close();
    const read = await readTrajectory(at('ase.traj'));
    expectAse(read[48], found.written[48]);
    expect(read[49].atoms.positions).toEqual(frames[3].atoms.positions);
  });
});

function expectAse(frame: TrajectoryFrame, ase: AseFrame): void {
  expect([...frame.atoms.numbers]).toEqual(ase.numbers);
  expect([...frame.atoms.positions]).toEqual(ase.positions);
  expect([...frame.atoms.cell]).toEqual(ase.cell);
  expect(frame.atoms.pbc).toEqual(ase.pbc);
  expect(frame.energy).toBe(ase.energy[0] ?? NaN);
  expect([...frame.forces!]).toEqual(ase.forces);
  expect([...frame.stress!]).toEqual(ase.stress);
  const momenta = frame.velocities!.map((v, i) => (v / ASE_FS) * ase.masses[Math.floor(i / 3)]);
  expectNear(momenta, ase.momenta);
}

describeWithPeer('h5py', () => {
  const column = (name: string): number[] =>
    (found.h5[name] as (number | number[] | number[][])[]).flat(2);
  const all = (pick: (frame: (typeof frames)[number]) => ArrayLike<number>): number[] =>
    frames.flatMap((frame) => Array.from(pick(frame)));

  test('finds what H5MD 1.1 asks for', () => {
    expect(found.h5).toMatchObject({
      version: [1, 1],
      units: [1, 0],
      creator: '@mlffd/md',
      dimension: 3,
      boundary: ['periodic', 'periodic', 'periodic'],
      'particles/all/species': [...frames[0].atoms.numbers],
      'particles/all/mass': [...masses],
      'particles/all/velocity@linked': true,
      'particles/all/box/edges@linked': true,
      'observables/stress@linked': true,
      'particles/all/position/value@unit': 'Angstrom',
      'particles/all/velocity/value@unit': 'Angstrom fs-1',
      'particles/all/force/value@unit': 'kJ mol-1 Angstrom-1',
      'particles/all/box/edges/value@unit': 'Angstrom',
    });
  });

  test('finds every bit', () => {
    expect(column('particles/all/position/value')).toEqual(all(({ atoms }) => atoms.positions));
    expect(column('particles/all/velocity/value')).toEqual(all(({ velocities }) => velocities));
    expect(column('particles/all/box/edges/value')).toEqual(all(({ atoms }) => atoms.cell));
    expect(column('particles/all/potential_energy/value')).toEqual(all((frame) => frame.energies!));
    expect(column('observables/potential_energy/value')).toEqual(all(({ energy }) => [energy]));
    expect(column('observables/temperature/value')).toEqual(all((frame) => [frame.temperature]));
    expect(column('observables/stress/value')).toEqual(all(({ stress }) => stress!));
    expectNear(
      column('particles/all/force/value'),
      all(({ forces }) => forces.map((force) => force / KJ_PER_MOL)),
    );
  });

  test('finds steps and times, whichever name of them it looks at', () => {
    const series = (last: string): unknown =>
      Object.entries(found.h5).find(([name]) => name.endsWith(`/${last}`))?.[1];
    expect(series('step')).toEqual(frames.map(({ step }) => step));
    expect(series('time')).toEqual(frames.map(({ time }) => time));
    expect(series('time@unit')).toBe('fs');
  });
});

describeWithPeer('whenever the process is killed', () => {
  test('the file can be opened, with the frames that were written', () => {
    const entries = Object.entries(found.snapshots);
    expect(entries.length).toBeGreaterThan(60);
    for (const [name, count] of entries) {
      const written = Number(name.split('-')[1]);
      // Of an H5MD file other programs see what is folded in, and our readers the journal too.
      const least = name.startsWith('h5') ? Math.min(written, 1) : written;
      expect([name, count >= least || (written === 0 && count === -1)]).toEqual([name, true]);
      expect(count).toBeLessThanOrEqual(4);
    }
  });
});
