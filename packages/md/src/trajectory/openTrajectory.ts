import type { Atoms } from '@mlffd/core';
import { DcdReader } from './dcd/dcdReader.ts';
import { ExtxyzReader, streamExtxyzTrajectory } from './extxyzReader.ts';
import { trajectoryFormat, type TrajectoryFormat } from './formats.ts';
import { TrajReader } from './traj/trajReader.ts';
import type { FrameReader, TrajectoryFrame } from './types.ts';

export interface ReadTrajectoryOptions {
  /** Default by the ending of the name. */
  readonly format?: TrajectoryFormat;
  /**
   * Elements and pbc where the file has none: of every DCD file, and of H5MD files of other programs.
   * Without it the frames of a DCD file have atomic numbers of 0.
   */
  readonly atoms?: Atoms;
}

/**
 * Opens a trajectory file for random access. Frames that are written later are not seen.
 *
 * @throws FileSystemError, FileFormatError, InvalidArgumentError
 */
export async function openTrajectory(
  path: string,
  options: ReadTrajectoryOptions = {},
): Promise<FrameReader> {
  switch (trajectoryFormat(path, options.format)) {
    case 'extxyz':
      return new ExtxyzReader(path);
    case 'traj':
      return new TrajReader(path);
    case 'dcd':
      return new DcdReader(path, options.atoms);
    case 'h5md': {
      const { H5mdReader } = await import('./h5md/h5mdReader.ts');
      return H5mdReader.open(path, options.atoms);
    }
  }
}

/**
 * Reads a whole trajectory, of this package or of another program (what is missing stays undefined).
 *
 * @throws FileSystemError, FileFormatError, InvalidArgumentError
 */
export async function readTrajectory(
  path: string,
  options: ReadTrajectoryOptions = {},
): Promise<TrajectoryFrame[]> {
  const frames: TrajectoryFrame[] = [];
  for await (const frame of streamTrajectory(path, options)) frames.push(frame);
  return frames;
}

/**
 * Reads a trajectory frame by frame, for files larger than memory.
 *
 * @throws FileSystemError, FileFormatError, InvalidArgumentError
 */
export async function* streamTrajectory(
  path: string,
  options: ReadTrajectoryOptions = {},
): AsyncGenerator<TrajectoryFrame, void, undefined> {
  if (trajectoryFormat(path, options.format) === 'extxyz') {
    yield* streamExtxyzTrajectory(path);
    return;
  }
  const reader = await openTrajectory(path, options);
  try {
    for (let k = 0; k < reader.frames; k += 1) yield reader.read(k);
  } finally {
    reader.close();
  }
}
