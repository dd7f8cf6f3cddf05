import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import {
  fileSystemError,
  formatExtxyzFrame,
  frameVelocities,
  readExtxyzFile,
  streamExtxyzFile,
  type Atoms,
  type Frame,
} from '@mlffd/core';
import type { MdFrame } from './frame.ts';
import { findWholeFrames } from './wholeFrames.ts';

/**
 * Appends frames to an extended XYZ file, which ASE, OVITO and many others read.
 *
 * Per atom: element, position (Angstrom), `velo` (Angstrom/fs), `forces` (eV/Angstrom); per frame:
 * `energy`, `kinetic_energy`, `conserved_energy` (eV), `temperature` (K), `step`, `time` (fs),
 * and `stress` (eV/Angstrom^3) where the frame has it. Numbers are written so that every bit
 * comes back.
 *
 * A frame is written in one piece. Killing the process can tear the last frame only, which
 * {@link TrajectoryWriter.append} removes.
 */
export class TrajectoryWriter {
  readonly path: string;
  readonly #file: number;
  #length: number;
  #frames: number;
  #open = true;

  private constructor(path: string, file: number, start: { bytes: number; frames: number }) {
    this.path = path;
    this.#file = file;
    this.#length = start.bytes;
    this.#frames = start.frames;
  }

  /**
   * Starts a new file.
   *
   * @throws FileSystemError also when the file exists, unless `overwrite` is set
   */
  static create(path: string, options: { readonly overwrite?: boolean } = {}): TrajectoryWriter {
    const file = open(path, options.overwrite === true ? 'w' : 'wx');
    return new TrajectoryWriter(path, file, { bytes: 0, frames: 0 });
  }

  /**
   * Goes on at the end of a file, or starts one. A torn last frame is cut off first; with
   * `lastStep` (the `step` of the restart) so are the frames that a resumed run will write again.
   *
   * @throws FileSystemError
   * @throws FileFormatError for a file that is no extended XYZ; it is left as it is
   */
  static append(path: string, options: { readonly lastStep?: number } = {}): TrajectoryWriter {
    const file = open(path, 'a');
    try {
      const whole = findWholeFrames(path, options.lastStep);
      ftruncateSync(file, whole.bytes);
      return new TrajectoryWriter(path, file, whole);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** Frames in the file. */
  get frames(): number {
    return this.#frames;
  }

  /**
   * Writes one frame. When the disk is full, what was written of it is taken back.
   *
   * @throws FileSystemError
   */
  write(frame: MdFrame): void {
    const bytes = Buffer.from(formatExtxyzFrame(fileFrame(frame)), 'utf8');
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(this.#file, bytes, written);
    } catch (cause) {
      this.#takeBack();
      throw fileSystemError('write', this.path, cause);
    }
    this.#length += bytes.length;
    this.#frames += 1;
  }

  /** Waits until the disk has everything, so that it survives a power cut too. */
  flush(): void {
    try {
      fsyncSync(this.#file);
    } catch (cause) {
      throw fileSystemError('flush', this.path, cause);
    }
  }

  /** Flushes and closes; calling it twice is harmless. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.flush();
    } finally {
      closeSync(this.#file);
    }
  }

  #takeBack(): void {
    try {
      ftruncateSync(this.#file, this.#length);
    } catch {
      // The failed write is the one to report; append cuts the torn frame off.
    }
  }
}

/** A frame of a trajectory file. */
export interface TrajectoryFrame {
  readonly atoms: Atoms;
  /** 3N, Angstrom/fs. */
  readonly velocities?: Float64Array;
  /** 3N, eV/Angstrom. */
  readonly forces?: Float64Array;
  /** Potential energy, eV. */
  readonly energy?: number;
  /** eV/Angstrom^3, Voigt xx yy zz yz xz xy. */
  readonly stress?: Float64Array;
  readonly step?: number;
  /** fs. */
  readonly time?: number;
  /** K. */
  readonly temperature?: number;
}

/**
 * Reads a whole trajectory, its own or any extended XYZ file (what is missing stays undefined).
 *
 * @throws FileSystemError, FileFormatError
 */
export function readTrajectory(path: string): TrajectoryFrame[] {
  return readExtxyzFile(path).map(trajectoryFrame);
}

/**
 * Reads a trajectory frame by frame, for files larger than memory.
 *
 * @throws FileSystemError, FileFormatError
 */
export async function* streamTrajectory(
  path: string,
): AsyncGenerator<TrajectoryFrame, void, undefined> {
  for await (const frame of streamExtxyzFile(path)) yield trajectoryFrame(frame);
}

function trajectoryFrame(frame: Frame): TrajectoryFrame {
  const { energy, forces, stress } = frame.results;
  const velocities = frameVelocities(frame);
  const step = numberIn(frame.atoms, 'step');
  const time = numberIn(frame.atoms, 'time');
  const temperature = numberIn(frame.atoms, 'temperature');
  return {
    atoms: frame.atoms,
    ...(velocities === undefined ? {} : { velocities }),
    ...(forces === undefined ? {} : { forces }),
    ...(energy === undefined ? {} : { energy }),
    ...(stress === undefined ? {} : { stress }),
    ...(step === undefined ? {} : { step }),
    ...(time === undefined ? {} : { time }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

function numberIn(atoms: Atoms, key: string): number | undefined {
  const value = atoms.info?.[key];
  return typeof value === 'number' ? value : undefined;
}

function fileFrame(frame: MdFrame): Parameters<typeof formatExtxyzFrame>[0] {
  const { atoms, energy, forces, stress, energies } = frame;
  return {
    atoms: {
      ...atoms,
      info: {
        ...atoms.info,
        step: frame.step,
        time: frame.time,
        temperature: frame.temperature,
        kinetic_energy: frame.kinetic,
        conserved_energy: frame.conserved,
      },
    },
    results: {
      energy,
      forces,
      ...(stress === undefined ? {} : { stress }),
      ...(energies === undefined ? {} : { energies }),
    },
    arrays: { velo: { kind: 'real', columns: 3, values: frame.velocities } },
  };
}

function open(path: string, flags: string): number {
  try {
    return openSync(path, flags);
  } catch (cause) {
    throw fileSystemError('open', path, cause);
  }
}
