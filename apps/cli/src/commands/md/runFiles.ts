import { join } from 'node:path';
import { FileFormatError } from '@mlffd/core';
import {
  appendTrajectory,
  createTrajectory,
  type FrameWriter,
  type Integrator,
  type MdFrame,
  type MdRestart,
} from '@mlffd/md';
import { energyLine, energyLog } from './energies.ts';
import { EventLog } from './eventLog.ts';
import { OWN_FILES, ownFile } from './folder.ts';
import type { StepLog } from './stepLog.ts';

/** What is written where and how often. */
export interface RunFilesTask {
  readonly folder: string;
  readonly integrator: Integrator;
  readonly trajectory: string;
  readonly stride: number;
  readonly log: number;
  /** Whether calls of a teacher are kept. */
  readonly teacherCalls: boolean;
}

interface Writers {
  readonly trajectory: FrameWriter;
  readonly teacherCalls?: FrameWriter;
  readonly energies: StepLog;
  readonly events: EventLog;
}

/** What a run writes beside its restart. */
export class RunFiles {
  readonly #task: RunFilesTask;
  readonly #writers: Writers;
  readonly #hasCell: boolean;

  private constructor(task: RunFilesTask, writers: Writers) {
    this.#task = task;
    this.#writers = writers;
    this.#hasCell = task.integrator.needsStress === true;
  }

  /**
   * Starts the files of a run, or cuts them off where its restart goes on.
   *
   * @throws FileFormatError `md-run/short-file` where one ends before the restart
   */
  static async open(task: RunFilesTask, from: MdRestart | undefined): Promise<RunFiles> {
    const lastStep = from?.step;
    const writer = (name: string): Promise<FrameWriter> => {
      const path = join(task.folder, name);
      return lastStep === undefined
        ? createTrajectory(path, { overwrite: true })
        : appendTrajectory(path, { lastStep });
    };
    const writers: Partial<{ -readonly [K in keyof Writers]: Writers[K] }> = {};
    try {
      writers.trajectory = await writer(task.trajectory);
      if (task.teacherCalls) writers.teacherCalls = await writer(OWN_FILES.teacher);
      const hasCell = task.integrator.needsStress === true;
      writers.energies = energyLog(task.folder, { hasCell, lastStep });
      writers.events = new EventLog(task.folder, lastStep);
      const complete = writers as Writers;
      if (lastStep !== undefined) requireWhole(task, complete, lastStep);
      return new RunFiles(task, complete);
    } catch (error) {
      for (const one of Object.values(writers)) one.close();
      throw error;
    }
  }

  get events(): EventLog {
    return this.#writers.events;
  }

  write(frame: MdFrame): void {
    const { stride, log } = this.#task;
    const { trajectory, energies } = this.#writers;
    if (frame.step % stride === 0) trajectory.write(frame);
    if (frame.step % log === 0) energies.append(energyLine(frame, this.#hasCell));
  }

  writeTeacherCall(frame: MdFrame): void {
    this.#writers.teacherCalls?.write(frame);
  }

  /** Waits until the disk has everything. */
  flush(): void {
    for (const one of this.#all()) one.flush();
  }

  close(): void {
    for (const one of this.#all()) one.close();
  }

  #all(): readonly (FrameWriter | StepLog | EventLog)[] {
    const { trajectory, teacherCalls, energies, events } = this.#writers;
    return [trajectory, ...(teacherCalls === undefined ? [] : [teacherCalls]), energies, events];
  }
}

/** What a restart goes on from has to be there: frames that are missing would never be noticed. */
function requireWhole(task: RunFilesTask, writers: Writers, lastStep: number): void {
  const { folder, stride, log } = task;
  const { trajectory, energies } = writers;
  const frames = Math.floor(lastStep / stride) + 1;
  if (trajectory.frames !== frames) {
    throw short(trajectory.path, {
      lastStep,
      expected: `${String(frames)} frames up to step ${String(lastStep)}`,
      found: `${String(trajectory.frames)} frames`,
    });
  }
  const row = Math.floor(lastStep / log) * log;
  if (energies.last !== row) {
    throw short(ownFile(folder, 'energies'), {
      lastStep,
      expected: `rows up to step ${String(row)}`,
      found: energies.last === undefined ? 'no row' : `the last is step ${String(energies.last)}`,
    });
  }
}

function short(
  path: string,
  {
    lastStep,
    ...details
  }: { readonly lastStep: number; readonly expected: string; readonly found: string },
): FileFormatError {
  return new FileFormatError('md-run/short-file', `${path} does not fit the restart.`, {
    ...details,
    where: path,
    hint: `The run is at step ${String(lastStep)}. Put the file back as it was, or start again with another --out folder.`,
  });
}
