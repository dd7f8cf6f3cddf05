import type { Atoms } from '@mlffd/core';
import type { MdFrame } from '../frame.ts';

/** A frame of a trajectory file; what the file does not hold is undefined. */
export interface TrajectoryFrame {
  readonly atoms: Atoms;
  /** 3N, Angstrom/fs. */
  readonly velocities?: Float64Array;
  /** 3N, eV/Angstrom. */
  readonly forces?: Float64Array;
  /** Potential energy, eV. */
  readonly energy?: number;
  /** eV/Angstrom^3, Voigt xx yy zz yz xz xy, tension positive. */
  readonly stress?: Float64Array;
  readonly step?: number;
  /** fs. */
  readonly time?: number;
  /** K. */
  readonly temperature?: number;
}

/** Appends frames to a trajectory file; one writer per file at a time. */
export interface FrameWriter {
  readonly path: string;
  /** Frames in the file. */
  readonly frames: number;
  /**
   * Writes one frame. When the disk is full, what was written of it is taken back.
   *
   * @throws FileSystemError
   * @throws InvalidArgumentError for a frame that the format cannot hold; the file is left as it is
   */
  write(frame: MdFrame): void;
  /** Waits until the disk has everything, so that it survives a power cut too. */
  flush(): void;
  /** Flushes and closes; calling it twice is harmless. */
  close(): void;
}

/** Random access to the frames of a trajectory file. */
export interface FrameReader {
  readonly path: string;
  /** Whole frames in the file. */
  readonly frames: number;
  /**
   * One frame, counted from 0; arrays are the caller's own.
   *
   * @throws InvalidArgumentError for an index that is out of range
   * @throws FileFormatError, FileSystemError
   */
  read(index: number): TrajectoryFrame;
  close(): void;
}

/** Of a frame: what is written about the moment beside atoms and results. */
export function timesOf(frame: MdFrame): Record<string, number> {
  return {
    step: frame.step,
    time: frame.time,
    temperature: frame.temperature,
    kinetic_energy: frame.kinetic,
    conserved_energy: frame.conserved,
  };
}

/** Leaves out the fields that are undefined. */
export function compactFrame(
  frame: { readonly [K in keyof TrajectoryFrame]: TrajectoryFrame[K] | undefined } & {
    readonly atoms: Atoms;
  },
): TrajectoryFrame {
  const entries = Object.entries(frame).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as TrajectoryFrame;
}
