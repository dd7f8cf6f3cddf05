import { existsSync } from 'node:fs';
import {
  type FreshStart,
  type GuardLimits,
  MdError,
  type MdEvent,
  type MdRestart,
  readRestart,
  runMd,
  type RunSettings,
} from '@mlffd/md';
import { ownFile } from './folder.ts';
import type { LastStructure } from './lastStructure.ts';
import { RunFiles, type RunFilesTask } from './runFiles.ts';

/** Wall time between two restarts, which a killed run can lose, s. */
const RESTART_SECONDS = 10;
/** How much longer a stretch may be than the one before: the first calls say little about the next. */
const GROWTH = 20;

/** A run to carry on with. */
export interface MdTask extends RunFilesTask {
  readonly calculator: RunSettings['calculator'];
  readonly lastStructure: LastStructure;
  /** Asked where there is no restart. */
  readonly start: () => Promise<FreshStart>;
  /** Step to run to. */
  readonly steps: number;
  readonly guards: GuardLimits;
  readonly signal: AbortSignal;
  readonly onEvent: (event: MdEvent) => void;
}

/** What a session did. */
export interface SessionResult {
  readonly stepsDone: number;
  /** s. */
  readonly seconds: number;
}

/** Step and error of a run that has stopped by itself. */
export class RunStoppedError extends Error {
  override readonly name = 'RunStoppedError';
  readonly reason: MdError;
  readonly step: number;

  constructor(reason: MdError, step: number) {
    super(reason.message, { cause: reason });
    this.reason = reason;
    this.step = step;
  }
}

/**
 * The restart of a folder; undefined for a run that has not begun.
 *
 * @throws FileFormatError for a damaged one
 */
export function restartIn(folder: string): MdRestart | undefined {
  const path = ownFile(folder, 'restart');
  return existsSync(path) ? readRestart(path) : undefined;
}

/**
 * Runs from the restart of the folder, or from the start, to the last step.
 *
 * @throws RunStoppedError when a guard stops it, or the calculator has no answer to a structure;
 * AbortedError after the restart is written
 */
export async function runSession(
  task: MdTask,
  from: MdRestart | undefined,
): Promise<SessionResult> {
  const start = from === undefined ? await task.start() : { resume: from };
  const files = await RunFiles.open(task, from);
  const session = new Session(task, files, from?.step);
  try {
    return await session.run(start);
  } catch (cause) {
    // A structure that cannot be computed is an input error only where it is the first.
    const step = session.step;
    const error =
      step === undefined
        ? cause
        : task.lastStructure.explain(cause, { folder: task.folder, step: step + 1 });
    if (!(error instanceof MdError)) throw error;
    const { frame, dump } = error;
    if (frame === undefined && dump === undefined) throw error;
    const at = frame?.step ?? (step ?? 0) + 1;
    files.events.stop(error, at);
    throw new RunStoppedError(error, at);
  } finally {
    files.close();
  }
}

/**
 * Goes in stretches of about ten seconds with a restart after each; what was written before a restart
 * is on the disk before it. How long they are changes nothing: a restart is exact.
 */
class Session {
  readonly #task: MdTask;
  readonly #files: RunFiles;
  readonly #first: number;
  #step: number | undefined;

  constructor(task: MdTask, files: RunFiles, first: number | undefined) {
    this.#task = task;
    this.#files = files;
    this.#first = first ?? 0;
    this.#step = first;
  }

  /** A step that was finished, the last one known; undefined before the first. */
  get step(): number | undefined {
    return this.#step;
  }

  async run(start: FreshStart | { readonly resume: MdRestart }): Promise<SessionResult> {
    const { steps } = this.#task;
    let beginning = start;
    let done = this.#first;
    let stretch = 1;
    let seconds = 0;
    do {
      const begin = done;
      done = Math.min(steps, begin + stretch);
      const result = await this.#stretch(beginning, { begin, end: done });
      beginning = { resume: result.restart };
      this.#step = done;
      seconds += result.seconds;
      const wanted = Math.floor((result.stepsDone / result.seconds) * RESTART_SECONDS);
      stretch = Math.max(1, Math.min(wanted, GROWTH * stretch));
    } while (done < steps);
    return { stepsDone: done - this.#first, seconds };
  }

  #stretch(
    start: FreshStart | { readonly resume: MdRestart },
    { begin, end }: { readonly begin: number; readonly end: number },
  ): ReturnType<typeof runMd> {
    const { folder, calculator, integrator, guards, signal, stride, log } = this.#task;
    const files = this.#files;
    const sampling = commonDivisor(stride, log);
    return runMd({
      ...{ ...start, calculator, integrator, guards, signal },
      steps: end,
      stride: sampling,
      restart: { path: ownFile(folder, 'restart') },
      dumpFolder: ownFile(folder, 'stopped'),
      onFrame: (frame) => {
        this.#step = frame.step;
        files.write(frame);
        if (frame.step === begin || frame.step + sampling > end) files.flush();
      },
      onTeacherCall: ({ frame }) => {
        files.writeTeacherCall(frame);
      },
      onEvent: (event) => {
        files.events.add(event);
        this.#task.onEvent(event);
      },
    });
  }
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
