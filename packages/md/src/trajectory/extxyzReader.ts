import {
  FileFormatError,
  frameVelocities,
  readExtxyz,
  streamExtxyzFile,
  type Atoms,
  type Frame,
} from '@mlffd/core';
import { PieceFile, requireFrame } from './readFile.ts';
import { compactFrame, type FrameReader, type TrajectoryFrame } from './types.ts';
import { findWholeFrames, type WholeFrames } from './wholeFrames.ts';

/** Random access to an extended XYZ file, over the places where its frames begin. */
export class ExtxyzReader implements FrameReader {
  readonly #file: PieceFile;
  readonly #whole: WholeFrames;

  /**
   * Reads the file once to find the frames.
   *
   * @throws FileSystemError, FileFormatError
   */
  constructor(path: string) {
    this.#whole = findWholeFrames(path);
    this.#file = new PieceFile(path);
  }

  get path(): string {
    return this.#file.path;
  }

  get frames(): number {
    return this.#whole.frames;
  }

  read(index: number): TrajectoryFrame {
    requireFrame(this.path, index, this.frames);
    const { starts, bytes } = this.#whole;
    const start = starts[index];
    const end = index + 1 < starts.length ? starts[index + 1] : bytes;
    const text = this.#file.read(start, end - start).toString('utf8');
    const [frame] = readExtxyz(text, { where: `${this.path}, frame ${index}` });
    return trajectoryFrame(frame);
  }

  close(): void {
    this.#file.close();
  }
}

/**
 * Frames of an extended XYZ file, one after the other. The frame that a killed writer was at is left
 * out; any other break in the file is an error.
 */
export async function* streamExtxyzTrajectory(
  path: string,
): AsyncGenerator<TrajectoryFrame, void, undefined> {
  let count = 0;
  try {
    for await (const frame of streamExtxyzFile(path)) {
      count += 1;
      yield trajectoryFrame(frame);
    }
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    const { frames, clean } = findWholeFrames(path);
    if (!clean || frames !== count || count === 0) throw error;
  }
}

function trajectoryFrame(frame: Frame): TrajectoryFrame {
  const { energy, forces, stress } = frame.results;
  return compactFrame({
    atoms: frame.atoms,
    velocities: frameVelocities(frame),
    forces,
    energy,
    stress,
    step: numberIn(frame.atoms, 'step'),
    time: numberIn(frame.atoms, 'time'),
    temperature: numberIn(frame.atoms, 'temperature'),
  });
}

/** A number among the notes of a structure. */
export function numberIn(atoms: Pick<Atoms, 'info'>, key: string): number | undefined {
  const value = atoms.info?.[key];
  return typeof value === 'number' ? value : undefined;
}
