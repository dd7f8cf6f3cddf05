import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAtoms, masses, Rng, type Pbc } from '@mlffd/core';
import { kineticEnergy, temperatureOf, type MdFrame } from '../src/index.ts';

export interface FrameShape {
  readonly atoms: number;
  /** Default: chosen at random, the same in every frame. */
  readonly numbers?: readonly number[];
  /** Default: a triclinic cell along x. */
  readonly cell?: readonly number[];
  readonly pbc?: Pbc | boolean;
  readonly stress?: boolean;
  readonly energies?: boolean;
  /** Steps between frames; default 10. */
  readonly every?: number;
}

/** Cell with its first vector along x and the second in the plane of x and y, Angstrom. */
export const CELL: readonly number[] = [9.5, 0, 0, 1.5, 8.25, 0, -0.75, 2.125, 7.5];

/** Frame `k` of a made-up trajectory: numbers with all their digits, the same every time. */
export function madeFrame(k: number, shape: FrameShape): MdFrame {
  const { atoms: n, cell = CELL, pbc = true, every = 10 } = shape;
  const rng = new Rng(1, 'frame', k);
  const normals = (count: number, scale: number): Float64Array =>
    Float64Array.from({ length: count }, () => scale * rng.normal());
  const elements = new Rng(1, 'elements');
  const atoms = createAtoms({
    numbers: shape.numbers ?? Array.from({ length: n }, () => 1 + elements.integer(17)),
    positions: normals(3 * n, 20),
    cell: cell.map((value) => value * (1 + k / 1024)),
    pbc,
  });
  const velocities = normals(3 * n, 0.01);
  const energy = -76.1 * rng.normal();
  const kinetic = kineticEnergy(velocities, masses(atoms));
  return {
    atoms,
    velocities,
    forces: normals(3 * n, 0.7),
    energy,
    kinetic,
    total: energy + kinetic,
    conserved: energy + kinetic - 0.1,
    temperature: temperatureOf(velocities, masses(atoms), {}),
    step: k * every,
    time: k * every * 0.5,
    ...(shape.stress === true ? { stress: normals(6, 0.01) } : {}),
    ...(shape.energies === true ? { energies: normals(n, 1) } : {}),
  };
}

export function madeFrames(count: number, shape: FrameShape): MdFrame[] {
  return Array.from({ length: count }, (_, k) => madeFrame(k, shape));
}

/** A folder for the files of a test: in memory where there is such a place, as every close waits for the disk. */
export function temporaryFolder(): { readonly folder: string; readonly remove: () => void } {
  const memory = '/dev/shm';
  const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'mlffd-md-'));
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
