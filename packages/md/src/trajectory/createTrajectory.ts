import { requireInteger } from '../errors.ts';
import { DcdWriter } from './dcd/dcdWriter.ts';
import { TrajectoryWriter } from './extxyzWriter.ts';
import { trajectoryFormat, type TrajectoryFormat } from './formats.ts';
import { StridedWriter, type OpenedWriter } from './strided.ts';
import { TrajWriter } from './traj/trajWriter.ts';
import type { FrameWriter } from './types.ts';

/** How a trajectory is written. */
export interface TrajectoryOptions {
  /** Default by the ending of the name. */
  readonly format?: TrajectoryFormat;
  /** Write every `stride`-th of the frames that are given, beginning with the first; default 1. */
  readonly stride?: number;
  /** N, amu: masses of the run, where they are not the standard ones. For `traj` and `h5md`. */
  readonly masses?: Float64Array;
  /** Of `h5md`: least bytes of frames that go from the journal into the file at once; default 16 MiB. */
  readonly foldBytes?: number;
}

export interface CreateTrajectoryOptions extends TrajectoryOptions {
  /** Replace a file that exists; default false. */
  readonly overwrite?: boolean;
}

export interface AppendTrajectoryOptions extends TrajectoryOptions {
  /** The `step` of the restart: frames after it are cut off, since the run writes them again. */
  readonly lastStep?: number;
}

/**
 * Starts a trajectory file; the ending of its name says in which format.
 *
 * @throws FileSystemError also when the file exists, unless `overwrite` is set
 * @throws MdError `md/trajectory-busy` when it has a writer
 * @throws InvalidArgumentError
 */
export async function createTrajectory(
  path: string,
  options: CreateTrajectoryOptions = {},
): Promise<FrameWriter> {
  checkOptions(options);
  switch (trajectoryFormat(path, options.format)) {
    case 'extxyz':
      return strided(TrajectoryWriter.create(path, options), options);
    case 'traj':
      return strided(TrajWriter.create(path, options), options);
    case 'dcd':
      return strided(DcdWriter.create(path, options), options);
    case 'h5md': {
      // The HDF5 library is large, and most runs do without.
      const { H5mdWriter } = await import('./h5md/h5mdWriter.ts');
      return strided(await H5mdWriter.create(path, options), options);
    }
  }
}

/**
 * Goes on at the end of a trajectory file, or starts one. What a killed process left of a frame is
 * cut off, and with `lastStep` the frames that a resumed run will write again.
 *
 * @throws FileSystemError
 * @throws FileFormatError for a file of another kind; it is left as it is
 * @throws MdError `md/trajectory-busy` when it has a writer
 * @throws InvalidArgumentError
 */
export async function appendTrajectory(
  path: string,
  options: AppendTrajectoryOptions = {},
): Promise<FrameWriter> {
  checkOptions(options);
  switch (trajectoryFormat(path, options.format)) {
    case 'extxyz':
      return strided(TrajectoryWriter.append(path, options), options);
    case 'traj':
      return strided(TrajWriter.append(path, options), options);
    case 'dcd':
      return strided(DcdWriter.append(path, options), options);
    case 'h5md': {
      const { H5mdWriter } = await import('./h5md/h5mdWriter.ts');
      return strided(await H5mdWriter.append(path, options), options);
    }
  }
}

function checkOptions({ stride, foldBytes }: TrajectoryOptions): void {
  if (stride !== undefined) requireInteger('stride', stride, 1);
  if (foldBytes !== undefined) requireInteger('foldBytes', foldBytes, 1);
}

function strided(writer: OpenedWriter, { stride = 1 }: TrajectoryOptions): FrameWriter {
  return stride === 1 ? writer : new StridedWriter(writer, stride);
}
