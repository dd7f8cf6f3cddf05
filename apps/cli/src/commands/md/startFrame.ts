import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import {
  type Atoms,
  copyAtoms,
  fileSystemError,
  frameVelocities,
  InvalidArgumentError,
  isMlffdError,
  sha256,
  stableStringify,
  streamExtxyzFile,
} from '@mlffd/core';
import { Dataset, hdf5Layout, readStructures } from '@mlffd/data';
import { openTrajectory } from '@mlffd/md';
import { EXTXYZ_EXTENSIONS } from '../data/source.ts';

/** What a run starts from. */
export interface StartFrame {
  /** Without notes of where it came from. */
  readonly atoms: Atoms;
  /** 3N, Angstrom/fs; absent where the file has none, or only zeros. */
  readonly velocities?: Float64Array;
  /** Of the file, from 0. */
  readonly index: number;
  /** In the file. */
  readonly frames: number;
}

interface Found {
  readonly atoms: Atoms;
  readonly velocities?: Float64Array | undefined;
}

/**
 * One frame of a file of structures or a trajectory: the last, or that of an index, which counts
 * backwards where it is negative.
 *
 * @throws InvalidArgumentError `usage/frame`, `usage/no-structures`, `usage/start`; FileSystemError,
 * FileFormatError
 */
export async function readStart(path: string, frame: number | undefined): Promise<StartFrame> {
  if (!existsSync(path)) {
    throw fileSystemError('read', path, Object.assign(new Error('ENOENT'), { code: 'ENOENT' }));
  }
  const { found, index, frames } = await pick(path, frame ?? -1);
  const { atoms, velocities } = found;
  const { numbers, positions, cell, pbc, charge, spin } = copyAtoms(atoms);
  const bare: Atoms = {
    ...{ numbers, positions, cell, pbc },
    ...(charge === undefined ? {} : { charge }),
    ...(spin === undefined ? {} : { spin }),
  };
  const moves = velocities?.some((v) => v !== 0) === true;
  return { atoms: bare, index, frames, ...(moves ? { velocities } : {}) };
}

interface Picked {
  readonly found: Found;
  readonly index: number;
  readonly frames: number;
}

async function pick(path: string, wanted: number): Promise<Picked> {
  const extension = extname(path).toLowerCase();
  if (EXTXYZ_EXTENSIONS.has(extension)) return pickStreamed(path, wanted);
  switch (extension) {
    case '.dcd':
      throw new InvalidArgumentError('usage/start', 'A DCD file does not know its elements.', {
        where: path,
        expected: 'a file with elements, as .xyz, .traj, .h5, .cif, .pdb or POSCAR',
        found: '.dcd',
        hint: 'Start from the file that its run started from, or convert it.',
      });
    case '.traj':
    case '.h5md':
      return pickFromTrajectory(path, wanted);
    case '.h5':
    case '.hdf5':
      return (await isDataset(path))
        ? pickFromDataset(path, wanted)
        : pickFromTrajectory(path, wanted);
  }
  const frames = await readStructures(path);
  const index = indexOf(path, wanted, frames.length);
  const chosen = frames[index];
  const found = { atoms: chosen.atoms, velocities: frameVelocities(chosen) };
  return { found, index, frames: frames.length };
}

/** Holds as many frames as it counts back from the end. */
async function pickStreamed(path: string, wanted: number): Promise<Picked> {
  const kept: Found[] = [];
  let frames = 0;
  for await (const frame of streamExtxyzFile(path)) {
    if (wanted < 0 || frames === wanted) {
      kept.push({ atoms: frame.atoms, velocities: frameVelocities(frame) });
      if (wanted < 0 && kept.length > -wanted) kept.shift();
    }
    frames++;
  }
  const index = indexOf(path, wanted, frames);
  return { found: kept[0], index, frames };
}

async function isDataset(path: string): Promise<boolean> {
  try {
    return (await hdf5Layout(path)) === 'mlffd';
  } catch (error) {
    // Trajectories are none of the layouts of datasets.
    if (isMlffdError(error) && error.code === 'hdf5/unknown-layout') return false;
    throw error;
  }
}

async function pickFromTrajectory(path: string, wanted: number): Promise<Picked> {
  const reader = await openTrajectory(path, path.endsWith('.hdf5') ? { format: 'h5md' } : {});
  try {
    const { frames } = reader;
    const index = indexOf(path, wanted, frames);
    return { found: reader.read(index), index, frames };
  } finally {
    reader.close();
  }
}

async function pickFromDataset(path: string, wanted: number): Promise<Picked> {
  const dataset = await Dataset.open(path);
  try {
    const frames = dataset.length;
    const index = indexOf(path, wanted, frames);
    return { found: { atoms: dataset.get(index).atoms }, index, frames };
  } finally {
    dataset.close();
  }
}

function indexOf(path: string, wanted: number, frames: number): number {
  if (frames === 0) {
    throw new InvalidArgumentError('usage/no-structures', `There is no structure in ${path}`, {
      where: path,
      expected: 'at least one structure',
      found: 'none',
    });
  }
  const index = wanted < 0 ? frames + wanted : wanted;
  if (index >= 0 && index < frames) return index;
  throw new InvalidArgumentError('usage/frame', `${path} has no frame ${String(wanted)}.`, {
    where: '--frame',
    expected: `0 to ${String(frames - 1)}, or -1 (the last) to -${String(frames)}`,
    found: String(wanted),
  });
}

/** Of all that decides about where a run goes. */
export function startHash(atoms: Atoms, velocities: Float64Array | undefined): string {
  const { numbers, positions, cell, pbc, charge = 0, spin = 0 } = atoms;
  const values = { numbers, positions, cell, velocities: velocities ?? new Float64Array(0) };
  const arrays = Object.entries(values).map(([name, array]) => [
    name,
    sha256(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)),
  ]);
  return sha256(stableStringify({ ...Object.fromEntries(arrays), pbc, charge, spin })).slice(0, 16);
}
