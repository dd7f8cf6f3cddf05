import { formatExtxyzFrame } from '@mlffd/core';
import type { MdFrame } from '../frame.ts';
import { AppendFile } from './appendFile.ts';
import { timesOf, type FrameWriter } from './types.ts';
import { findWholeFrames } from './wholeFrames.ts';

const NEWLINE = 0x0a;
const BLANK = 0x20;

/**
 * Appends frames to an extended XYZ file, which ASE, OVITO and many others read.
 *
 * Per atom: element, position (Angstrom), `velo` (Angstrom/fs), `forces` (eV/Angstrom); per frame:
 * `energy`, `kinetic_energy`, `conserved_energy` (eV), `temperature` (K), `step`, `time` (fs),
 * and `stress` (eV/Angstrom^3) where the frame has it. Numbers are written so that every bit
 * comes back.
 *
 * The number of atoms is blank until the rest of a frame is there: readers take a blank line there
 * as the end of the file, so a killed process leaves a file of whole frames to them, and
 * {@link TrajectoryWriter.append} cuts the rest off.
 */
export class TrajectoryWriter implements FrameWriter {
  /** Steps of the first and of the last two frames that were there. */
  readonly steps: readonly number[];
  readonly #file: AppendFile;
  #frames: number;

  private constructor(
    file: AppendFile,
    start: { readonly frames: number; readonly steps: readonly number[] },
  ) {
    this.#file = file;
    this.#frames = start.frames;
    this.steps = start.steps;
  }

  /**
   * Starts a new file.
   *
   * @throws FileSystemError also when the file exists, unless `overwrite` is set
   * @throws MdError `md/trajectory-busy` when it has a writer
   */
  static create(path: string, options: { readonly overwrite?: boolean } = {}): TrajectoryWriter {
    return new TrajectoryWriter(AppendFile.create(path, options.overwrite), {
      frames: 0,
      steps: [],
    });
  }

  /**
   * Goes on at the end of a file, or starts one. A torn last frame is cut off first; with
   * `lastStep` (the `step` of the restart) so are the frames that a resumed run will write again.
   *
   * @throws FileSystemError
   * @throws FileFormatError for a file that is no extended XYZ; it is left as it is
   * @throws MdError `md/trajectory-busy` when it has a writer
   */
  static append(path: string, options: { readonly lastStep?: number } = {}): TrajectoryWriter {
    const file = AppendFile.open(path);
    try {
      const whole = findWholeFrames(path, options.lastStep);
      file.truncate(whole.bytes);
      return new TrajectoryWriter(file, whole);
    } catch (error) {
      file.abandon();
      throw error;
    }
  }

  get path(): string {
    return this.#file.path;
  }

  /** Frames in the file. */
  get frames(): number {
    return this.#frames;
  }

  write(frame: MdFrame): void {
    const bytes = Buffer.from(formatExtxyzFrame(fileFrame(frame)), 'utf8');
    const count = bytes.subarray(0, bytes.indexOf(NEWLINE));
    const seal = Buffer.from(count);
    count.fill(BLANK);
    this.#file.append(bytes, seal);
    this.#frames += 1;
  }

  flush(): void {
    this.#file.flush();
  }

  close(): void {
    this.#file.close();
  }
}

/** A frame as it is in extended XYZ files. */
export function fileFrame(frame: MdFrame): Parameters<typeof formatExtxyzFrame>[0] {
  const { atoms, energy, forces, stress, energies } = frame;
  return {
    atoms: { ...atoms, info: { ...atoms.info, ...timesOf(frame) } },
    results: {
      energy,
      forces,
      ...(stress === undefined ? {} : { stress }),
      ...(energies === undefined ? {} : { energies }),
    },
    arrays: { velo: { kind: 'real', columns: 3, values: frame.velocities } },
  };
}
